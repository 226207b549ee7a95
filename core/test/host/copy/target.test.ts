import { describe, expect, test } from 'vitest';
import type { MetricReader } from '../../../src/contract/storage.js';
import { copyLimits } from '../../../src/host/copy/copy-store.js';
import { reportOf } from '../../../src/host/copy/report.js';
import { defineErrors } from '../../../src/kernel/error.js';
import { CopyBench, nowMs, openCopyStore, todayMs, withWrites } from './copy-bench.js';
import { expectSameMetrics, filled, finished } from './copy-checks.js';
import { fill, fillMetrics, fillRecords } from './full-source.js';

const away = defineErrors({
  METERLARK_TEST_AWAY: { class: 'retryable', message: 'away', cure: 'Wait.' },
  METERLARK_TEST_TOO_MUCH: { class: 'permanent', message: 'too much', cure: 'Ask for less.' },
});

/** Refuses answers of more buckets. */
function narrow(reader: MetricReader, limit: number, refused: () => void): MetricReader {
  return {
    entityIds: (query) => reader.entityIds(query),
    top: (query) => reader.top(query),
    async read(query) {
      const buckets = await reader.read(query);
      if (buckets.length <= limit || query.step === 'day') return buckets;
      refused();
      throw away.METERLARK_TEST_TOO_MUCH();
    },
  };
}

describe('a target', () => {
  test('with data of earlier days is refused, unless told to add to it', async () => {
    const bench = await filled();
    await fillMetrics(bench.target);
    await expect(bench.begin()).rejects.toThrow('occupied');
    const result = await finished(bench, await bench.begin({ add: true }));
    expect(reportOf(result)).toMatchObject({ equal: true, shared: true });
  });

  test('with records of earlier days is refused', async () => {
    const bench = await filled();
    await fillRecords(bench.target);
    await expect(bench.begin()).rejects.toThrow('occupied');
  });

  test('that already serves today is filled, and may hold more', async () => {
    const bench = await filled();
    const keys = [{ tenant: '', metric: 'metric_sum', kind: 'sum', entityId: 'new', labels: '', source: '' } as const];
    const rows = { kind: 'sum', keys, minutes: Float64Array.of(todayMs), a: Float64Array.of(1), b: Float64Array.of(0), histograms: [] } as const;
    await bench.source.metricWriter.write({ writer: 'new', sequence: 1, rows: [rows] });
    await bench.target.metricWriter.write({ writer: 'own', sequence: 1, rows: [rows] });
    const result = await finished(bench, await bench.begin());
    expect(reportOf(result)).toMatchObject({ equal: true, shared: true });
    const query = { tenant: '', selections: [{ metric: 'metric_sum', kind: 'sum' }], entityIds: ['new'], step: 'day', fromMs: todayMs, toMs: nowMs } as const;
    expect(await bench.target.metricReader.read(query)).toMatchObject([{ state: { a: 2 } }]);
  });

  test('that is busy is tried again with the same batch', async () => {
    const bench = await filled();
    let refusals = 0;
    bench.target = withWrites(bench.target, async (_kind, { sequence }, write) => {
      if (sequence === 1 && refusals++ < 5) throw away.METERLARK_TEST_AWAY();
      await write();
    });
    await finished(bench, await bench.begin());
    expect(bench.slept).toEqual([500, 1000, 2000, 4000, 8000]);
    await expectSameMetrics(bench.source, bench.target);
  });

  test('that stays away ends the copy with its reason', async () => {
    const bench = await filled();
    bench.target = withWrites(bench.target, () => Promise.reject(away.METERLARK_TEST_AWAY()));
    await expect(bench.run(await bench.begin())).rejects.toMatchObject({ code: 'METERLARK_TEST_AWAY' });
    expect(bench.slept.length).toBe(8);
  });

  test('a source that refuses large answers is asked for less', async () => {
    const bench = new CopyBench(openCopyStore({ maxResultRows: 40_000 }), openCopyStore());
    await fill(bench.source);
    bench.limits = { ...copyLimits, readBuckets: 1_000_000 };
    let refused = 0;
    const { metricReader } = bench.source;
    const source = { ...bench.source, metricReader: { ...narrow(metricReader, 16, () => (refused += 1)) } };
    const narrowed = new CopyBench(source, bench.target);
    narrowed.limits = bench.limits;
    const result = await finished(narrowed, await narrowed.begin());
    expect(refused).toBeGreaterThan(10);
    await expectSameMetrics(bench.source, bench.target);
    expect(reportOf(result).equal).toBe(true);
  });
});
