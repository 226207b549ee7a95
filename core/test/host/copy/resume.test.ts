import { describe, expect, test } from 'vitest';
import type { CopyResult } from '../../../src/host/copy/copy.js';
import { reportOf } from '../../../src/host/copy/report.js';
import { dayMs } from '../../../src/model/time.js';
import { shown, todayMs, withWrites } from './copy-bench.js';
import { expectSameMetrics, expectSameRecords, filled, finished } from './copy-checks.js';
import { metrics } from './full-source.js';

describe('a copy that is broken off', () => {
  test.each(['before', 'after'] as const)('at every batch, %s it was stored, goes on without a loss or a double', async (when) => {
    const bench = await filled();
    const target = bench.target;
    const seen = new Set<string>();
    bench.target = withWrites(target, async (kind, { writer, sequence }, write) => {
      const name = `${kind} ${writer} ${sequence}`;
      const isFirst = !seen.has(name);
      seen.add(name);
      if (!isFirst || when === 'after') await write();
      if (isFirst) throw new Error('killed');
    });
    const keeper = await bench.begin();
    let result: CopyResult;
    let runs = 0;
    while (result === undefined) {
      runs += 1;
      result = await bench.run(keeper).catch(() => undefined);
    }
    expect(runs).toBe(seen.size + 1);
    expect(runs).toBeGreaterThan(100);
    await expectSameMetrics(bench.source, target);
    await expectSameRecords(bench.source, target);
    expect(reportOf(result).equal).toBe(true);
  });

  test('by a signal stops after the batch that is under way, and goes on', async () => {
    const bench = await filled();
    const keeper = await bench.begin();
    let stops = 0;
    for (let result: CopyResult; result === undefined; stops += 1) {
      bench.stopping = new AbortController();
      const { stopping } = bench;
      const until = keeper.keeps + 1;
      keeper.onKeep = () => (keeper.keeps >= until ? stopping.abort('SIGINT') : undefined);
      result = await bench.run(keeper);
      if (result === undefined) expect(keeper.keeps).toBe(until);
    }
    expect(stops).toBeGreaterThan(50);
    await expectSameMetrics(bench.source, bench.target);
    await expectSameRecords(bench.source, bench.target);
  });

  test('a run after the end writes nothing and compares again', async () => {
    const bench = await filled();
    const keeper = await bench.begin();
    const first = await finished(bench, keeper);
    bench.target = withWrites(bench.target, () => Promise.reject(new Error('nothing is to be written')));
    expect(reportOf(await finished(bench, keeper))).toEqual(reportOf(first));
  });

  test('days that outlive their minutes meanwhile are read on by the hour', async () => {
    const calm = await filled();
    const { state } = await finished(calm, await calm.begin());
    const bench = await filled();
    const keeper = await bench.begin();
    let writes = 0;
    bench.target = withWrites(bench.target, async (kind, _batch, write) => {
      await write();
      if (kind === 'metrics' && (writes += 1) % 8 === 0) bench.source.clock.advance(dayMs / 4);
    });
    const result = await finished(bench, keeper);
    expect(result.state.copied.metrics.day).toBeGreaterThan(state.copied.metrics.day);
    expect(result.state.copied.metrics.minute).toBeLessThan(state.copied.metrics.minute);
    for (const step of ['hour', 'day'] as const) {
      const from = todayMs - 2 * dayMs;
      expect(await shown(bench.target, metrics, step, from)).toEqual(await shown(calm.source, metrics, step, from));
    }
  });
});
