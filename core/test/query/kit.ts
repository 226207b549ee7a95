/** A storage that holds what a test puts into it, and the query layer over it. */
import type { ExpressionQuery, ExpressionRequest, ExpressionResult, ExpressionSeries, MetadataQuery } from '../../src/contract/query.js';
import { ExpressionQuery as Expressions, MetadataQuery as Metadata } from '../../src/contract/query.js';
import type { EntityQuery, EntityRecord, MetricBucket, MetricQuery, TopEntry, TopQuery } from '../../src/contract/storage.js';
import { MetadataReader, MetricReader, RecordReader } from '../../src/contract/storage.js';
import { Clock, Logger, SelfMetrics } from '../../src/kernel/ambient.js';
import type { Binder, Resolver } from '../../src/kernel/definition.js';
import type { ServiceToken } from '../../src/kernel/token.js';
import { serviceId } from '../../src/model/entity.js';
import { canonicalLabels, type LabelPair } from '../../src/model/labels.js';
import { bucketValue, shownValue } from '../../src/model/metric-value.js';
import type { MetricDefinition, MetricState } from '../../src/model/metric.js';
import { selectRows } from '../../src/model/record-matching.js';
import type { RecordRow } from '../../src/model/record.js';
import provider, { type QuerySettings } from '../../src/query/provider.js';
import { ManualClock, RecordingLogger, RecordingMetrics } from '../../src/testing/fakes.js';

export const minute = 60_000;
/** A full hour and, as it happens, a full day: 2024-01-01T00:00Z. */
export const t0 = Date.UTC(2024, 0, 1);
export const serviceA = serviceId({ name: 'service_A', normal: true });

export function definition(name: string, change: Partial<MetricDefinition> = {}): MetricDefinition {
  return {
    name, kind: 'latest', scope: 'Service', labels: [], form: 'plain', factor: 1, precision: 'decimal', percentiles: [],
    edge: 'upper', windowMinutes: 1, unit: '', layer: 'GENERAL', origin: 'test', ...change,
  };
}

export function state(a: number, b = 0, change: Partial<MetricState> = {}): MetricState {
  return { a, b, slots: 0n, histogram: undefined, ...change };
}

export interface Row {
  readonly at?: number;
  readonly entityId?: string;
  readonly labels?: readonly LabelPair[];
  readonly source?: string;
  readonly tenant?: string;
}

export class FakeStorage {
  readonly definitions = new Map<string, MetricDefinition>();
  readonly records: EntityRecord[] = [];
  /** Of topRecordsModel. */
  readonly topRecords: RecordRow[] = [];
  readonly reads: MetricQuery[] = [];
  readonly tops: TopQuery[] = [];
  definitionReads = 0;
  entityReads = 0;
  fault: Error | undefined;
  private readonly rows: { readonly tenant: string; readonly step: string; readonly bucket: MetricBucket }[] = [];

  define(...definitions: MetricDefinition[]): void {
    for (const each of definitions) this.definitions.set(each.name, each);
  }

  put(metric: string, put: MetricState, row: Row = {}, step = 'minute'): void {
    const known = this.definitions.get(metric);
    if (known === undefined) throw new Error(`define ${metric} first`);
    const bucket: MetricBucket = {
      metric, kind: known.kind, entityId: row.entityId ?? serviceA, labels: canonicalLabels(row.labels ?? []),
      source: row.source ?? '', bucketMs: row.at ?? t0, state: put,
    };
    this.rows.push({ tenant: row.tenant ?? '', step, bucket });
  }

  async read(query: MetricQuery): Promise<readonly MetricBucket[]> {
    this.reads.push(query);
    if (this.fault !== undefined) throw this.fault;
    return this.rows
      .filter(({ tenant, step, bucket }) => tenant === query.tenant && step === query.step
        && query.selections.some(({ metric, kind }) => metric === bucket.metric && kind === bucket.kind)
        && query.entityIds.includes(bucket.entityId) && bucket.bucketMs >= query.fromMs && bucket.bucketMs < query.toMs)
      .map(({ bucket }) => bucket)
      .reverse();
  }

