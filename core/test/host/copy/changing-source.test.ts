/** A source that changes between the end of one run and the next. */
import { describe, expect, test } from 'vitest';
import type { RecordWriteBatch } from '../../../src/contract/storage.js';
import type { CopyStore } from '../../../src/host/copy/copy-store.js';
import { reportOf } from '../../../src/host/copy/report.js';
import { recordRows } from '../../../src/model/record-building.js';
import { recordModels } from '../../../src/model/record-models.js';
import { readRow } from '../../../src/model/record-rows.js';
import type { RecordModel, RecordRow } from '../../../src/model/record.js';
import { dayMs, hourMs, minuteMs } from '../../../src/model/time.js';
import { definitionOf } from '../../../src/testing/storage/bench.js';
import { type Batch, CopyBench, longLimits, openCopyStore, type OpenStore, shown, todayMs, usualLimits, withWrites } from './copy-bench.js';
import { finished } from './copy-checks.js';
import { recordOf } from './full-source.js';

const logs = recordModels.find(({ name }) => name === 'logs')!;
const spans = recordModels.find(({ name }) => name === 'spans')!;
const calls = recordModels.find(({ name }) => name === 'model_calls')!;
const startMs = todayMs - 2 * dayMs;

function rowAt(model: RecordModel, place: number, timeMs: number): RecordRow {
  return { ...recordOf(model, place), time: timeMs * 1000 };
}

async function put(store: CopyStore, model: RecordModel, rows: readonly RecordRow[], sequence = 1): Promise<void> {
  await store.recordWriter.write({ writer: 'live', sequence, rows: [recordRows(model, rows)] });
}

async function linesOf(store: CopyStore, model: RecordModel): Promise<readonly string[]> {
  const query = { model, tenant: '', fromUs: 0, toUs: todayMs * 1000, where: [], orderBy: [], limit: 10_000, offset: 0 };
  return (await store.recordReader.rows(query)).map((row) => JSON.stringify(Object.entries(row).sort())).sort();
}

async function opened(source: OpenStore = openCopyStore(longLimits)): Promise<CopyBench> {
  const bench = new CopyBench(source, openCopyStore(longLimits));
  await source.installer.install(recordModels);
  return bench;
}

/** The process ends in its first batch: so many rows of it were stored. */
function killedAfter(share: number): (kind: string, batch: Batch, target: CopyStore) => Promise<void> {
  return async (kind, batch, target) => {
    if (kind === 'metrics') return target.metricWriter.write(batch as Parameters<CopyStore['metricWriter']['write']>[0]);
    const { rows: [all], ...rest } = batch as RecordWriteBatch;
    const count = Math.floor(all!.count * share);
    const part = recordRows(all!.model, Array.from({ length: count }, (_, row) => readRow(all!, row)));
    await target.recordWriter.write({ ...rest, rows: [part] });
  };
}

async function killedRun(bench: CopyBench, write: ReturnType<typeof killedAfter>): Promise<Awaited<ReturnType<CopyBench['begin']>>> {
  const keeper = await bench.begin();
  const { target } = bench;
  bench.target = withWrites(target, async (kind, batch) => {
    await write(kind, batch, target);
    throw new Error('killed');
  });
  await expect(bench.run(keeper)).rejects.toThrow('killed');
  bench.target = target;
  return keeper;
}

/** A store that gives rows of one time in another order. */
function reversed(source: OpenStore): OpenStore {
  const { recordReader } = source;
  const rows: typeof recordReader.rows = async (query) => [...(await recordReader.rows(query))].reverse().sort((one, other) => Number(one['time']) - Number(other['time']));
  return { ...source, recordReader: { rows, groups: (query) => recordReader.groups(query) } };
}

