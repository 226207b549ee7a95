/**
 * All streams that rules read: tenant -> resource -> scope -> metric -> attributes -> stream. Objects that the
 * receiver interned find their entry by identity; others by their canonical text, which is what counts.
 */
import type { Attributes, Metric, Resource, Scope } from '@meterlark/core';
import { canonicalAttributes, canonicalScope, canonicalText, fingerprint } from './canonical.js';
import { countsFromZero, type FirstPoint } from './first-value.js';
import { ForgottenStreams } from './forgotten-streams.js';
import { IdentityCache } from './identity-cache.js';
import { familyName, resourceLabels } from './labels.js';
import { noteTime, StartBudget, StartLog, type ExportStamp } from './start-log.js';
import { Stream, type Progress } from './stream.js';
import { StreamSet } from './stream-set.js';
import type { MetricState, ResourceState, ScopeState } from './stream-states.js';

/** `starts`: of a metric that a rule reads. */
interface NotedMetric {
  readonly progress: Progress;
  readonly starts?: StartLog;
}

interface Times {
  readonly startTimeMs: number;
  readonly timeMs: number;
}

/** `count`: of histograms and summaries. */
interface StreamPoint extends Times {
  readonly attributes: Attributes;
  readonly count?: number;
}

export interface StreamLimits {
  readonly maxStreams: number;
  readonly idleMs: number;
}

/**
 * Why something was forgotten: a stream was idle, another with other bounds took its place, too many identities of
 * forgotten streams or too many start times were remembered.
 */
export type Forgotten = 'idle' | 'replaced' | 'identity' | 'start_time';

/** Who is told what the table does. */
export interface StreamTableEvents {
  readonly released: (stream: Stream) => void;
  readonly labelCut: () => void;
  readonly forgotten: (what: Forgotten) => void;
}

/** Bounds that are told apart under one start time; points with further ones are refused. */
const maxBounds = 64;
const sweepEveryMs = 60_000;

