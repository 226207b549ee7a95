/** Hot path: takes the values of one point along the stream's route into the slots of MetricStream. */
import type { MetricStream } from '@meterlark/core';
import type { Action, Group, PushAction, Route, Target } from './route.js';
import type { SeriesTable } from './series-table.js';
import type { Progress } from './stream.js';

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

export interface GroupSample {
  readonly timeMs: number;
  readonly value: number;
  readonly progress: Progress;
  readonly monotonic: boolean;
  /** The stream's first value counted in full. */
  readonly fromZero: boolean;
}

/** Takes what must wait for the other streams of the resource. */
export interface PushCollector {
  addTotal(action: PushAction, timeMs: number, value: number): void;
  addGroup(group: Group, sample: GroupSample): void;
}

/** The point that is being written; one object, reused. */
export interface PointContext {
  readonly values: PointValues;
  readonly timeMs: number;
  readonly progress: Progress;
  readonly monotonic: boolean;
  readonly push: PushCollector;
}

/** What is written for: a stream of points, or a set of labels. */
export interface WrittenStream {
  /** Minute in which its entities were reported last. */
  observedMinute: number;
  readonly countsFromZero: boolean;
}

export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / 60_000);
}

export class ValueWriter {
  constructor(
    private readonly stream: MetricStream,
    private readonly series: SeriesTable,
  ) {}

  write(stream: WrittenStream, route: Route, point: PointContext): void {
    const { values, timeMs } = point;
    const minute = minuteOf(timeMs);
    if (route.epoch !== this.stream.epoch) this.resolve(route);
    this.addDeltas(route, values, minute);
    if (stream.observedMinute !== minute) {
      stream.observedMinute = minute;
      for (const entity of route.entities) this.series.observe(entity, minute, timeMs);
    }
    if (route.targets.length > 0) this.writeTargets(stream, route, point);
  }

  /** One action with a value that is already scaled. */
  act(action: Action, timeMs: number, value: number, push: PushCollector): void {
    if (action.op === 'push') { push.addTotal(action, timeMs, value); return; }
    const slot = this.series.slots(action.ref)[action.op === 'add' ? action.offset : 0] ?? 0;
    const minute = minuteOf(timeMs);
    switch (action.op) {
      case 'add':
        { this.stream.add(slot, minute, value); return; }
      case 'mean':
        { this.stream.addPair(slot, minute, value, 1); return; }
      case 'count':
        { this.stream.addPair(slot, minute, 1, 1); return; }
      case 'min':
        { this.stream.min(slot, minute, value); return; }
      case 'max':
        { this.stream.max(slot, minute, value); return; }
      case 'latest':
        { this.stream.latest(slot, minute, timeMs, value); return; }
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
    route.epoch = this.stream.epoch;
    for (let entry = 0; entry < refs.length; entry += 1) {
      const ref = refs[entry];
      if (ref !== undefined) slots[entry] = this.series.slots(ref)[offsets[entry] as number] as number;
    }
  }

  private writeTargets(stream: WrittenStream, route: Route, point: PointContext): void {
    const { values, timeMs, progress, monotonic, push } = point;
    for (const target of route.targets) {
      const raw = values.raw[target.field] ?? Number.NaN;
      if (Number.isNaN(raw) || target.keeps?.(raw) === false) continue;
      if (target.action.op === 'group') {
        const sample = { timeMs, value: raw, progress, monotonic, fromZero: stream.countsFromZero };
        push.addGroup(target.action.group, sample);
        continue;
      }
      const value = read(target, raw, values, progress);
      if (!Number.isNaN(value)) this.act(target.action, timeMs, value * target.coefficient, push);
    }
  }
}

function read(target: Target, raw: number, values: PointValues, progress: Progress): number {
  if (target.reads === 'raw') return raw;
  if (target.reads === 'increment' && progress === 'gauge') return raw;
  return values.delta[target.field] ?? Number.NaN;
}
