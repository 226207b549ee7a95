import { describe, expect, test } from 'vitest';
import type { MetricReader } from '../../../src/contract/storage.js';
import type { CopyResult } from '../../../src/host/copy/copy.js';
import { type CopyStore, copyLimits } from '../../../src/host/copy/copy-store.js';
import { reportOf } from '../../../src/host/copy/report.js';
import { defineErrors } from '../../../src/kernel/error.js';
import { recordRows } from '../../../src/model/record-building.js';
import { recordModels } from '../../../src/model/record-models.js';
import type { RecordModel, RecordRow } from '../../../src/model/record.js';
import { dayMs } from '../../../src/model/time.js';
import { CopyBench, longLimits, type MemoryKeeper, nowMs, openCopyStore, shown, steps, todayMs, usualLimits, withWrites } from './copy-bench.js';
import { fill, fillMetrics, fillRecords, metrics, recordOf, recordsOfModel } from './full-source.js';

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

async function filled(target: CopyStore = openCopyStore()): Promise<CopyBench> {
  const bench = new CopyBench(openCopyStore(), target);
  await fill(bench.source);
  return bench;
}

/** First day that the step keeps whole. */
function wholeFrom(days: number, isToday = false): number {
  return todayMs - (isToday ? days : days - 1) * dayMs;
}

async function expectSameMetrics(source: CopyStore, target: CopyStore): Promise<void> {
  for (const step of steps) {
    const days = Math.min(source.health.retentionDays[step], target.health.retentionDays[step], 12);
    const from = wholeFrom(days, step === 'day');
    const expected = await shown(source, metrics, step, from);
    expect(expected.length).toBeGreaterThan(100);
    expect(await shown(target, metrics, step, from)).toEqual(expected);
  }
}

async function rowsOf(store: CopyStore, model: RecordModel): Promise<readonly string[]> {
  const query = { model, tenant: '', fromUs: 0, toUs: nowMs * 1000, where: [], orderBy: [], limit: 100_000, offset: 0 };
  return (await store.recordReader.rows(query)).map((row: RecordRow) => JSON.stringify(Object.entries(row).sort())).sort();
}

async function expectSameRecords(source: CopyStore, target: CopyStore): Promise<void> {
  for (const model of recordModels) {
    const rows = await rowsOf(source, model);
    expect(rows.length).toBeGreaterThan(20);
    expect(await rowsOf(target, model)).toEqual(rows);
  }
}

async function finished(bench: CopyBench, keeper: MemoryKeeper): Promise<NonNullable<CopyResult>> {
  const result = await bench.run(keeper);
  if (result === undefined) throw new Error('the copy was stopped');
  return result;
}

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
    expect(result.comparison.records['model_calls']).toEqual({ source: recordsOfModel, target: recordsOfModel, expired: 0, different: 0 });
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
    expect(comparison.entities).toEqual({ source: 40, target: 40, expired: 0, different: 0 });
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
    expect(comparison.records['logs']).toEqual({ source, target: 0, expired: 0, different: source });
    expect([source > 0, comparison.records['spans']?.different]).toEqual([true, 0]);
  });
});
