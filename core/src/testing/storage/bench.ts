/** What a case of the storage contract works with: an open store and names that no other case uses. */
import type { Clock } from '../../kernel/ambient.js';
import { canonicalLabels } from '../../model/labels.js';
import type {
  MetricBucket,
  MetadataReader,
  MetadataWriter,
  MetricQuery,
  MetricReader,
  MetricWriteBatch,
  MetricWriter,
  RecordReader,
  RecordWriteBatch,
  RecordWriter,
  SchemaInstaller,
  StorageHealth,
} from '../../contract/storage.js';
import type { HistogramState, MetricDefinition, MetricKind, MetricRows, Step } from '../../model/metric.js';
import type { RecordRows } from '../../model/record.js';
import { bucketStart, dayMs, hourMs } from '../../model/time.js';

export interface StorageSession {
  readonly writer: MetricWriter;
  readonly reader: MetricReader;
  readonly metadataWriter: MetadataWriter;
  readonly metadataReader: MetadataReader;
  readonly installer: SchemaInstaller;
  readonly recordWriter: RecordWriter;
  readonly recordReader: RecordReader;
  readonly health: StorageHealth;
  close(): Promise<void>;
}

/** One row to write; what is left out has the case's own name, no labels, no source and zeros. */
export interface Cell {
  readonly at: number;
  readonly a?: number;
  readonly b?: number;
  readonly histogram?: HistogramState;
  readonly tenant?: string;
  readonly metric?: string;
  readonly entity?: string;
  readonly labels?: string;
  readonly source?: string;
}

/** A bucket reduced to what the contract promises for its kind. */
export interface Seen {
  readonly at: number;
  readonly entity: string;
  readonly labels: string;
  readonly source: string;
  readonly a: number;
  readonly b: number;
  readonly slots: bigint;
  /** Buckets with a count, as [bound, count]. */
  readonly histogram: readonly (readonly [number, number])[];
}

export class StorageBench {
  readonly tenant: string;
  readonly metric: string;
  readonly entity: string;
  /** Start of yesterday (UTC) by the harness's clock: whole, past, and inside every sensible retention. */
  readonly day: number;
  /** Its eleventh hour. */
  readonly hour: number;
  /** Who writes; new for every session, as for every process. */
  private readonly writer: string;
  private sequence = 0;
  private recordSequence = 0;

  constructor(
    readonly session: StorageSession,
    readonly clock: Clock,
    private readonly name: string,
    private readonly writers = { count: 0 },
  ) {
    this.tenant = `tenant-${name}`;
    this.metric = `contract_${name}`;
    this.entity = `entity-${name}`;
    this.day = bucketStart(clock.now(), 'day') - dayMs;
    this.hour = this.day + 10 * hourMs;
    this.writers.count += 1;
    this.writer = `writer-${name}-${this.writers.count}`;
  }

  /** The same names seen through another session, or through this one by another writer. */
  with(session: StorageSession): StorageBench {
    return new StorageBench(session, this.clock, this.name, this.writers);
  }

  /** The writer's next batch, not yet written. */
  batch(rows: readonly MetricRows[]): MetricWriteBatch {
    this.sequence += 1;
    return { writer: this.writer, sequence: this.sequence, rows };
  }

  /** The same of records, which are numbered apart. */
  recordBatch(rows: readonly RecordRows[]): RecordWriteBatch {
    this.recordSequence += 1;
    return { writer: this.writer, sequence: this.recordSequence, rows };
  }

  rows(kind: MetricKind, cells: readonly Cell[]): MetricRows {
    return {
      kind,
      keys: cells.map((cell) => ({
        tenant: cell.tenant ?? this.tenant,
        metric: cell.metric ?? this.metric,
        kind,
        entityId: cell.entity ?? this.entity,
        labels: cell.labels ?? '',
        source: cell.source ?? '',
      })),
      minutes: Float64Array.from(cells, (cell) => cell.at),
      a: Float64Array.from(cells, (cell) => cell.a ?? 0),
      b: Float64Array.from(cells, (cell) => cell.b ?? 0),
      histograms: kind === 'histogram' ? cells.map((cell) => cell.histogram ?? { bounds: [], counts: [] }) : [],
    };
  }

  /** One batch of one kind. */
  async write(kind: MetricKind, cells: readonly Cell[]): Promise<void> {
    await this.session.writer.write(this.batch([this.rows(kind, cells)]));
  }

  /** Of the case's own entity over the whole of yesterday, unless told otherwise. */
  async read(kind: MetricKind, step: Step, changes: Partial<MetricQuery> = {}): Promise<readonly Seen[]> {
    const buckets = await this.session.reader.read({
      tenant: this.tenant,
      selections: [{ metric: this.metric, kind }],
      entityIds: [this.entity],
      step,
      fromMs: this.day,
      toMs: this.day + dayMs,
      ...changes,
    });
    return buckets.map(seen).sort(inOrder);
  }

  /** Like read, only `a` of each bucket in the order of time. */
  async values(kind: MetricKind, step: Step, changes: Partial<MetricQuery> = {}): Promise<readonly number[]> {
    return (await this.read(kind, step, changes)).map((bucket) => bucket.a);
  }
}

const kindsWithPair: ReadonlySet<MetricKind> = new Set(['ratio', 'gauge', 'total', 'latest', 'totalLatest']);

function seen(bucket: MetricBucket): Seen {
  const { state } = bucket;
  const bounds = state.histogram?.bounds ?? [];
  return {
    at: bucket.bucketMs,
    entity: bucket.entityId,
    labels: bucket.labels,
    source: bucket.source,
    a: bucket.kind === 'histogram' ? 0 : state.a,
    b: kindsWithPair.has(bucket.kind) ? state.b : 0,
    slots: state.slots,
    histogram: bounds
      .map((bound, index) => [bound, state.histogram?.counts[index] ?? 0] as const)
      .filter(([, count]) => count !== 0),
  };
}

function inOrder(left: Seen, right: Seen): number {
  return left.at - right.at || compare(left.entity, right.entity) || compare(left.labels, right.labels) || compare(left.source, right.source);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export function label(name: string, value: string): string {
  return canonicalLabels([[name, value]]);
}

/** A definition of the simplest sort, with changes. */
export function definitionOf(name: string, kind: MetricKind, changes: Partial<MetricDefinition> = {}): MetricDefinition {
  return {
    name,
    kind,
    scope: 'Service',
    labels: [],
    form: 'plain',
    factor: 1,
    precision: 'integer',
    percentiles: [],
    edge: 'upper',
    windowMinutes: 1,
    unit: '',
    layer: 'GENERAL',
    origin: 'contract.yml',
    ...changes,
  };
}

export interface ContractCase {
  /** A promise, as a sentence; also the key for `skip`. */
  readonly name: string;
  readonly run: (bench: StorageBench) => Promise<void>;
}
