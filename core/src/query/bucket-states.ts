/** The merged states of each point: windows of several minutes, sources of totals, gaps of sources. */
import type { MetricBucket } from '../contract/storage.js';
import { isTotal, mergeStates } from '../model/metric-merge.js';
import type { MetricDefinition, MetricState } from '../model/metric.js';
import { minuteMs } from '../model/time.js';
import type { Points } from './points.js';

export interface StateOptions {
  readonly points: Points;
  /** Total kinds at minute step: for how many missing minutes a source's last value stands in. */
  readonly carryMinutes: number;
  /** Nothing is carried into buckets that start later. */
  readonly nowMs: number;
}

/** Per point one state per source for total kinds, one for all others, or undefined where nothing is known. */
export type PointStates = readonly (readonly MetricState[] | undefined)[];

/** Minutes that must be read before the first point. */
export function minutesBefore(definition: MetricDefinition, step: Points['step'], carryMinutes: number): number {
  if (step !== 'minute') return 0;
  return isTotal(definition.kind) ? carryMinutes : Math.max(0, definition.windowMinutes - 1);
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
  const reach = minutesBefore(definition, options.points.step, options.carryMinutes);
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

function sourceStates(definition: MetricDefinition, buckets: readonly MetricBucket[], options: StateOptions): PointStates {
  const { kind } = definition;
  const times = new Map<number, Map<string, MetricState>>();
  for (const { bucketMs, source, state } of buckets) {
    let sources = times.get(bucketMs);
    if (sources === undefined) times.set(bucketMs, (sources = new Map<string, MetricState>()));
    sources.set(source, merged(kind, sources.get(source), state));
  }
  const reach = minutesBefore(definition, options.points.step, options.carryMinutes);
  return eachPoint(options, reach, (timeMs, minutes) => {
    const latest = new Map<string, MetricState>();
    for (let back = 0; back <= minutes; back += 1) {
      for (const [source, state] of times.get(timeMs - back * minuteMs) ?? []) if (!latest.has(source)) latest.set(source, state);
    }
    return latest.size === 0 ? undefined : [...latest.values()];
  });
}
