/** Hot path: data points in, increments of series out. Everything that depends on labels was worked out before. */
import type {
  AcceptOutcome,
  Analyzer,
  Attributes,
  Clock,
  Counter,
  Metric,
  MetricStream,
  ResourceMetrics,
  ScopeMetrics,
  SelfMetrics,
  TelemetryBatch,
} from '@meterlark/core';
import { pointDrops, type PointDrops } from './drops.js';
import { EvaluationWriter } from './evaluation-writer.js';
import { familyName, labelCuts, pointLabels } from './labels.js';
import { OpenPushes } from './open-pushes.js';
import type { PlanIndex } from './plan-index.js';
import { PointReader } from './point-reader.js';
import type { Field, Route } from './route.js';
import { Router } from './router.js';
import { RuleFailures } from './rule-failures.js';
import { SeriesTable } from './series-table.js';
import type { ExportStamp } from './start-log.js';
import type { Stream } from './stream.js';
import type { MetricState, ResourceState, ScopeState } from './stream-states.js';
import { StreamTable, progressOf, type StreamLimits, type StreamTableEvents } from './stream-table.js';
import { ValueWriter, minuteOf, type PointContext } from './value-writer.js';

export interface MeterAnalyzerParts {
  readonly plans: PlanIndex;
  readonly stream: MetricStream;
  readonly clock: Clock;
  readonly metrics: SelfMetrics;
  readonly startedAtMs: number;
  readonly limits: StreamLimits;
  /** Told once per metric whose closure failed on a sample. */
  readonly ruleFailed: (metric: string, cause: unknown) => void;
}

type Point = Metric['points'][number];
type MutableContext = { -readonly [K in keyof PointContext]: PointContext[K] };

export class MeterAnalyzer implements Analyzer {
  readonly signals = ['metrics'] as const;
  private readonly table: StreamTable;
  private readonly series: SeriesTable;
  private readonly router: Router;
  private readonly writer: ValueWriter;
  private readonly pushes: OpenPushes;
  private readonly reader = new PointReader();
  private readonly drops: PointDrops;
  private readonly taken: Counter;
  private readonly failures: RuleFailures;
  private readonly labelCut: () => void;
  private readonly point: MutableContext;
  private readonly lanePoint: MutableContext;
  private stamp: ExportStamp = { number: 0, nowMs: 0 };
  private nowMs = 0;
  private accepted: { readonly first: number; readonly last: number } = { first: 0, last: 0 };

  constructor(private readonly parts: MeterAnalyzerParts) {
    const { stream, metrics, limits } = parts;
    this.series = new SeriesTable(stream);
    this.labelCut = labelCuts(metrics);
    this.failures = new RuleFailures(metrics, parts.ruleFailed);
    this.router = new Router(parts.plans, this.series, (failure) => { this.failures.add(failure); });
    this.table = new StreamTable(limits, parts.startedAtMs, this.tableEvents());
    this.writer = new ValueWriter(stream, this.series);
    this.pushes = this.makePushes();
    this.point = { values: this.reader.values, timeMs: 0, progress: 'gauge', monotonic: false, push: this.pushes };
    this.lanePoint = { ...this.point, values: this.reader.lane };
    this.drops = pointDrops(metrics);
    this.taken = metrics.counter('meterlark_meter_points_total', 'Data points that the meter analyzer took');
    metrics.observe('meterlark_meter_streams', 'Streams that the meter analyzer follows', () => this.table.size);
    metrics.observe('meterlark_meter_series', 'Series that these streams add to', () => this.series.size);
  }

  private makePushes(): OpenPushes {
    const { parts: { stream, clock, metrics, limits }, series, writer } = this;
    const evaluation = new EvaluationWriter(stream, series, (metric, cause) => { this.failures.add({ metric, cause, samples: 1 }); });
    const early = metrics.counter('meterlark_meter_pushes_settled_early_total', 'Pushes that the bounds let wait no longer for another part');
    const settledEarly = (count: number): void => early.add(count);
    const pushes = new OpenPushes({ stream, series, writer, evaluation, maxHeld: limits.maxStreams, settledEarly });
    stream.beforeFlush((everything) => {
      if (everything) pushes.settleAll();
      else pushes.advance(clock.now());
    });
    metrics.observe('meterlark_meter_open_pushes', 'Pushes that wait a moment for another request with a part of them', () => pushes.size);
    return pushes;
  }

