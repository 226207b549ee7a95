/**
 * Figures of the embedded store: bytes a row on disk, rows a second against JSONEachRow, latency of a dashboard.
 * Run bundled: npx esbuild <this> --bundle --platform=node --format=esm --packages=external --outfile=… && node …
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as chdb from 'chdb';
import type { MetricQuery, MetricRows, MetricWriteBatch, SeriesKey, Step } from '@meterlark/core';
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
  return { id: `bench-${kinds.join('-')}-${minutes[0]}-${minutes.length}`, rows };
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

type Engine = (sql: string) => Promise<Uint8Array>;

function engineAt(path: string): Engine {
  const { Session } = createRequire(import.meta.url)('chdb') as typeof chdb;
  const session = new Session(path);
  return async (sql) => (await session.queryAsync(sql, { format: 'Native' })).bytes();
}

async function report(engine: Engine): Promise<void> {
  for (const table of ['metric_sums_minute', 'metric_histograms_minute']) await engine(`OPTIMIZE TABLE meterlark.${table} FINAL`);
  const answer = await engine(
    "SELECT table, toFloat64(sum(bytes_on_disk)) AS bytes, toFloat64(sum(rows)) AS stored, toFloat64(count()) AS parts FROM system.parts WHERE active AND database = 'meterlark' GROUP BY table ORDER BY table",
  );
  for (const block of readBlocks(answer)) {
    block.strings('table').forEach((table, row) => {
      const rows = block.numbers('stored')[row]!;
      console.log(`${table}: ${rows} rows, ${(block.numbers('bytes')[row]! / rows).toFixed(2)} bytes/row, ${block.numbers('parts')[row]} parts`);
    });
  }
  const columns = await engine(
    "SELECT table, name, toFloat64(data_compressed_bytes) AS bytes FROM system.columns WHERE database = 'meterlark' AND endsWith(table, '_minute') AND bytes > 0 ORDER BY bytes DESC LIMIT 14",
  );
  for (const block of readBlocks(columns)) {
    block.strings('table').forEach((table, row) => console.log(`  ${table}.${block.strings('name')[row]}: ${block.numbers('bytes')[row]}`));
  }
}

async function timed<T>(run: () => Promise<T>): Promise<readonly [number, T]> {
  const begun = performance.now();
  const result = await run();
  return [performance.now() - begun, result];
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
}

async function fill(store: ClickHouseStore, minutes: number): Promise<void> {
  const perBatch = 10;
  let rows = 0;
  let spent = 0;
  for (let minute = 0; minute < minutes; minute += perBatch) {
    const batch = batchOf(['sum', 'ratio', 'histogram'], Array.from({ length: perBatch }, (_, index) => minute + index));
    const [ms] = await timed(() => store.metricWriter.write(batch));
    spent += ms;
    rows += batch.rows.reduce((total, one) => total + one.keys.length, 0);
  }
  console.log(`filled ${rows} rows in batches of ${rows / (minutes / perBatch)}: ${Math.round(rows / (spent / 1000))} rows/s`);
}

async function againstJson(store: ClickHouseStore, path: string): Promise<void> {
  const { Session } = createRequire(import.meta.url)('chdb') as typeof chdb;
  const session = new Session(path);
  const native: number[] = [];
  const json: number[] = [];
  let rows = 0;
  for (let run = 0; run < 7; run += 1) {
    const batch = batchOf(['sum'], Array.from({ length: 110 }, (_, index) => 1200 + run * 30 + (index % 30)));
    const [part] = batch.rows as [MetricRows];
    rows = part.keys.length;
    native.push((await timed(() => store.metricWriter.write({ ...batch, id: `native-${run}` })))[0]);
    const write = async (): Promise<unknown> => session.insert({ table: 'meterlark.metric_sums_minute', format: 'JSONEachRow', values: jsonOf(part) });
    json.push((await timed(write))[0]);
  }
  session.close();
  const [fast, slow] = [median(native), median(json)];
  console.log(`insert of ${rows} rows: Native ${Math.round(rows / (fast / 1000))} rows/s, JSONEachRow ${Math.round(rows / (slow / 1000))} rows/s, ratio ${(slow / fast).toFixed(1)}`);
}

function jsonOf(rows: MetricRows): Buffer {
  const lines = rows.keys.map((key, row) =>
    JSON.stringify({ ...key, entityId: undefined, entity: key.entityId, bucket: rows.minutes[row]! / 1000, a: rows.a[row], b: rows.b[row] }),
  );
  return Buffer.from(lines.join('\n'));
}

async function dashboard(store: ClickHouseStore, step: Step, fromMs: number, toMs: number): Promise<void> {
  const entityIds = [keysOf.sum[0]!.entityId];
  const selections = (['sum', 'ratio', 'histogram'] as const).flatMap((kind) =>
    Array.from({ length: kind === 'histogram' ? 4 : 13 }, (_, index) => ({ metric: `meter_envoy_ai_gw_${kind}_${index}`, kind })),
  );
  const query: MetricQuery = { tenant: '', selections, entityIds, step, fromMs, toMs };
  const times: number[] = [];
  let count = 0;
  for (let run = 0; run < 25; run += 1) {
    const [ms, rows] = await timed(() => store.metricReader.read(query));
    times.push(ms);
    count = rows.length;
  }
  times.sort((left, right) => left - right);
  console.log(`dashboard of ${selections.length} expressions by ${step}: ${count} rows, first ${times.at(-1)?.toFixed(1)} p50 ${median(times).toFixed(1)} p95 ${times[23]?.toFixed(1)} ms`);
}

/** 250 make about a million rows. */
const minutes = Number(process.argv[2] ?? 250);

async function main(): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  const [openMs, store] = await timed(() => openTestlessStore(path));
  console.log(`open ${openMs.toFixed(0)} ms, RSS ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`);
  const engine = engineAt(join(path, 'clickhouse'));
  await fill(store, minutes);
  await dashboard(store, 'minute', start + (minutes - 100) * minuteMs, start + (minutes - 40) * minuteMs);
  await againstJson(store, join(path, 'clickhouse'));
  await report(engine);
  await dashboard(store, 'minute', start + (minutes - 100) * minuteMs, start + (minutes - 40) * minuteMs);
  await dashboard(store, 'hour', start - 6 * 86_400_000, start + 86_400_000);
  console.log(`RSS ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`);
  await store.close();
  if (process.argv[3] !== 'keep') await rm(path, { recursive: true, force: true });
  else console.log(path);
}

await main();
