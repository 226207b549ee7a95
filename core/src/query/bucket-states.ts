/** The merged states of each point: windows of several minutes, sources of totals, gaps of sources. */
import type { MetricBucket } from '../contract/storage.js';
import { isTotal, mergeStates } from '../model/metric-merge.js';
import { carryMinutes } from '../model/metric-value.js';
import type { MetricDefinition, MetricState } from '../model/metric.js';
import { bucketStart, minuteMs } from '../model/time.js';
import type { Points } from './points.js';

export interface StateOptions {
  readonly points: Points;
  /** Nothing is carried into buckets that start later; a source that is missing just before may yet push. */
  readonly nowMs: number;
}

/** Per point one state per source for total kinds, one for all others, or undefined where nothing is known. */
export type PointStates = readonly (readonly MetricState[] | undefined)[];

/** Minutes that must be read before the first point. */
export function minutesBefore(definition: MetricDefinition, step: Points['step']): number {
  if (step !== 'minute') return 0;
  return isTotal(definition.kind) ? carryMinutes : Math.max(0, definition.windowMinutes - 1);
}

/** Minutes that must be read after the last point: they tell whether a source came back. */
export function minutesAfter(definition: MetricDefinition, step: Points['step']): number {
  return step === 'minute' && isTotal(definition.kind) ? carryMinutes : 0;
}

export function statesOfPoints(definition: MetricDefinition, buckets: readonly MetricBucket[], options: StateOptions): PointStates {
  return isTotal(definition.kind) ? sourceStates(definition, buckets, options) : windowStates(definition, buckets, options);
}

/** The states of one time, and how many minutes before it count too. */
function eachPoint<T>({ points, nowMs }: StateOptions, reach: number, at: (timeMs: number, reach: number) => T): T[] {
  const results: T[] = [];
  for (let index = 0; index < points.count; index += 1) {
    const timeMs = points.startMs + index * points.lengthMs;
    results.push(at(timeMs, timeMs > nowMs ? 0 : reach));
  }
  return results;
}

function windowStates(definition: MetricDefinition, buckets: readonly MetricBucket[], options: StateOptions): PointStates {
  const { kind } = definition;
  const times = new Map<number, MetricState>();
  for (const { bucketMs, state } of buckets) times.set(bucketMs, merged(kind, times.get(bucketMs), state));
  const reach = minutesBefore(definition, options.points.step);
  return eachPoint(options, reach, (timeMs, minutes) => {
    let result = times.get(timeMs);
    for (let back = 1; back <= minutes; back += 1) {
      const earlier = times.get(timeMs - back * minuteMs);
      if (earlier !== undefined) result = merged(kind, result, earlier);
    }
    return result === undefined ? undefined : [result];
  });
}

function merged(kind: MetricDefinition['kind'], known: MetricState | undefined, state: MetricState): MetricState {
  return known === undefined ? state : mergeStates(kind, known, state);
}

type Sources = ReadonlyMap<string, MetricState>;

function sourceStates(definition: MetricDefinition, buckets: readonly MetricBucket[], options: StateOptions): PointStates {
  const times = bySource(definition.kind, buckets);
  // Who was last seen before this would have had to push again in a minute that is over.
  const openMs = bucketStart(options.nowMs, 'minute') - (carryMinutes + 1) * minuteMs;
  const reach = minutesBefore(definition, options.points.step);
  return eachPoint(options, reach, (timeMs, minutes) => {
    const states = new Map(times.get(timeMs));
    for (let back = 1; back <= minutes; back += 1) {
      const seenMs = timeMs - back * minuteMs;
      for (const [source, state] of times.get(seenMs) ?? []) {
        if (states.has(source)) continue;
        const ahead = minutesToReturn(times, source, timeMs);
        if (ahead === undefined ? seenMs >= openMs : back + ahead <= carryMinutes + 1) states.set(source, state);
      }
    }
    return states.size === 0 ? undefined : [...states.values()];
  });
}

function bySource(kind: MetricDefinition['kind'], buckets: readonly MetricBucket[]): ReadonlyMap<number, Sources> {
  const times = new Map<number, Map<string, MetricState>>();
  for (const { bucketMs, source, state } of buckets) {
    let sources = times.get(bucketMs);
    if (sources === undefined) times.set(bucketMs, (sources = new Map<string, MetricState>()));
    sources.set(source, merged(kind, sources.get(source), state));
  }
  return times;
}

/** How many minutes after the time the source is seen again, if within the longest gap that is closed. */
function minutesToReturn(times: ReadonlyMap<number, Sources>, source: string, timeMs: number): number | undefined {
  for (let ahead = 1; ahead <= carryMinutes; ahead += 1) {
    if (times.get(timeMs + ahead * minuteMs)?.has(source) === true) return ahead;
  }
  return undefined;
}