  private tableEvents(): StreamTableEvents {
    const help = 'Streams that were idle or replaced by one with other bounds, and identities of such streams given up over the limit';
    const forgotten = this.parts.metrics.counter('meterlark_meter_streams_forgotten_total', help, ['reason']);
    return {
      released: (stream) => { this.releaseRoutes(stream); },
      labelCut: this.labelCut,
      forgotten: (reason) => { forgotten.add(1, { reason }); },
    };
  }

  hasRoom(): boolean {
    return this.parts.stream.hasRoom();
  }

  accept(batch: TelemetryBatch): AcceptOutcome {
    if (batch.signal !== 'metrics') return { rejected: 0, reason: '' };
    this.nowMs = this.parts.clock.now();
    this.accepted = this.parts.stream.acceptedMinutes();
    this.table.sweep(this.nowMs);
    this.pushes.advance(this.nowMs);
    let points = 0;
    for (const resource of batch.resources) points += this.acceptResource(batch.tenant, resource);
    this.taken.add(points);
    return this.drops.settle();
  }

  private acceptResource(tenant: string, { resource, scopes }: ResourceMetrics): number {
    this.stamp = { number: this.stamp.number + 1, nowMs: this.nowMs };
    const unread: ScopeMetrics[] = [];
    let state: ResourceState | undefined;
    let points = 0;
    for (const scope of scopes) {
      const metrics = scope.metrics.filter((metric) => metric.points.length > 0 && this.isRead(metric));
      if (metrics.length < scope.metrics.length) unread.push(scope);
      if (metrics.length === 0) continue;
      state ??= this.table.resource(tenant, resource);
      points += this.acceptScope(state, scope, metrics);
    }
    if (unread.length > 0) this.noteUnread(state ?? this.table.known(tenant, resource), unread);
    if (state !== undefined) this.pushes.trim(state);
    return points;
  }

  /** An export also says which streams it did not have by metrics that no rule reads. */
  private noteUnread(resource: ResourceState | undefined, scopes: readonly ScopeMetrics[]): void {
    if (resource === undefined) return;
    for (const { scope, metrics } of scopes) {
      const state = this.table.scope(resource, scope, false);
      if (state === undefined) continue;
      for (const metric of metrics) if (!this.isRead(metric)) this.note(state, metric);
    }
  }

  /** All points of a metric come from one process, or nearly so; new streams are noted by themselves. */
  private note(scope: ScopeState, metric: Metric, state?: MetricState): void {
    const [first] = metric.points;
    const minute = minuteOf(first?.timeMs ?? Number.NaN);
    if (first === undefined || !(minute >= this.accepted.first && minute <= this.accepted.last)) return;
    this.table.note(scope, first, this.stamp, state ?? { progress: progressOf(metric) });
  }

  private acceptScope(resource: ResourceState | undefined, { scope }: ScopeMetrics, metrics: readonly Metric[]): number {
    const state = resource === undefined ? undefined : this.table.scope(resource, scope);
    let points = 0;
    for (const metric of metrics) {
      if (state === undefined) this.drops.add('stream_limit', metric.points.length);
      else points += this.acceptMetric(state, metric);
    }
    return points;
  }

  /** Whether a rule reads any family that this metric becomes. */
  private isRead(metric: Metric): boolean {
    const { plans } = this.parts;
    const family = familyName(metric.name);
    if (plans.reads(family)) return true;
    if (metric.type === 'gauge' || metric.type === 'sum') return false;
    return plans.reads(`${family}_count`) || plans.reads(`${family}_sum`);
  }

  private acceptMetric(scope: ScopeState, metric: Metric): number {
    if ('temporality' in metric && metric.temporality === 'unspecified') {
      this.drops.add('temporality', metric.points.length);
      return 0;
    }
    const state = this.table.metric(scope, metric);
    this.note(scope, metric, state);
    this.point.progress = state.progress;
    this.point.monotonic = state.monotonic;
    let points = 0;
    for (const point of metric.points) if (this.acceptPoint(state, point)) points += 1;
    return points;
  }

