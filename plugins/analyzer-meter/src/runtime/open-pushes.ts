/** Values that belong together because one resource pushed them at one time, in however many requests they come. */
import type { MetricStream } from '@meterlark/core';
import type { MetricPlan } from '../plan.js';
import type { EvaluationWriter } from './evaluation-writer.js';
import type { EvaluationSample } from './family.js';
import { addToGroup, advanceGroup, type PendingGroup } from './pending-group.js';
import type { EvaluatedInput, Group, PushAction } from './route.js';
import type { SeriesRef, SeriesTable } from './series-table.js';
import { sameExportMs } from './start-log.js';
import { minuteOf, type GroupSample, type PointValues, type PushCollector, type ValueWriter } from './value-writer.js';

/** Owner of pushes; told apart by identity. */
export interface PushSource {
  readonly tenant: string;
}

interface OpenPush {
  readonly source: PushSource;
  readonly openedMs: number;
  /** Times of its points: the instruments of one collection may differ a little. */
  fromMs: number;
  toMs: number;
  readonly totals: Map<SeriesRef, { readonly action: PushAction; sum: number }>;
  readonly groups: Map<Group, PendingGroup>;
  readonly evaluated: Map<MetricPlan, Map<string, EvaluationSample[]>>;
  /** Values in it. */
  held: number;
}

export interface OpenPushParts {
  readonly stream: MetricStream;
  readonly series: SeriesTable;
  readonly writer: ValueWriter;
  readonly evaluation: EvaluationWriter;
  /** Values held over all pushes. */
  readonly maxHeld: number;
  /** Told of pushes that the bounds let wait no longer: a later part of them counts by itself. */
  readonly settledEarly: (pushes: number) => void;
}

/** How long a push waits for another request with a part of it, in server time. */
const holdMs = 1000;
/** Pushes of one resource that wait at the same time. */
const maxOpen = 64;
/** Times that a total remembers, so that one export in several requests is one sample. */
const rememberedPushes = 64;

export class OpenPushes implements PushCollector {
  private readonly bySource = new Map<PushSource, OpenPush[]>();
  /** All of them, the one opened first at the front. */
  private readonly queue = new Set<OpenPush>();
  private held = 0;
  private nowMs = 0;
  private source: PushSource = { tenant: '' };
  private timeMs = 0;
  private previousMs = 0;

  constructor(private readonly parts: OpenPushParts) {}

  get size(): number {
    return this.queue.size;
  }

  /** Where the next values come from; `previousMs`: time of the stream's point before. */
  begin(source: PushSource, timeMs: number, previousMs: number): void {
    this.source = source;
    this.timeMs = timeMs;
    this.previousMs = previousMs;
  }

  addTotal(action: PushAction, timeMs: number, value: number): void {
    if (action.merge === 'total') this.writeTotal(action, timeMs, value, this.previousMs);
    else this.addTo(this.current(), action, value);
  }

  addGroup(group: Group, sample: GroupSample): void {
    const push = this.current();
    addToGroup(push.groups, group, sample);
    this.hold(push);
  }

  addEvaluated(inputs: readonly EvaluatedInput[], values: PointValues, elapsedMs: number): void {
    for (const { plan, field, family, labels } of inputs) {
      const raw = values.raw[field] ?? Number.NaN;
      if (Number.isNaN(raw)) continue;
      const perSecond = elapsedMs > 0 ? ((values.delta[field] ?? 0) * 1000) / elapsedMs : Number.NaN;
      const push = this.current();
      const families = entry(push.evaluated, plan, () => new Map<string, EvaluationSample[]>());
      entry(families, family, () => []).push({ labels, value: raw, perSecond });
      this.hold(push);
    }
  }

  /** Settles what has waited long enough. */
  advance(nowMs: number): void {
    this.nowMs = nowMs;
    const due: OpenPush[] = [];
    for (const push of this.queue) {
      // A clock that was set back must not keep pushes open.
      if (push.openedMs > nowMs - holdMs && push.openedMs <= nowMs) break;
      due.push(push);
    }
    this.settle(due);
  }

  /** Call after the last point of a resource in a request: keeps what waits within its bounds. */
  trim(source: PushSource): void {
    const pushes = this.bySource.get(source) ?? [];
    if (pushes.length > maxOpen) this.settleEarly(pushes.toSorted(byTime).slice(0, pushes.length - maxOpen));
    if (this.held > this.parts.maxHeld) this.settleEarly(this.oldestOver(this.parts.maxHeld));
  }

  settleAll(): void {
    this.settle([...this.queue]);
  }

  private settleEarly(pushes: OpenPush[]): void {
    this.parts.settledEarly(pushes.length);
    this.settle(pushes);
  }

