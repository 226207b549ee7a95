/** What the target had before the copy, what each store keeps, and what it answers at once. */
import { describe, expect, test } from 'vitest';
import type { CopyStore } from '../../../src/host/copy/copy-store.js';
import { reportOf, reportText } from '../../../src/host/copy/report.js';
import { recordRows } from '../../../src/model/record-building.js';
import { recordModels } from '../../../src/model/record-models.js';
import type { RecordModel, RecordRow } from '../../../src/model/record.js';
import { dayMs, hourMs } from '../../../src/model/time.js';
import { CopyBench, longLimits, openCopyStore, todayMs, usualLimits, withWrites } from './copy-bench.js';
import { expectSameMetrics, expectSameRecords, filled, finished } from './copy-checks.js';
import { fill, recordOf } from './full-source.js';

const logs = recordModels.find(({ name }) => name === 'logs')!;
const calls = recordModels.find(({ name }) => name === 'model_calls')!;

function rowAt(model: RecordModel, place: number, timeMs: number): RecordRow {
  return { ...recordOf(model, place), time: timeMs * 1000 };
}

async function put(store: CopyStore, model: RecordModel, rows: readonly RecordRow[], sequence = 1): Promise<void> {
  await store.installer.install(recordModels);
  await store.recordWriter.write({ writer: 'own', sequence, rows: [recordRows(model, rows)] });
}

async function addSum(store: CopyStore, minuteMs: number, value: number): Promise<void> {
  const keys = [{ tenant: '', metric: 'metric_sum', kind: 'sum', entityId: 'a', labels: '', source: '' } as const];
  const rows = { kind: 'sum', keys, minutes: Float64Array.of(minuteMs), a: Float64Array.of(value), b: Float64Array.of(0), histograms: [] } as const;
  await store.metricWriter.write({ writer: `own ${minuteMs}`, sequence: 1, rows: [rows] });
}

describe('a target that began today', () => {
  test('and loses everything that is copied is not equal', async () => {
    const bench = await filled();
    await put(bench.target, logs, [rowAt(logs, 1000, todayMs)]);
    await addSum(bench.target, todayMs, 1);
    const keeper = await bench.begin();
    const { target } = bench;
    bench.target = withWrites(target, () => Promise.resolve());
    const { comparison } = await finished(bench, keeper);
    const lost = comparison.records['logs'];
    expect([lost?.different, lost?.days.length]).toEqual([lost?.source, 8]);
    const { minute, day } = comparison.metrics;
    expect([minute.source > 100, minute.different >= minute.source - 1, day.different]).toEqual([true, true, day.source]);
  });

  test('and gets other values of the days before is not equal', async () => {
    const bench = await filled();
    await addSum(bench.target, todayMs, 1);
    const { target } = bench;
    const keeper = await bench.begin();
    bench.target = withWrites(target, async (kind, batch, write) => {
      if (kind === 'records') return write();
      const rows = (batch as Parameters<CopyStore['metricWriter']['write']>[0]).rows.map((one) => ({ ...one, a: one.a.map((value) => value / 2) }));
      await target.metricWriter.write({ writer: batch.writer, sequence: batch.sequence, rows });
    });
    const { metrics } = (await finished(bench, keeper)).comparison;
    expect(metrics.day.different).toBeGreaterThan(10);
    // Of today's minutes only what is missing counts.
    expect(metrics.minute.days).toEqual([todayMs - 2 * dayMs, todayMs - dayMs]);
  });

  test('may have more records of today, but misses none', async () => {
    const bench = await filled();
    await put(bench.target, logs, Array.from({ length: 50 }, (_, place) => rowAt(logs, 1000 + place, todayMs + place)));
    const keeper = await bench.begin();
    const result = await finished(bench, keeper);
    expect(reportOf(result)).toMatchObject({ equal: true, shared: true });
    await put(bench.source, logs, [rowAt(logs, 2000, todayMs + 7)], 2);
    const { records } = (await finished(bench, keeper)).comparison;
    expect(records['logs']).toMatchObject({ different: 1, days: [todayMs] });
  });

  test('with a later revision of a call misses nothing, with an earlier one it does', async () => {
    const bench = await filled();
    const [own] = Array.from({ length: 12 }, (_, place) => recordOf(calls, place)).filter(({ time }) => Number(time) >= todayMs * 1000);
    await put(bench.target, calls, [{ ...own, revision: Number(own!['revision']) + 1, error: 'new' }]);
    const keeper = await bench.begin();
    expect(reportOf(await finished(bench, keeper)).equal).toBe(true);
    await put(bench.source, calls, [{ ...own, revision: Number(own!['revision']) + 2 }], 2);
    expect((await finished(bench, keeper)).comparison.records['model_calls']).toMatchObject({ different: 1 });
  });
});

