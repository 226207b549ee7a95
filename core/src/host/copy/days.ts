/** Days of UTC, and which step a store still keeps whole for one. */
import type { StorageHealth } from '../../contract/storage.js';
import type { Step } from '../../model/metric.js';
import { bucketStart, dayMs, hourMs } from '../../model/time.js';
import type { CopyRange } from './copy-state.js';

export const steps: readonly Step[] = ['minute', 'hour', 'day'];

export type Lifetimes = Pick<StorageHealth, 'retentionDays' | 'recordDays'>;

/** One step over a time; `fromMs` is the start of a day. */
export interface Span {
  readonly step: Step;
  readonly fromMs: number;
  readonly toMs: number;
}

/** So many whole days before the one that has begun, and that one so far. */
export function rangeOf(nowMs: number, days: number): CopyRange {
  return { fromMs: bucketStart(nowMs, 'day') - days * dayMs, untilMs: bucketStart(nowMs, 'minute') };
}

/** Starts of the days of a range, the oldest first. */
export function daysOf({ fromMs, untilMs }: CopyRange): number[] {
  const days: number[] = [];
  for (let day = fromMs; day < untilMs; day += dayMs) days.push(day);
  return days;
}

export function keepsDay({ retentionDays }: Pick<Lifetimes, 'retentionDays'>, step: Step, dayStartMs: number, nowMs: number): boolean {
  return dayStartMs >= bucketStart(nowMs - retentionDays[step] * dayMs, step);
}

/** undefined: not even the day's sum is kept. */
export function finestStep(store: Pick<Lifetimes, 'retentionDays'>, dayStartMs: number, nowMs: number): Step | undefined {
  return steps.find((step) => keepsDay(store, step, dayStartMs, nowMs));
}

/** Longest time that one span of hours or days covers: so much of one metric is asked for at once. */
const spanDays: Readonly<Record<Step, number>> = { minute: 1, hour: 8, day: 366 };

/** Spans of a step whose days are all of one sort: those that `sort` gives a value for, the value the same. */
export function spansOf<T>(range: CopyRange, step: Step, sort: (dayStartMs: number) => T | undefined): { readonly span: Span; readonly sort: T }[] {
  const spans: { readonly span: Span; readonly sort: T }[] = [];
  for (const day of daysOf(range)) {
    const own = sort(day);
    const toMs = Math.min(day + dayMs, wholeUntil(range, step));
    if (own === undefined || toMs <= day) continue;
    const last = spans.at(-1);
    const grows = last !== undefined && last.sort === own && last.span.toMs === day && day - last.span.fromMs < spanDays[step] * dayMs;
    if (grows) spans[spans.length - 1] = { sort: own, span: { ...last.span, toMs } };
    else spans.push({ sort: own, span: { step, fromMs: day, toMs } });
  }
  return spans;
}

/** The hour or day that was not over when the copy began goes on growing in the source. */
function wholeUntil({ untilMs }: CopyRange, step: Step): number {
  return bucketStart(untilMs, step);
}

export function hoursOf({ fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>): number {
  return Math.ceil((toMs - fromMs) / hourMs);
}