  private acceptPoint(metric: MetricState, point: Point): boolean {
    const minute = minuteOf(point.timeMs);
    // Written so that a time that is not a number is late.
    if (!(minute >= this.accepted.first)) return this.drop('late');
    if (minute > this.accepted.last) return this.drop('future');
    if (point.noRecordedValue) return this.drop('no_value');
    const bounds = this.reader.bounds(metric, point);
    if (bounds === undefined) return this.drop('malformed');
    const stream = this.table.stream(metric, point, bounds, this.stamp);
    if (stream === undefined) return this.drop('stream_limit');
    stream.seenMs = this.nowMs;
    const previousMs = stream.lastMs;
    const verdict = this.reader.read(metric, stream, point);
    if (verdict !== 'taken') return this.drop(verdict === 'unusable' ? 'not_finite' : verdict);
    const route = this.routeOf(metric, stream, point.attributes);
    this.point.timeMs = point.timeMs;
    this.pushes.begin(metric.scope.resource, point.timeMs, previousMs);
    this.writer.write(stream, route, this.point);
    if (route.evaluated.length > 0) {
      this.pushes.addEvaluated(route.evaluated, this.reader.values, elapsedMs(metric, stream, point, previousMs));
    }
    if (this.reader.upper.length > 0) this.writeLanes(metric, stream, point);
    return true;
  }

  private drop(reason: Parameters<PointDrops['add']>[0]): false {
    this.drops.add(reason);
    return false;
  }

  private routeOf(metric: MetricState, stream: Stream, attributes: Attributes): Route {
    const known = stream.route;
    if (known !== undefined && known.generation === this.parts.plans.generation) return known;
    this.releaseRoutes(stream);
    stream.route = this.buildRoute(metric, attributes, this.reader.fields(metric, stream.bounds));
    return stream.route;
  }

  private buildRoute({ scope }: MetricState, attributes: Attributes, fields: readonly Field[]): Route {
    const { tenant, source, labels } = scope.resource;
    return this.router.build({ tenant, source, scope: scope.scope, labels: pointLabels(labels, attributes, this.labelCut), fields });
  }

  /** Buckets of an exponential histogram: their bounds come and go, so each has a route of its own. */
  private writeLanes(metric: MetricState, stream: Stream, point: Point): void {
    this.lanePoint.timeMs = point.timeMs;
    this.lanePoint.progress = metric.progress;
    this.lanePoint.monotonic = metric.monotonic;
    for (const { upper, count } of this.reader.upper) {
      const lanes = (stream.lanes ??= new Map<number, Route>());
      let route = lanes.get(upper);
      if (route === undefined) {
        if (lanes.size >= maxLanes) this.releaseLanes(stream);
        route = this.buildRoute(metric, point.attributes, [this.reader.bucketField(metric, upper)]);
        lanes.set(upper, route);
      }
      this.lanePoint.values.delta[0] = count;
      this.writer.write(stream, route, this.lanePoint);
    }
  }

  private releaseRoutes(stream: Stream): void {
    this.releaseLanes(stream);
    if (stream.route !== undefined) this.router.release(stream.route);
    stream.route = undefined;
  }

  private releaseLanes(stream: Stream): void {
    for (const route of stream.lanes?.values() ?? []) this.router.release(route);
    stream.lanes?.clear();
  }
}

/** Time that a delta covers, for rates of evaluated plans; NaN when it is not known. */
function elapsedMs(metric: MetricState, stream: Stream, point: Point, previousMs: number): number {
  if (metric.progress === 'delta') return point.startTimeMs > 0 ? point.timeMs - point.startTimeMs : Number.NaN;
  if (previousMs >= 0) return point.timeMs - previousMs;
  return stream.countsFromZero && point.startTimeMs > 0 ? point.timeMs - point.startTimeMs : Number.NaN;
}

/** Upper bounds per exponential stream whose routes are kept; SDKs use at most 160 buckets at a time. */
const maxLanes = 1024;