describe('the comparison of records', () => {
  test('finds another value where the counts are the same', async () => {
    const bench = await filled();
    const { target } = bench;
    bench.target = withWrites(target, async (_kind, batch, write) => {
      const [rows] = batch.rows;
      if (rows === undefined || !('model' in rows) || rows.model !== logs) return write();
      const columns = rows.columns.map((column) => (column.type === 'text' ? { ...column, texts: { ...column.texts, bytes: column.texts.bytes.map((byte) => (byte === 0x32 ? 0x33 : byte)) } } : column));
      await target.recordWriter.write({ writer: batch.writer, sequence: batch.sequence, rows: [{ ...rows, columns }] });
    });
    const result = await finished(bench, await bench.begin());
    const { source, target: there, different } = result.comparison.records['logs']!;
    expect([there, different > 10, different <= source]).toEqual([source, true, true]);
    expect(reportText(reportOf(result))).toMatch(/\nlogs: different on 2026-02-21, 2026-02-22, .*\nThe stores differ\.\n$/);
  });

  test.each(['source', 'target'] as const)('and the copy finish where one day has more rows than the %s answers at once', async (side) => {
    const limits = { ...longLimits, maxResultRows: 500 };
    const bench = new CopyBench(openCopyStore(side === 'source' ? limits : longLimits), openCopyStore(side === 'target' ? limits : longLimits));
    const rows = Array.from({ length: 3000 }, (_, place) => rowAt(logs, place, todayMs - dayMs + (place % 1500) * 3000));
    await put(bench.source, logs, rows);
    const result = await finished(bench, await bench.begin());
    expect(result.comparison.records['logs']).toEqual({ source: 3000, target: 3000, expired: 0, different: 0, days: [] });
    await expect(bench.begin()).rejects.toThrow('occupied');
    expect((await bench.begin({ add: true })).state.own).toMatchObject({ records: { logs: [todayMs - dayMs], spans: [] }, metrics: [] });
  });

  test('counts in parts what the target does not keep', async () => {
    const bench = new CopyBench(openCopyStore({ ...longLimits, maxResultRows: 500 }), openCopyStore());
    await put(bench.source, logs, Array.from({ length: 3000 }, (_, place) => rowAt(logs, place, todayMs - 10 * dayMs + place * 1000)));
    const result = await finished(bench, await bench.begin());
    expect(result.comparison.records['logs']).toEqual({ source: 3000, target: 0, expired: 3000, different: 0, days: [] });
  });
});

describe('a copy over midnight', () => {
  test.each([
    ['the source', usualLimits, longLimits],
    ['the target', longLimits, usualLimits],
  ])('leaves out what %s no longer keeps', async (_name, own, there) => {
    const source = openCopyStore(own);
    const bench = new CopyBench(source, openCopyStore(there, source.clock));
    await fill(bench.source);
    const keeper = await bench.begin();
    keeper.onKeep = () => {
      if (!keeper.state.records.done || source.clock.now() > todayMs + dayMs) return;
      source.clock.advance(dayMs);
    };
    const result = await finished(bench, keeper);
    expect(source.clock.now()).toBeGreaterThan(todayMs + dayMs);
    expect([reportOf(result).equal, result.comparison.records['logs']!.source > 0]).toEqual([true, true]);
  });

  test('that comes while a day is compared asks again', async () => {
    const source = openCopyStore();
    const bench = new CopyBench(source, openCopyStore(longLimits, source.clock));
    await fill(bench.source);
    const keeper = await bench.begin();
    await finished(bench, keeper);
    const { recordReader, metricReader } = bench.target;
    let reads = 0;
    const late = async <T>(read: () => Promise<T>): Promise<T> => {
      if ((reads += 1) % 7 === 3) source.clock.advance(hourMs * 8);
      return read();
    };
    const rows: typeof recordReader.rows = (query) => late(() => recordReader.rows(query));
    const read: typeof metricReader.read = (query) => late(() => metricReader.read(query));
    bench.target = { ...bench.target, recordReader: { rows, groups: (query) => recordReader.groups(query) }, metricReader: { read, entityIds: (query) => metricReader.entityIds(query), top: (query) => metricReader.top(query) } };
    expect(reportOf(await finished(bench, keeper)).equal).toBe(true);
    expect(reads).toBeGreaterThan(30);
  });

  test('of the same day is whole', async () => {
    const bench = await filled();
    expect(reportOf(await finished(bench, await bench.begin()))).toMatchObject({ equal: true, shared: false });
    await expectSameMetrics(bench.source, bench.target);
    await expectSameRecords(bench.source, bench.target);
  });
});