export class StreamTable {
  private readonly tenants = new Map<string, IdentityCache<Resource, ResourceState>>();
  private readonly forgotten: ForgottenStreams;
  /** Streams older than the server whose points were refused: what the server did not take is no traffic of theirs. */
  private readonly refused: ForgottenStreams;
  private readonly starts: StartBudget;
  private streams = 0;
  private scopes = 0;
  private resources = 0;
  private sweptMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly limits: StreamLimits,
    private readonly startedAtMs: number,
    private readonly events: StreamTableEvents,
  ) {
    this.forgotten = new ForgottenStreams(limits.maxStreams, () => { events.forgotten('identity'); });
    this.refused = new ForgottenStreams(limits.maxStreams, () => { events.forgotten('identity'); });
    this.starts = new StartBudget(2 * limits.maxStreams, () => { events.forgotten('start_time'); });
  }

  get size(): number {
    return this.streams;
  }

  /** undefined over the limit. */
  resource(tenant: string, resource: Resource): ResourceState | undefined {
    let cache = this.tenants.get(tenant);
    if (cache === undefined) this.tenants.set(tenant, (cache = new IdentityCache()));
    return cache.find(resource, () => canonicalAttributes(resource.attributes), (key) => {
      if (this.resources >= this.limits.maxStreams) return undefined;
      this.resources += 1;
      const labels = resourceLabels(resource, this.events.labelCut);
      return { tenant, key, source: canonicalText(key), labels, scopes: new IdentityCache<Scope, ScopeState>() };
    });
  }

  /** undefined over the limit. Scopes that no rule reads leave room for those that one does. */
  scope(resource: ResourceState, scope: Scope, isRead = true): ScopeState | undefined {
    return resource.scopes.find(scope, () => canonicalScope(scope), (key) => {
      if (this.scopes >= (isRead ? this.limits.maxStreams : this.limits.maxStreams / 2)) return undefined;
      this.scopes += 1;
      const metrics = new Map<string, MetricState>();
      return { key, scope, resource, metrics, first: undefined, starts: new StartLog(this.starts), seenMs: 0 };
    });
  }

  /** The resource when it is followed. */
  known(tenant: string, resource: Resource): ResourceState | undefined {
    return this.tenants.get(tenant)?.find(resource, () => canonicalAttributes(resource.attributes), () => undefined);
  }

  /** Notes that an export of the scope came: what it did not have and a later one has is new. */
  note(scope: ScopeState, { startTimeMs, timeMs }: Times, stamp: ExportStamp, metric: NotedMetric): void {
    scope.seenMs = stamp.nowMs;
    if (scope.first === undefined) scope.first = { number: stamp.number, timeMs };
    else noteTime(scope.first, timeMs, stamp.number);
    // Every delta has a start time of its own.
    if (metric.progress === 'delta') return;
    scope.starts.note(startTimeMs, timeMs, stamp);
    if (metric.progress === 'cumulative') metric.starts?.note(startTimeMs, timeMs, stamp);
  }

  metric(scope: ScopeState, metric: Metric): MetricState {
    const temporality = 'temporality' in metric ? metric.temporality : '';
    const monotonic = metric.type === 'sum' ? metric.monotonic : metric.type !== 'gauge';
    const key = `${metric.type} ${temporality} ${monotonic} ${metric.name}`;
    let state = scope.metrics.get(key);
    if (state === undefined) {
      const progress = progressOf(metric);
      const family = familyName(metric.name);
      const streams = new IdentityCache<Attributes, StreamSet>();
      state = { key, family, scope, type: metric.type, progress, monotonic, streams, starts: new StartLog(this.starts), fields: new WeakMap() };
      scope.metrics.set(key, state);
    }
    return state;
  }

  /** The stream of a point, made when it is new; undefined over the limit. `bounds`: also quantiles, [] for others. */
  stream(
    metric: MetricState,
    point: StreamPoint,
    bounds: readonly number[],
    stamp: ExportStamp,
  ): Stream | undefined {
    const startMs = metric.progress === 'cumulative' ? point.startTimeMs : 0;
    const set = metric.streams.find(
      point.attributes,
      () => canonicalAttributes(point.attributes),
      (key) => (this.streams >= this.limits.maxStreams ? undefined : new StreamSet(key)),
    );
    const known = set?.find(startMs, bounds);
    if (known !== undefined) return known;
    const first = { startMs, bounds, timeMs: point.timeMs, count: point.count, exportNumber: stamp.number };
    const added = set === undefined ? undefined : this.add(metric, set, first);
    if (added !== undefined) this.note(metric.scope, point, stamp, metric);
    else this.refuse(metric, set?.key ?? canonicalAttributes(point.attributes), startMs);
    return added;
  }

  /** Forgets what was idle for longer than the limit; at most once a minute. */
  sweep(nowMs: number): void {
    if (nowMs - this.sweptMs < Math.min(sweepEveryMs, this.limits.idleMs)) return;
    this.sweptMs = nowMs;
    const oldestMs = nowMs - this.limits.idleMs;
    for (const [tenant, resources] of this.tenants) {
      this.resources -= resources.sweep((resource) => this.sweepResource(resource, oldestMs));
      if (resources.size === 0) this.tenants.delete(tenant);
    }
  }

  private sweepResource(resource: ResourceState, oldestMs: number): boolean {
    this.scopes -= resource.scopes.sweep((scope) => {
      for (const [key, metric] of scope.metrics) {
        metric.streams.sweep((set) => this.sweepSet(metric, set, oldestMs));
        metric.starts.prune(metric.streams.size === 0 ? Number.POSITIVE_INFINITY : oldestMs);
        if (metric.streams.size === 0) scope.metrics.delete(key);
      }
      const isIdle = scope.metrics.size === 0 && scope.seenMs < oldestMs;
      scope.starts.prune(isIdle ? Number.POSITIVE_INFINITY : oldestMs);
      return isIdle;
    });
    return resource.scopes.size === 0;
  }

  private sweepSet(metric: MetricState, set: StreamSet, oldestMs: number): boolean {
    const idle: Stream[] = [];
    for (const stream of set.values()) if (stream.seenMs < oldestMs) idle.push(stream);
    for (const stream of idle) this.remove(metric, set, stream, 'idle');
    return set.isEmpty;
  }

  private remove(metric: MetricState, set: StreamSet, stream: Stream, why: Forgotten): void {
    set.remove(stream);
    this.streams -= 1;
    this.events.released(stream);
    this.events.forgotten(why);
    if (metric.progress === 'cumulative') this.forgotten.remember(streamId(metric, set.key, stream));
  }

  private refuse(metric: MetricState, attributes: string, startMs: number): void {
    if (metric.progress !== 'cumulative' || startMs > this.startedAtMs) return;
    this.refused.remember(streamId(metric, attributes, { startMs, bounds: [] }));
  }

  private add(metric: MetricState, set: StreamSet, point: FirstPoint): Stream | undefined {
    const before = sameStart(set, point.startMs);
    if (before.count >= maxBounds) return undefined;
    if (metric.progress === 'cumulative' && before.newest !== undefined) return this.addBeside(metric, set, point, before.newest);
    if (this.streams >= this.limits.maxStreams) return undefined;
    const isNew = !this.wasThere(metric, set, point) && countsFromZero(metric, set, point, this.startedAtMs);
    return this.link(set, new Stream(point.startMs, point.bounds, isNew));
  }

  private wasThere(metric: MetricState, { key }: StreamSet, { startMs, bounds }: FirstPoint): boolean {
    if (this.forgotten.size > 0 && this.forgotten.recall(streamId(metric, key, { startMs, bounds }))) return true;
    return this.refused.size > 0 && this.refused.recall(streamId(metric, key, { startMs, bounds: [] }));
  }

  /**
   * Other bounds under the same start time: what the stream before has counted is part of this first value. One that
   * goes on from there takes its place; an older point is a baseline, because newer ones have been counted; a lower
   * count is a reset.
   */
  private addBeside(metric: MetricState, set: StreamSet, point: FirstPoint, before: Stream): Stream | undefined {
    const isLater = point.timeMs > before.lastMs;
    const isLower = (point.count ?? 0) < before.value;
    if (isLater && !isLower) this.remove(metric, set, before, 'replaced');
    if (this.streams >= this.limits.maxStreams) return undefined;
    const stream = new Stream(point.startMs, point.bounds, isLater && isLower);
    if (isLater && !isLower) stream.continueFrom(before);
    return this.link(set, stream);
  }

  private link(set: StreamSet, stream: Stream): Stream {
    set.add(stream);
    this.streams += 1;
    return stream;
  }
}

export function progressOf(metric: Metric): Progress {
  if (metric.type === 'gauge') return 'gauge';
  return 'temporality' in metric && metric.temporality === 'delta' ? 'delta' : 'cumulative';
}

/** Streams of this start time: their number and the one with the newest point. */
function sameStart(set: StreamSet, startMs: number): { readonly count: number; readonly newest: Stream | undefined } {
  let newest: Stream | undefined;
  let count = 0;
  for (let stream = set.ofStart(startMs); stream !== undefined; stream = stream.next) {
    count += 1;
    if (stream.lastMs > (newest?.lastMs ?? -1)) newest = stream;
  }
  return { count, newest };
}

function streamId(metric: MetricState, attributes: string, { startMs, bounds }: Pick<Stream, 'startMs' | 'bounds'>): string {
  const { scope } = metric;
  const { resource } = scope;
  return fingerprint(JSON.stringify([resource.tenant, resource.key, scope.key, metric.key, attributes, startMs, bounds]));
}
