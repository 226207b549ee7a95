import { describe, expect, test } from 'vitest';
import type { CopyStore } from '../../../src/host/copy/copy-store.js';
import { reportOf } from '../../../src/host/copy/report.js';
import { dayMs } from '../../../src/model/time.js';
import { openCopyStore, todayMs, usualLimits, withWrites } from './copy-bench.js';
import { filled, finished } from './copy-checks.js';

describe('the comparison', () => {
  type Extra = 'one more' | 'another value' | 'another time';
  const extra = { 'one more': ['new', 1], 'another value': ['a', 1], 'another time': ['a', 5] } as const;

  async function change(store: CopyStore, what: Extra): Promise<void> {
    const [entityId, minute] = extra[what];
    const keys = [{ tenant: '', metric: 'metric_sum', kind: 'sum', entityId, labels: '', source: '' } as const];
    const rows = { kind: 'sum', keys, minutes: Float64Array.of(todayMs - dayMs + minute * 60_000), a: Float64Array.of(0.25), b: Float64Array.of(0), histograms: [] } as const;
    await store.metricWriter.write({ writer: 'extra', sequence: 1, rows: [rows] });
  }

  test.each(['one more', 'another value', 'another time'] as const)('finds %s in the target, and in the source', async (what) => {
    for (const side of ['source', 'target'] as const) {
      const bench = await filled();
      const keeper = await bench.begin();
      await finished(bench, keeper);
      await change(bench[side], what);
      const { comparison } = await finished(bench, keeper);
      expect([comparison.metrics.minute.different, comparison.metrics.hour.different, comparison.metrics.day.different]).toEqual([1, 1, 1]);
    }
  });

  test('in a target with data of its own finds what is missing only', async () => {
    const bench = await filled();
    await change(bench.target, 'one more');
    const keeper = await bench.begin({ add: true });
    await change(bench.target, 'another value');
    expect(reportOf(await finished(bench, keeper)).equal).toBe(true);
    await change(bench.source, 'another time');
    const { comparison } = await finished(bench, keeper);
    expect(comparison.metrics.minute.different).toBe(1);
  });

  test('counts what the target does not keep apart', async () => {
    const short = { ...usualLimits, retentionDays: { minute: 2, hour: 3, day: 8 }, recordDays: { trace: 1, call: 1, content: 1, log: 1 } };
    const bench = await filled(openCopyStore(short));
    const result = await finished(bench, await bench.begin());
    expect(reportOf(result).equal).toBe(true);
    for (const { name, source, target, expired } of reportOf(result).rows.slice(1)) {
      expect([name, expired > 0, source - expired]).toEqual([name, true, target]);
    }
  });

  test('finds a record that the target lost', async () => {
    const bench = await filled();
    const keeper = await bench.begin();
    const { target } = bench;
    bench.target = withWrites(target, async (kind, { rows: [rows] }, write) => {
      if (kind === 'metrics' || rows === undefined || !('model' in rows) || rows.model.name !== 'logs') await write();
    });
    const { comparison } = await finished(bench, keeper);
    const source = comparison.records['logs']?.source ?? 0;
    expect(comparison.records['logs']).toEqual({ source, target: 0, expired: 0, different: source, days: expect.any(Array) });
    expect([source > 0, comparison.records['spans']?.different]).toEqual([true, 0]);
  });
});
