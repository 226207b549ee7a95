/** Values that belong together because one resource pushed them at one time. */
import type { MetricStream } from '@meterlark/core';
import type { Group, PushAction } from './route.js';
import type { SeriesRef, SeriesTable } from './series-table.js';
import type { Progress } from './stream.js';
import { minuteOf, type GroupSample, type PushCollector, type ValueWriter } from './value-writer.js';

interface PendingTotal {
  readonly action: PushAction;
  readonly timeMs: number;
  sum: number;
  counts: boolean;
}

interface PendingGroup {
  readonly group: Group;
  readonly timeMs: number;
  readonly progress: Progress;
  readonly monotonic: boolean;
  value: number;
  samples: number;
  fromZero: boolean;
}

/** Pushes that a series remembers, so that one export in several requests is one sample. */
const rememberedPushes = 64;

export class Push implements PushCollector {
  private readonly totals = new Map<SeriesRef, PendingTotal[]>();
  private readonly groups = new Map<Group, PendingGroup[]>();

  constructor(
    private readonly stream: MetricStream,
    private readonly series: SeriesTable,
    private readonly writer: ValueWriter,
  ) {}

  addTotal(action: PushAction, timeMs: number, value: number): void {
    const pending = entry(this.totals, action.ref, timeMs, () => ({ action, timeMs, sum: 0, counts: false }));
    pending.sum += value;
    pending.counts ||= action.counts;
  }

  addGroup(group: Group, sample: GroupSample): void {
    const { timeMs, progress, monotonic, value } = sample;
    const pending = entry(this.groups, group, timeMs, () => {
      return { group, timeMs, progress, monotonic, value: Number.NaN, samples: 0, fromZero: true };
    });
    pending.value = pending.samples === 0 ? value : merge(group.function, pending.value, value);
    pending.samples += 1;
    pending.fromZero &&= sample.fromZero;
  }

  /** Call once after the last point of a resource. Groups first, because they may feed totals. */
  flush(): void {
    for (const pendings of this.groups.values()) pendings.sort(byTime).forEach((pending) => this.writeGroup(pending));
    this.groups.clear();
    for (const pendings of this.totals.values()) pendings.sort(byTime).forEach((pending) => this.writeTotal(pending));
    this.totals.clear();
  }

  private writeGroup(pending: PendingGroup): void {
    const { group, timeMs, progress } = pending;
    const raw = group.function === 'avg' ? pending.value / pending.samples : pending.value;
    const delta = advance(group, pending, raw);
    if (delta === undefined) return;
    const increment = progress === 'gauge' ? raw : delta;
    const value = group.reads === 'raw' ? raw : group.reads === 'delta' ? delta : increment;
    this.writer.act(group.action, timeMs, value * group.coefficient, this);
  }

  private writeTotal({ action, timeMs, sum, counts }: PendingTotal): void {
    const { ref, merge: kind } = action;
    const slot = this.series.slots(ref)[0] ?? 0;
    const minute = minuteOf(timeMs);
    switch (kind) {
      case 'total':
        { this.stream.addPair(slot, minute, sum, counts && isNewPush(ref, timeMs) ? 1 : 0); return; }
      case 'totalMax':
        { this.stream.max(slot, minute, sum); return; }
      case 'totalMin':
        { this.stream.min(slot, minute, sum); return; }
      case 'totalLatest':
        { this.stream.latest(slot, minute, timeMs, sum); return; }
    }
  }
}

function entry<K, V extends { readonly timeMs: number }>(map: Map<K, V[]>, key: K, timeMs: number, make: () => V): V {
  let list = map.get(key);
  if (list === undefined) map.set(key, (list = []));
  let found = list.find((candidate) => candidate.timeMs === timeMs);
  if (found === undefined) list.push((found = make()));
  return found;
}

function merge(how: Group['function'], left: number, right: number): number {
  if (how === 'avg') return left + right;
  return how === 'min' ? Math.min(left, right) : Math.max(left, right);
}

function byTime(left: { readonly timeMs: number }, right: { readonly timeMs: number }): number {
  return left.timeMs - right.timeMs;
}

/** The increase of a merged stream; undefined for a time that is not new. */
function advance(group: Group, pending: PendingGroup, raw: number): number | undefined {
  if (pending.progress === 'delta') return raw;
  if (pending.timeMs <= group.timeMs) return undefined;
  const first = group.timeMs < 0;
  const fallen = pending.monotonic ? raw : 0;
  const delta = first ? (pending.fromZero ? raw : 0) : raw >= group.value ? raw - group.value : fallen;
  group.value = raw;
  group.timeMs = pending.timeMs;
  return delta;
}

function isNewPush(ref: SeriesRef, timeMs: number): boolean {
  const times = (ref.pushTimes ??= []);
  if (times.includes(timeMs)) return false;
  times.push(timeMs);
  if (times.length > rememberedPushes) times.shift();
  return true;
}
