/** `min|max|avg(by)` before rate: the streams of one resource and push that become one point of one stream. */
import type { Group } from './route.js';
import type { Progress } from './stream.js';
import type { GroupSample } from './value-writer.js';

export interface PendingGroup {
  readonly progress: Progress;
  readonly monotonic: boolean;
  value: number;
  samples: number;
  fromZero: boolean;
}

export function addToGroup(groups: Map<Group, PendingGroup>, group: Group, sample: GroupSample): void {
  const { progress, monotonic, value, fromZero } = sample;
  const pending = groups.get(group);
  if (pending === undefined) {
    groups.set(group, { progress, monotonic, value, samples: 1, fromZero });
    return;
  }
  pending.value = merge(group.function, pending.value, value);
  pending.samples += 1;
  pending.fromZero &&= fromZero;
}

/** What the merged stream gives at this time; undefined for a time that is not new. */
export function advanceGroup(group: Group, pending: PendingGroup, timeMs: number): number | undefined {
  const raw = group.function === 'avg' ? pending.value / pending.samples : pending.value;
  const delta = advance(group, { ...pending, value: raw }, timeMs);
  if (delta === undefined || group.reads === 'delta') return delta;
  return group.reads === 'raw' || pending.progress === 'gauge' ? raw : delta;
}

function advance(group: Group, { progress, monotonic, value, fromZero }: PendingGroup, timeMs: number): number | undefined {
  if (progress === 'delta') return value;
  if (timeMs <= group.timeMs) return undefined;
  const first = group.timeMs < 0;
  const fallen = monotonic ? value : 0;
  const delta = first ? (fromZero ? value : 0) : value >= group.value ? value - group.value : fallen;
  group.value = value;
  group.timeMs = timeMs;
  return delta;
}

function merge(how: Group['function'], left: number, right: number): number {
  if (how === 'avg') return left + right;
  return how === 'min' ? Math.min(left, right) : Math.max(left, right);
}
