/** What it takes until a batch of 20,000 rows is acknowledged, by the storage contract and without a server: both storages in turn. */
import { randomUUID } from 'node:crypto';
import {
  logSequences,
  logsModel,
  MetricWriter,
  minuteMs,
  RecordWriter,
  SchemaInstaller,
  spansModel,
  type RecordModel,
  type RecordRow,
  type RecordValue,
} from '@meterlark/core';
import type { TestHost } from '@meterlark/core/host';
import { recordRows } from '../../core/src/testing/record-rows.js';
import { figureOf, type Figure } from './figure.js';
import { gatewayMetrics, rowsOf, seriesOf } from './gateway-rows.js';
import { accessLines, defaultLogPayload } from './log-payload.js';
import { logRow } from './logs-store.js';
import { spanCells } from './records.js';
import { bothNames, ofBoth, onBoth, whileRunning, type BenchStorage, type Both } from './storages.js';

const rowCount = 20_000;
const services = 20;
/** Rounds after the first, which warms up. */
const runs = 3;

/** Of one round; made before it is written. */
interface Batch {
  readonly rows: number;
  readonly write: (host: TestHost) => Promise<void>;
}
type BatchOf = (round: number) => Batch;

export function benchBanyanWrite(): Promise<Figure[]> {
  return onBoth('banyandb-write', async (storages) => {
    // The first start makes the tables and the definitions of the metrics.
    await whileRunning(storages, {}, async () => undefined);
    return flushFigures(storages);
  });
}

async function flushFigures(storages: Both<BenchStorage>): Promise<Figure[]> {
  const opened: TestHost[] = [];
  try {
    const hosts = await ofBoth(storages, async (storage) => {
      const host = await storage.open();
      opened.push(host);
      await host.get(SchemaInstaller).install([spansModel, logsModel]);
      return host;
    });
    const batches = { metrics: await metricBatches(hosts), spans: recordBatches(spansModel, spanRows), logs: recordBatches(logsModel, logRows) };
    const figures: Figure[] = [];
    for (const [name, batchOf] of Object.entries(batches)) figures.push(await rates(`banyandb_flush_${name}_20k`, hosts, batchOf));
    return figures;
  } finally {
    await Promise.all(opened.map((host) => host.stop()));
  }
}

async function rates(name: string, hosts: Both<TestHost>, batchOf: BatchOf): Promise<Figure> {
  const values: Both<number[]> = { clickhouse: [], banyandb: [] };
  for (let round = 0; round <= runs; round += 1) {
    const { rows, write } = batchOf(round);
    for (const storage of bothNames) {
      const begun = performance.now();
      await write(hosts[storage]);
      if (round > 0) values[storage].push((rows * 1000) / (performance.now() - begun));
    }
  }
  return figureOf({ name, unit: 'rows/s', values: values.banyandb, baselines: values.clickhouse });
}

/** Every round has minutes of its own; hours and days go on. */
async function metricBatches(hosts: Both<TestHost>): Promise<BatchOf> {
  const definitions = await gatewayMetrics(hosts.clickhouse);
  const series = definitions.flatMap((definition) => seriesOf(definition, services));
  const kinds = [...new Set(series.map(({ kind }) => kind))];
  const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const perBatch = Math.ceil(rowCount / series.length);
  const writer = randomUUID();
  return (round) => {
    const minutes = Array.from({ length: perBatch }, (_, index) => nowMs - (1 + round * perBatch + index) * minuteMs);
    const rows = kinds.map((kind) => rowsOf(kind, series, minutes));
    return { rows: series.length * perBatch, write: (host) => host.get(MetricWriter).write({ writer, sequence: round + 1, rows }) };
  };
}

function recordBatches(model: RecordModel, make: (round: number) => readonly RecordRow[]): BatchOf {
  const writer = randomUUID();
  return (round) => {
    const rows = recordRows(model, make(round));
    return { rows: rows.count, write: (host) => host.get(RecordWriter).write({ writer, sequence: round + 1, rows: [rows] }) };
  };
}

function spanRows(round: number): RecordRow[] {
  const startUs = (Date.now() - 10 * minuteMs) * 1000;
  return Array.from({ length: rowCount }, (_, index) => {
    const cells = Object.entries(spanCells(index)).map(([name, cell]) => [name, plain(cell)]);
    return { ...(Object.fromEntries(cells) as RecordRow), time: startUs + (round * rowCount + index) * 37 };
  });
}

function plain(cell: RecordValue): RecordRow[string] {
  if (typeof cell !== 'object') return cell;
  const { keys, values } = cell;
  return Object.fromEntries(keys.map((key, index) => [key, values[index]!]));
}

function logRows(round: number): RecordRow[] {
  const startMs = Date.now() - 10 * minuteMs;
  const lines = [...accessLines({ ...defaultLogPayload, lines: rowCount, startMs, intervalMs: 0.037, seed: round + 1 })];
  return lines.map((line, index) => ({ ...logRow(line), sequence: (round * rowCount + index) % logSequences }));
}
