/** A store with every kind of metric, every model of records and every scope of entities, over many days. */
import type { EntityRecord } from '../../../src/contract/storage.js';
import type { CopyStore } from '../../../src/host/copy/copy-store.js';
import { canonicalLabels } from '../../../src/model/labels.js';
import { isTotal } from '../../../src/model/metric-merge.js';
import type { MetricKind, MetricRows } from '../../../src/model/metric.js';
import { recordRows } from '../../../src/model/record-building.js';
import { recordModels } from '../../../src/model/record-models.js';
import type { RecordModel, RecordRow } from '../../../src/model/record.js';
import { dayMs, hourMs, minuteMs } from '../../../src/model/time.js';
import { definitionOf } from '../../../src/testing/storage/bench.js';
import { type Named, todayMs } from './copy-bench.js';

const kinds: readonly MetricKind[] = ['sum', 'ratio', 'gauge', 'total', 'totalMax', 'totalMin', 'totalLatest', 'min', 'max', 'latest', 'histogram'];

export const metrics: readonly Named[] = kinds.map((kind) => ({ name: `metric_${kind.toLowerCase()}`, kind }));

/** Days before today that have data. */
const ages = [0, 1, 2, 3, 4, 6, 7, 8, 10, 12];
/** Minutes of each day: two of an hour, of neighbouring parts of the day, first and last. */
const minutes = [0, 1, 23, 24, 59, 61, 600, 641, 1439];
const entities = ['a', 'b.1', 'é_*|'];

/** Twelve days of metrics. */
export async function fillMetrics(store: CopyStore, writer = 'live'): Promise<void> {
  await store.metadataWriter.defineMetrics(metrics.map(({ name, kind }) => definitionOf(name, kind)));
  for (const [place, { name, kind }] of metrics.entries()) {
    await store.metricWriter.write({ writer, sequence: place + 1, rows: [rowsOf(name, kind)] });
  }
}

interface Cell {
  readonly minute: number;
  readonly entityId: string;
  readonly labels: string;
  readonly source: string;
}

function rowsOf(metric: string, kind: MetricKind): MetricRows {
  const cells = cellsOf(kind);
  return {
    kind,
    keys: cells.map(({ entityId, labels, source }) => ({ tenant: '', metric, kind, entityId, labels, source })),
    minutes: Float64Array.from(cells, ({ minute }) => minute),
    a: Float64Array.from(cells, (_, place) => kind === 'histogram' ? 0 : ((place * 37) % 101) / 4 - 5),
    b: Float64Array.from(cells, ({ minute }, place) => (kind === 'latest' || kind === 'totalLatest' ? minute + (place % 7) * 1000 : (place % 3) + 1)),
    histograms: kind !== 'histogram' ? [] : cells.map((_, place) => ({ bounds: [place % 5, 1000 + (place % 3)], counts: [place % 4, 1] })),
  };
}

function cellsOf(kind: MetricKind): Cell[] {
  const sources = isTotal(kind) ? ['', 'pod 1', 'pod 2'] : [''];
  const labels = ['', canonicalLabels([['model', 'x']])];
  const cells = ages.flatMap((age) => minutes.flatMap((minute, place) => {
    const at = todayMs - age * dayMs + minute * minuteMs;
    const series = entities.slice(0, 1 + (place % entities.length)).flatMap((entityId) => sources.map((source) => ({ entityId, source })));
    return series.map((one): Cell => ({ ...one, minute: at, labels: labels[(place + one.source.length) % 2] ?? '' }));
  }));
  // What comes after the copy began is not copied: the copy begins at 13:37.
  return cells.filter(({ minute }) => minute < todayMs + 13 * hourMs);
}

export const recordsOfModel = 230;

/** Rows of every model over twelve days: some times bear several rows. */
export async function fillRecords(store: CopyStore, writer = 'live'): Promise<void> {
  await store.installer.install(recordModels);
  const rows = recordModels.map((model) => recordRows(model, Array.from({ length: recordsOfModel }, (_, place) => recordOf(model, place))));
  await store.recordWriter.write({ writer, sequence: 1, rows });
}

export function recordOf(model: RecordModel, place: number): RecordRow {
  const time = (todayMs - (place % 12) * dayMs + (Math.floor(place / 24) % 3) * hourMs) * 1000 + (place % 4);
  const row: Record<string, RecordRow[string]> = { tenant: '', time };
  for (const { name, type, optional } of model.columns.slice(2)) {
    if (optional === true && place % 2 === 0) continue;
    if (type === 'word' || type === 'text') row[name] = `${name} ${place} "é\n`;
    else if (type === 'flag') row[name] = place % 2 === 0;
    else if (type === 'textMap') row[name] = { [`key ${place % 3}`]: `value ${place}`, same: '' };
    else if (type === 'numberMap') row[name] = { count: place, half: place / 2 };
    else row[name] = type === 'integer' ? place * 1_000_003 : place / 8;
  }
  return row;
}

export async function fillEntities(store: CopyStore): Promise<void> {
  const scopes: readonly EntityRecord['scope'][] = ['Service', 'ServiceInstance', 'Endpoint', 'Process'];
  const records = scopes.flatMap((scope) => ages.map((age): EntityRecord => {
    const id = `${scope}-${age}`;
    const seen = { firstSeenMs: todayMs - (age + 5) * dayMs, lastSeenMs: todayMs - age * dayMs };
    const instanceId = scope === 'Process' ? 'ServiceInstance-0' : '';
    return { tenant: '', id, scope, name: `name of ${id}`, serviceId: 'Service-0', instanceId, layers: ['GENERAL'], properties: { age: `${age}` }, ...seen };
  }));
  await store.metadataWriter.upsertEntities(records);
}

export async function fill(store: CopyStore): Promise<void> {
  await fillMetrics(store);
  await fillRecords(store);
  await fillEntities(store);
}
