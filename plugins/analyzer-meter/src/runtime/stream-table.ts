/**
 * All streams that rules read: tenant -> resource -> scope -> metric -> attributes -> stream. Objects that the
 * receiver interned find their entry by identity; others by their canonical text, which is what counts.
 */
import type { Attributes, Metric, Resource, Scope } from '@meterlark/core';
import { canonicalAttributes, canonicalScope, canonicalText, fingerprint } from './canonical.js';
import { ForgottenStreams } from './forgotten-streams.js';
import { IdentityCache } from './identity-cache.js';
import { familyName, resourceLabels } from './labels.js';
import type { Labels } from '../plan.js';
import type { Field } from './route.js';
import { Stream, type Progress } from './stream.js';
import { StreamSet } from './stream-set.js';

export interface ResourceState {
  readonly tenant: string;
  readonly key: string;
  /** Source of totals. */
  readonly source: string;
  readonly labels: Labels;
  readonly scopes: IdentityCache<Scope, ScopeState>;
}

export interface ScopeState {
  readonly key: string;
  readonly scope: Scope;
  readonly resource: ResourceState;
  readonly metrics: Map<string, MetricState>;
  /** Number and newest time of the first export that was taken; -1 before it. */
  firstExport: number;
  firstMs: number;
}

export interface MetricState {
  readonly key: string;
  readonly family: string;
  readonly scope: ScopeState;
  readonly type: Metric['type'];
  readonly progress: Progress;
  readonly monotonic: boolean;
  readonly streams: IdentityCache<Attributes, StreamSet>;
  /** Of bounds that receivers intern, so that the streams of a metric share them. */
  readonly fields: WeakMap<readonly number[], readonly Field[]>;
}

/** `count`: of histograms and summaries. */
interface StreamPoint {
  readonly attributes: Attributes;
  readonly startTimeMs: number;
  readonly timeMs: number;
  readonly count?: number;
}

interface FirstPoint {
  readonly startMs: number;
  readonly bounds: readonly number[];
  readonly timeMs: number;
  readonly count: number | undefined;
  readonly exportNumber: number;
}

export interface StreamLimits {
  readonly maxStreams: number;
  readonly idleMs: number;
}

/**
 * Why something was forgotten: a stream was idle, another with other bounds took its place, or too many identities of
 * forgotten streams were remembered.
 */
export type Forgotten = 'idle' | 'replaced' | 'identity';

/** Who is told what the table does. */
export interface StreamTableEvents {
  readonly released: (stream: Stream) => void;
  readonly labelCut: () => void;
  readonly forgotten: (what: Forgotten) => void;
}

/** Points of one collection may differ by this much in time. */
const sameExportMs = 100;
/** Bounds that are told apart under one start time; points with further ones are refused. */
const maxBounds = 64;
/** Siblings, the oldest first, that are asked whether a new one follows them. */
const maxPredecessors = 256;
const sweepEveryMs = 60_000;

export class StreamTable {
  private readonly tenants = new Map<string, IdentityCache<Resource, ResourceState>>();
  private readonly forgotten: ForgottenStreams;
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

  scope(resource: ResourceState, scope: Scope): ScopeState | undefined {
    return resource.scopes.find(scope, () => canonicalScope(scope), (key) => {
      if (this.scopes >= this.limits.maxStreams) return undefined;
      this.scopes += 1;
      return { key, scope, resource, metrics: new Map<string, MetricState>(), firstExport: -1, firstMs: -1 };
    });
  }

  metric(scope: ScopeState, metric: Metric): MetricState {
    const temporality = 'temporality' in metric ? metric.temporality : '';
    const monotonic = metric.type === 'sum' ? metric.monotonic : metric.type !== 'gauge';
    const key = `${metric.type} ${temporality} ${monotonic} ${metric.name}`;
    let state = scope.metrics.get(key);
    if (state === undefined) {
      const progress = metric.type === 'gauge' ? 'gauge' : temporality === 'delta' ? 'delta' : 'cumulative';
      const family = familyName(metric.name);
      const streams = new IdentityCache<Attributes, StreamSet>();
      state = { key, family, scope, type: metric.type, progress, monotonic, streams, fields: new WeakMap() };
      scope.metrics.set(key, state);
    }
    return state;
  }

  /** The stream of a point, made when it is new; undefined over the limit. `bounds`: also quantiles, [] for others. */
  stream(
    metric: MetricState,
    point: StreamPoint,
    bounds: readonly number[],
    exportNumber: number,
  ): Stream | undefined {
    const startMs = metric.progress === 'cumulative' ? point.startTimeMs : 0;
    const set = metric.streams.find(
      point.attributes,
      () => canonicalAttributes(point.attributes),
      (key) => (this.streams >= this.limits.maxStreams ? undefined : new StreamSet(key)),
    );
    if (set === undefined) return undefined;
    const known = set.find(startMs, bounds);
    return known ?? this.add(metric, set, { startMs, bounds, timeMs: point.timeMs, count: point.count, exportNumber });
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
        if (metric.streams.size === 0) scope.metrics.delete(key);
      }
      return scope.metrics.size === 0;
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
    if (metric.progress === 'cumulative') this.forgotten.remember(streamId(metric, set, stream));
  }

  private add(metric: MetricState, set: StreamSet, point: FirstPoint): Stream | undefined {
    const before = sameStart(set, point.startMs);
    if (before.count >= maxBounds) return undefined;
    if (metric.progress === 'cumulative' && before.newest !== undefined) return this.addBeside(metric, set, point, before.newest);
    if (this.streams >= this.limits.maxStreams) return undefined;
    const stream = new Stream(point.startMs, point.bounds, this.countsFromZero(metric, set, point));
    if (this.forgotten.size > 0 && this.forgotten.recall(streamId(metric, set, stream))) {
      return this.link(set, new Stream(point.startMs, point.bounds, false));
    }
    return this.link(set, stream);
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

  /**
   * A first cumulative value is all new when the stream began after this server did, when it follows an older start
   * time of the same attributes (a reset), or when an earlier export of its scope came without it.
   */
  private countsFromZero(
    metric: MetricState,
    set: StreamSet,
    point: FirstPoint,
  ): boolean {
    if (point.startMs > this.startedAtMs) return true;
    if (follows(set, point.startMs)) return true;
    const { firstExport, firstMs } = metric.scope;
    return firstExport >= 0 && firstExport < point.exportNumber && point.timeMs > firstMs + sameExportMs;
  }
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

/** Whether a process that began at this time follows an older one of the same attributes. */
function follows(set: StreamSet, startMs: number): boolean {
  let asked = 0;
  for (const other of set.values()) {
    if (other.startMs < startMs) return true;
    asked += 1;
    if (asked === maxPredecessors) return false;
  }
  return false;
}

function streamId(metric: MetricState, set: StreamSet, stream: Stream): string {
  const { scope } = metric;
  const { resource } = scope;
  return fingerprint(
    JSON.stringify([resource.tenant, resource.key, scope.key, metric.key, set.key, stream.startMs, stream.bounds]),
  );
}