  async top(query: TopQuery): Promise<readonly TopEntry[]> {
    this.tops.push(query);
    const { definition, step, order } = query;
    const { kind, name, precision } = definition;
    const found = this.rows.filter(({ tenant, step: own, bucket }) => tenant === query.tenant && own === step
      && bucket.metric === name && bucket.kind === kind && bucket.bucketMs >= query.fromMs && bucket.bucketMs < query.toMs
      && (query.serviceId === undefined || bucket.entityId.startsWith(query.serviceId))
      && (query.entityIds === undefined || query.entityIds.includes(bucket.entityId)));
    const entries = [...new Set(found.map(({ bucket }) => bucket.entityId))].flatMap((entityId) => {
      const own = found.map(({ bucket }) => bucket).filter((bucket) => bucket.entityId === entityId);
      const known = [...new Set(own.map(({ bucketMs }) => bucketMs))]
        .map((time) => bucketValue(definition, step, own.filter(({ bucketMs }) => bucketMs === time).map((bucket) => bucket.state)))
        .filter((value) => value !== undefined)
        .map((value) => shownValue(precision, value));
      return known.length === 0 ? [] : [{ entityId, value: known.reduce((sum, each) => sum + each, 0) / known.length }];
    });
    const sign = order === 'asc' ? 1 : -1;
    return entries.sort((left, right) => sign * (left.value - right.value)).slice(0, query.limit);
  }

  async entities(query: EntityQuery): Promise<readonly EntityRecord[]> {
    this.entityReads += 1;
    return this.records.filter((each) => each.scope === query.scope && each.tenant === query.tenant
      && (query.serviceId === undefined || each.serviceId === query.serviceId)
      && (query.ids === undefined || query.ids.includes(each.id))).slice(0, query.limit);
  }

  readonly recordReader: Pick<RecordReader, 'rows'> = { rows: async (query) => selectRows(query, this.topRecords) };

  async metrics(): Promise<readonly MetricDefinition[]> {
    this.definitionReads += 1;
    if (this.fault !== undefined) throw this.fault;
    return [...this.definitions.values()];
  }
}

export interface Bench {
  readonly storage: FakeStorage;
  readonly clock: ManualClock;
  readonly metrics: RecordingMetrics;
  readonly logger: RecordingLogger;
  readonly expressions: ExpressionQuery;
  readonly metadata: MetadataQuery;
  /** One expression over `points` minutes from t0 about service_A, unless told otherwise. */
  ask(expression: string, change?: Partial<ExpressionRequest> & { readonly points?: number }): Promise<ExpressionResult>;
}

/** The provider as the host would run it, with its settings' defaults. */
export function queryBench(settings: Partial<QuerySettings> = {}): Bench {
  const storage = new FakeStorage();
  const clock = new ManualClock(t0 + 24 * 60 * minute);
  const metrics = new RecordingMetrics();
  const logger = new RecordingLogger();
  const ambient = [[MetricReader, storage], [MetadataReader, storage], [RecordReader, storage.recordReader], [Clock, clock], [SelfMetrics, metrics], [Logger, logger]] as const;
  const made = new Map<symbol, unknown>(ambient.map(([token, value]) => [token.key, value]));
  const factories = new Map<symbol, (resolver: Resolver) => unknown>();
  const resolver: Resolver = { get: <T>(token: ServiceToken<T>) => resolve(token) as T, all: () => [] };
  const resolve = (token: ServiceToken<unknown>): unknown => {
    if (!made.has(token.key)) made.set(token.key, factories.get(token.key)?.(resolver));
    return made.get(token.key);
  };
  const bind = <T>(token: ServiceToken<T>): Binder<T> => ({
    toValue: (value) => void made.set(token.key, value),
    toClass: () => undefined,
    toFactory: (make) => void factories.set(token.key, make),
  });
  const defaults = Object.fromEntries(Object.entries(provider.config).map(([key, setting]) => [key, setting.default]));
  provider.register?.({ bind, config: { ...(defaults as unknown as QuerySettings), ...settings }, logger });
  const expressions = resolver.get(Expressions);
  const ask: Bench['ask'] = (expression, { points = 2, ...change } = {}) =>
    expressions.evaluate({
      tenant: '', expression, entity: { serviceName: 'service_A', normal: true },
      duration: { step: 'minute', startMs: t0, endMs: t0 + (points - 1) * minute }, ...change,
    });
  return { storage, clock, metrics, logger, expressions, metadata: resolver.get(Metadata), ask };
}

/** `TYPE {k=v} value value | {k=v} …`, gaps as `null`; list values as `id=value`; `TYPE ! error` for faults. */
export function show(result: ExpressionResult): string {
  const parts = [result.type, result.results.map((series) => showSeries(result.type, series)).join(' | ')];
  if (result.error !== undefined) parts.push(`! ${result.error}`);
  return parts.filter((part) => part !== '').join(' ');
}

function showSeries(type: string, { labels, values }: ExpressionSeries): string {
  const list = type === 'SORTED_LIST' || type === 'RECORD_LIST';
  const shown = values.map(({ id, value }) => `${list ? `${id}=` : ''}${value ?? 'null'}`);
  const text = labels.map(({ key, value }) => `${key}=${value}`).join(',');
  return [...(labels.length === 0 ? [] : [`{${text}}`]), ...shown].join(' ');
}