  /** Those opened first, as many as must go until the others hold no more than the limit. */
  private oldestOver(limit: number): OpenPush[] {
    const oldest: OpenPush[] = [];
    let { held } = this;
    for (const push of this.queue) {
      if (held <= limit) break;
      held -= push.held;
      oldest.push(push);
    }
    return oldest;
  }

  private settle(pushes: OpenPush[]): void {
    for (const push of pushes.sort(byTime)) {
      this.queue.delete(push);
      const others = this.bySource.get(push.source)?.filter((other) => other !== push) ?? [];
      if (others.length === 0) this.bySource.delete(push.source);
      else this.bySource.set(push.source, others);
      this.write(push);
      this.held -= push.held;
    }
  }

  /** Groups first, because they may feed totals. */
  private write(push: OpenPush): void {
    const { source, fromMs, totals, groups, evaluated } = push;
    const { writer, evaluation } = this.parts;
    const collector: PushCollector = {
      addTotal: (action, timeMs, value) => {
        if (action.merge === 'total') this.writeTotal(action, timeMs, value);
        else this.addTo(push, action, value);
      },
      addGroup: () => undefined,
    };
    for (const [group, pending] of groups) {
      const value = advanceGroup(group, pending, fromMs);
      if (value !== undefined) writer.act(group.action, fromMs, value * group.coefficient, collector);
    }
    for (const { action, sum } of totals.values()) this.writeTotal(action, fromMs, sum);
    for (const [plan, families] of evaluated) evaluation.write(plan, families, fromMs, source.tenant);
  }

  /** `previousMs`: time of the point before of the stream that adds to a plain total. */
  private writeTotal({ ref, merge, counts }: PushAction, timeMs: number, sum: number, previousMs = Number.NEGATIVE_INFINITY): void {
    const { stream, series } = this.parts;
    const slot = series.slots(ref)[0] ?? 0;
    const minute = minuteOf(timeMs);
    switch (merge) {
      case 'total':
        { stream.addPair(slot, minute, sum, counts && isNewPush(ref, timeMs, previousMs) ? 1 : 0); return; }
      case 'totalMax':
        { stream.max(slot, minute, sum); return; }
      case 'totalMin':
        { stream.min(slot, minute, sum); return; }
      case 'totalLatest':
        { stream.latest(slot, minute, timeMs, sum); return; }
    }
  }

  private addTo(push: OpenPush, action: PushAction, value: number): void {
    entry(push.totals, action.ref, () => ({ action, sum: 0 })).sum += value;
    this.hold(push);
  }

  /** The open push that the point belongs to, by its time; one that began before the stream's last point is another. */
  private current(): OpenPush {
    const { source, timeMs, previousMs } = this;
    const pushes = entry(this.bySource, source, () => []);
    let nearest: OpenPush | undefined;
    let distance = sameExportMs + 1;
    for (const push of pushes) {
      const { fromMs, toMs } = push;
      if (previousMs >= fromMs && (previousMs < timeMs || previousMs <= toMs)) continue;
      if (Math.max(toMs, timeMs) - Math.min(fromMs, timeMs) > sameExportMs) continue;
      const gap = Math.max(fromMs - timeMs, timeMs - toMs, 0);
      if (gap < distance) [nearest, distance] = [push, gap];
    }
    if (nearest === undefined) return this.open(pushes);
    nearest.fromMs = Math.min(nearest.fromMs, timeMs);
    nearest.toMs = Math.max(nearest.toMs, timeMs);
    return nearest;
  }

  private hold(push: OpenPush): void {
    push.held += 1;
    this.held += 1;
  }

  private open(pushes: OpenPush[]): OpenPush {
    const { source, timeMs, nowMs } = this;
    const push = { source, openedMs: nowMs, fromMs: timeMs, toMs: timeMs, totals: new Map(), groups: new Map(), evaluated: new Map(), held: 0 };
    pushes.push(push);
    this.queue.add(push);
    return push;
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function byTime(left: OpenPush, right: OpenPush): number {
  return left.fromMs - right.fromMs;
}

/**
 * Streams of one push may differ a little in time and are one sample; a known push that is nearer to the stream's own
 * point before is that point's.
 */
function isNewPush(ref: SeriesRef, timeMs: number, previousMs: number): boolean {
  const times = (ref.pushTimes ??= []);
  for (let index = times.length - 1; index >= 0; index -= 1) {
    const known = times[index] as number;
    const distance = Math.abs(known - timeMs);
    if (distance === 0 || (distance <= sameExportMs && distance < Math.abs(known - previousMs))) return false;
  }
  times.push(timeMs);
  if (times.length > rememberedPushes) times.shift();
  return true;
}
