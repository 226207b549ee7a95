import { describe, expect, test } from 'vitest';
import { copyLimits } from '../../../src/host/copy/copy-store.js';
import { reportOf } from '../../../src/host/copy/report.js';
import { recordRows } from '../../../src/model/record-building.js';
import { recordModels } from '../../../src/model/record-models.js';
import { dayMs } from '../../../src/model/time.js';
import { CopyBench, longLimits, nowMs, openCopyStore, shown, todayMs, usualLimits } from './copy-bench.js';
import { expectSameMetrics, expectSameRecords, filled, finished } from './copy-checks.js';
import { metrics, recordOf, recordsOfModel } from './full-source.js';

describe('a whole copy', () => {
  test.each([
    ['as long', usualLimits],
    ['longer', longLimits],
    ['shorter', { ...usualLimits, retentionDays: { minute: 2, hour: 3, day: 8 }, maxOpenRows: 20 }],
  ])('gives equal states of every kind at every step, into a store that keeps %s', async (_name, limits) => {
    const bench = await filled(openCopyStore(limits));
    const result = await finished(bench, await bench.begin());
    await expectSameMetrics(bench.source, bench.target);
    expect(reportOf(result)).toMatchObject({ equal: true, shared: false });
  });

  test('is the same in one batch and in many', async () => {
    const bench = await filled();
    bench.limits = copyLimits;
    const result = await finished(bench, await bench.begin());
    await expectSameMetrics(bench.source, bench.target);
    await expectSameRecords(bench.source, bench.target);
    expect([result.state.metrics.sequence, result.state.records.sequence < 30]).toEqual([1, true]);
  });

  test('takes all records of every model, with their revisions', async () => {
    const bench = await filled();
    const result = await finished(bench, await bench.begin());
    await expectSameRecords(bench.source, bench.target);
    expect(Object.keys(result.state.copied.records).sort()).toEqual(recordModels.map(({ name }) => name).sort());
    expect(result.comparison.records['model_calls']).toEqual({ source: recordsOfModel, target: recordsOfModel, expired: 0, different: 0, days: [] });
  });

  test('takes definitions, and the entities that were seen in its days', async () => {
    const bench = await filled();
    await bench.source.metadataWriter.upsertEntities([
      { tenant: '', id: 'old', scope: 'Service', name: 'old', serviceId: 'old', instanceId: '', layers: [], firstSeenMs: 1, lastSeenMs: todayMs - 13 * dayMs, properties: {} },
    ]);
    const { comparison } = await finished(bench, await bench.begin());
    expect(await bench.target.metadataReader.metrics()).toEqual(await bench.source.metadataReader.metrics());
    for (const scope of ['Service', 'ServiceInstance', 'Endpoint', 'Process'] as const) {
      const query = { tenant: '', scope, limit: 100 };
      const own = await bench.source.metadataReader.entities(query);
      expect(await bench.target.metadataReader.entities(query)).toEqual(own.filter(({ id }) => id !== 'old'));
    }
    expect(comparison.entities).toEqual({ source: 40, target: 40, expired: 0, different: 0, days: [] });
  });

  test('of an empty store copies nothing and finds both equal', async () => {
    const bench = new CopyBench(openCopyStore(), openCopyStore());
    const result = await finished(bench, await bench.begin());
    expect(reportOf(result).rows.every(({ source, copied, target }) => source + copied + target === 0)).toBe(true);
    expect(reportOf(result).equal).toBe(true);
  });

  test('leaves out what is newer than its beginning and older than its days', async () => {
    const bench = await filled();
    const keeper = await bench.begin({ days: 1 });
    const late = { tenant: '', metric: 'metric_sum', kind: 'sum', entityId: 'late', labels: '', source: '' } as const;
    const rows = { kind: 'sum', keys: [late], minutes: Float64Array.of(nowMs - 11_250), a: Float64Array.of(1), b: Float64Array.of(0), histograms: [] } as const;
    await bench.source.metricWriter.write({ writer: 'late', sequence: 1, rows: [rows] });
    await finished(bench, keeper);
    const lines = await shown(bench.target, metrics, 'minute', 0);
    expect(lines.filter((line) => line.includes('"late"'))).toEqual([]);
    expect(new Set(lines.map((line) => /2026-\d\d-\d\d/.exec(line)?.[0]))).toEqual(new Set(['2026-02-27', '2026-02-28']));
  });

  test('copies the tenants that it is told, each to itself', async () => {
    const bench = await filled();
    bench.tenants = ['', 'other'];
    const keys = [{ tenant: 'other', metric: 'metric_max', kind: 'max', entityId: 'x', labels: '', source: '' } as const];
    const rows = { kind: 'max', keys, minutes: Float64Array.of(todayMs), a: Float64Array.of(7), b: Float64Array.of(0), histograms: [] } as const;
    await bench.source.metricWriter.write({ writer: 'other', sequence: 1, rows: [rows] });
    const result = await finished(bench, await bench.begin());
    const query = { tenant: 'other', metric: 'metric_max', kind: 'max', step: 'hour', fromMs: 0, toMs: nowMs } as const;
    expect(await bench.target.metricReader.entityIds(query)).toEqual(['x']);
    expect(reportOf(result).equal).toBe(true);
    await expectSameMetrics(bench.source, bench.target);
  });

  test('does not take away a definition that the target has', async () => {
    const bench = await filled();
    const [definition] = await bench.source.metadataReader.metrics();
    const own = { ...definition!, unit: 'newer' };
    await bench.target.metadataWriter.defineMetrics([own]);
    const { state } = await finished(bench, await bench.begin());
    expect(await bench.target.metadataReader.metrics()).toContainEqual(own);
    expect(state.copied.definitions).toBe(metrics.length - 1);
  });

  test('many rows of one microsecond come whole', async () => {
    const bench = await filled();
    const rows = Array.from({ length: 6000 }, (_, place) => ({ ...recordOf(recordModels[1]!, place), time: todayMs * 1000 }));
    await bench.source.recordWriter.write({ writer: 'many', sequence: 1, rows: [recordRows(recordModels[1]!, rows)] });
    await finished(bench, await bench.begin());
    await expectSameRecords(bench.source, bench.target);
  });
});
