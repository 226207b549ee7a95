/** Hot path: takes the values of one point along the stream's route into the slots of MetricStream. */
import type { MetricStream } from '@meterlark/core';
import type { Push } from './push.js';
import type { Action, Route, Target } from './route.js';
import type { SeriesTable } from './series-table.js';
import type { Progress, Stream } from './stream.js';

/** The values of one point by field; reused from point to point. NaN means that the field has no value. */
export class PointValues {
  raw = new Float64Array(64);
  delta = new Float64Array(64);
  length = 0;

  resize(fields: number): void {
    this.length = fields;
    if (fields <= this.raw.length) return;
    this.raw = new Float64Array(2 * fields);
    this.delta = new Float64Array(2 * fields);
  }
}

export interface PointContext {
  readonly progress: Progress;
  readonly monotonic: boolean;
  readonly push: Push;
}

export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / 60_000);
}

export class ValueWriter {
  constructor(
    private readonly stream: MetricStream,
    private readonly series: SeriesTable,
  ) {}

  write(stream: Stream, route: Route, values: PointValues, timeMs: number, context: PointContext): void {
    const minute = minuteOf(timeMs);
    if (route.epoch !== this.stream.epoch) this.resolve(route);
    this.addDeltas(route, values, minute);
    if (stream.observedMinute !== minute) {
      stream.observedMinute = minute;
      for (const entity of route.entities) this.series.observe(entity, minute, timeMs);
    }
    if (route.targets.length > 0) this.writeTargets(stream, route, values, timeMs, context);
  }

  /** One action with a value that is already scaled. */
  act(action: Action, timeMs: number, value: number, push: Push): void {
    if (action.op === 'push') return push.addTotal(action, timeMs, value);
    const slot = this.series.slots(action.ref)[action.op === 'add' ? action.offset : 0] ?? 0;
    const minute = minuteOf(timeMs);
    switch (action.op) {
      case 'add':
        return this.stream.add(slot, minute, value);
      case 'mean':
        return this.stream.addPair(slot, minute, value, 1);
      case 'count':
        return this.stream.addPair(slot, minute, 1, 1);
      case 'min':
        return this.stream.min(slot, minute, value);
      case 'max':
        return this.stream.max(slot, minute, value);
      case 'latest':
        return this.stream.latest(slot, minute, timeMs, value);
    }
  }

  private addDeltas(route: Route, values: PointValues, minute: number): void {
    const { starts, slots, factors } = route;
    const { delta } = values;
    const { stream } = this;
    let entry = 0;
    for (let field = 0; field < values.length; field += 1) {
      const change = delta[field] as number;
      const live = starts[2 * field + 1] as number;
      const end = starts[2 * field + 2] as number;
      if (change !== change) {
        entry = end;
        continue;
      }
      for (; entry < live; entry += 1) stream.add(slots[entry] as number, minute, change * (factors[entry] as number));
      if (change === 0) entry = end;
      else for (; entry < end; entry += 1) stream.add(slots[entry] as number, minute, change * (factors[entry] as number));
    }
  }

  private resolve(route: Route): void {
    const { refs, offsets, slots } = route;
    // Asking for a series may itself begin an epoch; then the numbers got before are void.
    do {
      route.epoch = this.stream.epoch;
      for (let entry = 0; entry < refs.length; entry += 1) {
        const ref = refs[entry];
        if (ref !== undefined) slots[entry] = this.series.slots(ref)[offsets[entry] as number] as number;
      }
    } while (route.epoch !== this.stream.epoch);
  }

  private writeTargets(stream: Stream, route: Route, values: PointValues, timeMs: number, context: PointContext): void {
    for (const target of route.targets) {
      const raw = values.raw[target.field] ?? Number.NaN;
      if (Number.isNaN(raw) || target.keeps?.(raw) === false) continue;
      if (target.action.op === 'group') {
        const { progress, monotonic } = context;
        const sample = { timeMs, value: raw, progress, monotonic, fromZero: stream.countsFromZero };
        context.push.addGroup(target.action.group, sample);
        continue;
      }
      const value = read(target, raw, values, context.progress);
      if (!Number.isNaN(value)) this.act(target.action, timeMs, value * target.coefficient, context.push);
    }
  }
}

function read(target: Target, raw: number, values: PointValues, progress: Progress): number {
  if (target.reads === 'raw') return raw;
  if (target.reads === 'increment' && progress === 'gauge') return raw;
  return values.delta[target.field] ?? Number.NaN;
}
