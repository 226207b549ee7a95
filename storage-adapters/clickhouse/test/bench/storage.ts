/** Figures of the embedded store for `npm run bench`: bytes a row on disk, rows a second against JSONEachRow. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as chdb from 'chdb';
import type { MetricRows, MetricWriteBatch, SeriesKey } from '@meterlark/core';
import { readBlocks } from '../../src/native/reader.js';
import type { ClickHouseStore } from '../../src/store.js';
import { openTestlessStore } from '../plain-store.js';

const minuteMs = 60_000;
const services = 20;
const scalarMetrics = 20;
const models = 8;
const histogramMetrics = 4;
const bounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92].map((bound) => bound * 1e6);
const start = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000;

/** Counts as a busy gateway has them: a daily wave per service, chance on top, now and then nothing. */
let seed = 42;
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

function seriesKeys(kind: 'sum' | 'ratio' | 'histogram'): SeriesKey[] {
  const keys: SeriesKey[] = [];
  const metrics = kind === 'histogram' ? histogramMetrics : scalarMetrics;
  for (let service = 0; service < services; service += 1) {
    const entityId = `${Buffer.from(`envoy-ai-gateway-${service}`).toString('base64')}.1`;
    for (let metric = 0; metric < metrics; metric += 1) {
      const name = `meter_envoy_ai_gw_${kind}_${metric}`;
      for (let model = 0; model < (metric % 2 === 0 ? 1 : models); model += 1) {
        const labels = metric % 2 === 0 ? '' : JSON.stringify(['gen_ai_response_model', `vendor/model-${model}-2026`]);
        keys.push({ tenant: '', metric: name, kind, entityId, labels, source: '' });
      }
    }
  }
  return keys;
}

const keysOf = { sum: seriesKeys('sum'), ratio: seriesKeys('ratio'), histogram: seriesKeys('histogram') };

function rowsAt(kind: 'sum' | 'ratio' | 'histogram', minute: number): MetricRows {
  const keys = keysOf[kind];
  const load = 60 + 50 * Math.sin(minute / 200);
  const calls = keys.map(() => (random() < 0.1 ? 0 : Math.round(load * random() * 4)));
  return {
    kind,
    keys,
    minutes: new Float64Array(keys.length).fill(start + minute * minuteMs),
    a: Float64Array.from(calls, (count) => (kind === 'ratio' ? Math.round(count * (200 + 800 * random())) / 1000 : count)),
    b: Float64Array.from(calls, (count) => (kind === 'ratio' ? count : 0)),
    histograms: kind === 'histogram' ? calls.map((count) => ({ bounds, counts: spread(count) })) : [],
  };
}

function spread(count: number): number[] {
  const counts = bounds.map(() => 0);
  for (let call = 0; call < count; call += 1) counts[Math.min(13, Math.floor(6 + 2.2 * (random() + random() + random() - 1.5)))]! += 1;
  return counts;
}

function batchOf(kinds: readonly ('sum' | 'ratio' | 'histogram')[], minutes: readonly number[]): MetricWriteBatch {
  const rows = kinds.map((kind) => joined(minutes.map((minute) => rowsAt(kind, minute))));
  return { writer: `bench-${kinds.join('-')}-${minutes[0]}-${minutes.length}`, sequence: 1, rows };
}

function joined(parts: readonly MetricRows[]): MetricRows {
  const flat = (pick: (rows: MetricRows) => Float64Array): Float64Array => Float64Array.from(parts.flatMap((part) => [...pick(part)]));
  return {
    kind: parts[0]!.kind,
    keys: parts.flatMap((part) => part.keys),
    minutes: flat((part) => part.minutes),
    a: flat((part) => part.a),
    b: flat((part) => part.b),
    histograms: parts.flatMap((part) => part.histograms),
  };
}

/** The harness's own; ratios are against the baseline of the same run. */
export interface StorageFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  readonly ratio?: number;
  readonly runs: number;
}

/** A million rows: what 20 services write in 250 minutes. */
const filledMinutes = 250;
const minutesPerBatch = 10;

/** Some minutes are still to be merged after a fill; the bytes are those of merged parts. */
export async function benchStorage(runs = 7): Promise<StorageFigure[]> {
  const path = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  const store = await openTestlessStore(path);
  const { Session } = createRequire(import.meta.url)('chdb') as typeof chdb;
  const session = new Session(join(path, 'clickhouse'));
  try {
    const filled = await fill(store);
    return [filled, await againstJson(store, session, runs), ...(await bytesPerRow(session))];
  } finally {
    session.close();
    await store.close();
    await rm(path, { recursive: true, force: true });
  }
}

async function fill(store: ClickHouseStore): Promise<StorageFigure> {
  const rates: number[] = [];
  for (let minute = 0; minute < filledMinutes; minute += minutesPerBatch) {
    const batch = batchOf(['sum', 'ratio', 'histogram'], Array.from({ length: minutesPerBatch }, (_, index) => minute + index));
    const rows = batch.rows.reduce((total, one) => total + one.keys.length, 0);
    rates.push(rows / (await seconds(() => store.metricWriter.write(batch))));
  }
  return { name: 'flush_sustained', value: Math.round(median(rates)), unit: 'rows/s', runs: rates.length };
}

/** The same rows as Native blocks through the adapter, hours and days included, and as JSON lines by the driver. */
async function againstJson(store: ClickHouseStore, session: chdb.Session, runs: number): Promise<StorageFigure> {
  const native: number[] = [];
  const json: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const batch = batchOf(['sum'], Array.from({ length: 110 }, (_, index) => 1200 + run * 30 + (index % 30)));
    const [part] = batch.rows as [MetricRows];
    const rows = part.keys.length;
    native.push(rows / (await seconds(() => store.metricWriter.write({ ...batch, writer: `native-${run}` }))));
    const write = (): Promise<unknown> => session.insert({ table: 'meterlark.metric_sums_minute', format: 'JSONEachRow', values: jsonOf(part) });
    json.push(rows / (await seconds(write)));
  }
  const [value, baseline] = [Math.round(median(native)), Math.round(median(json))];
  return { name: 'flush_against_json', value, unit: 'rows/s', baseline, ratio: Number((value / baseline).toFixed(2)), runs };
}

function jsonOf(rows: MetricRows): Buffer {
  const lines = rows.keys.map((key, row) =>
    JSON.stringify({ ...key, entityId: undefined, entity: key.entityId, bucket: rows.minutes[row]! / 1000, a: rows.a[row], b: rows.b[row] }),
  );
  return Buffer.from(lines.join('\n'));
}

const sizes = { metric_sums_minute: 'bytes_scalar_minute_row', metric_histograms_minute: 'bytes_histogram_minute_row' } as const;

async function bytesPerRow(session: chdb.Session): Promise<StorageFigure[]> {
  const figures: StorageFigure[] = [];
  for (const [table, name] of Object.entries(sizes)) {
    await session.queryAsync(`OPTIMIZE TABLE meterlark.${table} FINAL`, { format: 'Native' });
    const sums = 'toFloat64(sum(bytes_on_disk)) AS bytes, toFloat64(sum(rows)) AS stored';
    const sql = `SELECT ${sums} FROM system.parts WHERE active AND database = 'meterlark' AND table = '${table}'`;
    const [block] = readBlocks((await session.queryAsync(sql, { format: 'Native' })).bytes());
    const perRow = block!.numbers('bytes')[0]! / block!.numbers('stored')[0]!;
    figures.push({ name, value: Number(perRow.toFixed(2)), unit: 'bytes', runs: 1 });
  }
  return figures;
}

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return (performance.now() - begun) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
}