describe('records of a source that changed while the copy was down', () => {
  for (const model of [logs, spans, calls]) {
    test.each([0, 0.5, 1])(`${model.name}: late rows and ties in another order lose and double nothing, %d of the batch stored`, async (share) => {
      const bench = await opened();
      // Thirty times of three rows each.
      await put(bench.source, model, Array.from({ length: 90 }, (_, place) => rowAt(model, place, startMs + hourMs + (place % 30) * 1000)));
      const keeper = await killedRun(bench, killedAfter(share));
      const late = [rowAt(model, 1000, startMs + 500), rowAt(model, 1001, startMs + hourMs + 2000), rowAt(model, 1002, startMs + hourMs + 3500)];
      await put(bench.source, model, late, 2);
      const again = new CopyBench(reversed(bench.source), bench.target);
      const result = await finished(again, keeper);
      expect(await linesOf(bench.target, model)).toEqual(await linesOf(bench.source, model));
      expect(reportOf(result).equal).toBe(true);
      expect(result.state.copied.records[model.name]).toBe(93);
    });
  }

  test('a run that ends in the late rows too goes on with them', async () => {
    const bench = await opened();
    await put(bench.source, logs, Array.from({ length: 40 }, (_, place) => rowAt(logs, place, startMs + place * 1000)));
    const keeper = await killedRun(bench, killedAfter(0.5));
    await put(bench.source, logs, [rowAt(logs, 1000, startMs + 500), rowAt(logs, 1001, startMs + 600)], 2);
    const { target } = bench;
    let writes = 0;
    bench.target = withWrites(target, async (kind, batch, write) => {
      writes += 1;
      if (writes === 1) return write();
      await killedAfter(0.5)(kind, batch, target);
      throw new Error('killed');
    });
    await expect(bench.run(keeper)).rejects.toThrow('killed');
    bench.target = target;
    expect(reportOf(await finished(bench, keeper)).equal).toBe(true);
    expect(await linesOf(target, logs)).toEqual(await linesOf(bench.source, logs));
  });

  test('a row that the source no longer has is in the batch that was under way', async () => {
    const bench = await opened(openCopyStore(usualLimits));
    const oldest = todayMs - usualLimits.recordDays.log * dayMs;
    await put(bench.source, logs, Array.from({ length: 9 }, (_, place) => rowAt(logs, place, oldest + place)));
    const keeper = await killedRun(bench, killedAfter(0.5));
    bench.source.clock.advance(dayMs);
    const result = await finished(bench, keeper);
    expect((await linesOf(bench.target, logs)).length).toBe(9);
    expect([reportOf(result).equal, result.comparison.records['logs']?.target]).toEqual([true, 0]);
  });

  test('rows that are later than what was copied are found, with their days', async () => {
    const bench = await opened();
    await put(bench.source, logs, Array.from({ length: 9 }, (_, place) => rowAt(logs, place, startMs + place)));
    const keeper = await bench.begin();
    await finished(bench, keeper);
    await put(bench.source, logs, [rowAt(logs, 10, startMs), rowAt(logs, 11, startMs - dayMs)], 2);
    const { rows, equal } = reportOf(await finished(bench, keeper));
    expect(equal).toBe(false);
    expect(rows.find(({ name }) => name === 'logs')).toEqual({ name: 'logs', source: 11, copied: 9, target: 9, expired: 0, different: 2, days: ['2026-02-25', '2026-02-26'] });
  });
});

describe('metrics of a source that changed while the copy was down', () => {
  const named = [{ name: 'one', kind: 'sum' }, { name: 'two', kind: 'total' }] as const;

  async function add(store: CopyStore, cells: readonly (readonly [entityId: string, minute: number, value: number])[], sequence = 1): Promise<void> {
    const rows = named.map(({ name: metric, kind }) => ({
      kind,
      keys: cells.map(([entityId]) => ({ tenant: '', metric, kind, entityId, labels: '', source: kind === 'total' ? 'pod' : '' })),
      minutes: Float64Array.from(cells, ([, minute]) => startMs + minute * minuteMs),
      a: Float64Array.from(cells, ([, , value]) => value),
      b: Float64Array.from(cells, () => 1),
      histograms: [],
    }));
    await store.metricWriter.write({ writer: 'live', sequence, rows });
  }

  async function filled(): Promise<CopyBench> {
    const bench = await opened(openCopyStore(usualLimits));
    await bench.source.metadataWriter.defineMetrics(named.map(({ name, kind }) => definitionOf(name, kind)));
    await add(bench.source, Array.from({ length: 60 }, (_, place) => [`e${place % 3}`, place * 7, 8] as const));
    return bench;
  }

  test('late values double nothing, and the comparison names their day', async () => {
    const bench = await filled();
    const before = await shown(bench.source, named, 'minute', startMs);
    const keeper = await killedRun(bench, killedAfter(1));
    await add(bench.source, [['a-late', 1, 5], ['e0', 0, 1]], 2);
    const { rows } = reportOf(await finished(bench, keeper));
    // What had not been read comes with them, what had been read is as it was.
    const there = await shown(bench.target, named, 'minute', startMs);
    const after = await shown(bench.source, named, 'minute', startMs);
    expect(there.filter((line) => !before.includes(line) && !after.includes(line))).toEqual([]);
    expect(there.length).toBeGreaterThanOrEqual(before.length);
    expect(rows.find(({ name }) => name === 'metrics by minute')).toMatchObject({ different: 2, days: ['2026-02-26'] });
  });

  test.each([[0, 'minute'], [1, 'hour'], [2, 'hour'], [5, 'day']] as const)('a run %d days later repeats the batch as it was, and reads on by the %s', async (days, left) => {
    const bench = await filled();
    const before = { hour: await shown(bench.source, named, 'hour', startMs), day: await shown(bench.source, named, 'day', startMs) };
    const keeper = await killedRun(bench, killedAfter(1));
    bench.source.clock.advance(days * dayMs);
    const result = await finished(bench, keeper);
    expect(reportOf(result).equal).toBe(true);
    expect(await shown(bench.target, named, 'day', startMs)).toEqual(before.day);
    if (left !== 'day') expect(await shown(bench.target, named, 'hour', startMs)).toEqual(before.hour);
    const { minute, ...copied } = result.state.copied.metrics;
    expect([minute > 0, copied.hour > 0, copied.day > 0]).toEqual([true, left === 'hour', left === 'day']);
  });
});
