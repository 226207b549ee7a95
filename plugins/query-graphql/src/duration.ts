/** SkyWalking's Duration: the step fixes the form of the text, times are UTC, both ends are included. */
import { dayMs, hourMs, minuteMs, type QueryDuration } from '@meterlark/core';
import { graphqlErrors } from './errors.js';

export type StepName = 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND';

export interface DurationInput {
  readonly start: string;
  readonly end: string;
  readonly step: StepName;
}

interface Form {
  readonly step: QueryDuration['step'];
  readonly pattern: RegExp;
  readonly format: string;
  readonly unit: string;
  readonly lengthMs: number;
}

const forms: Readonly<Record<StepName, Form>> = {
  DAY: { step: 'day', pattern: /^(\d{4})-(\d\d)-(\d\d)$/, format: 'yyyy-MM-dd', unit: 'days', lengthMs: dayMs },
  HOUR: { step: 'hour', pattern: /^(\d{4})-(\d\d)-(\d\d) (\d\d)$/, format: 'yyyy-MM-dd HH', unit: 'hours', lengthMs: hourMs },
  MINUTE: { step: 'minute', pattern: /^(\d{4})-(\d\d)-(\d\d) (\d\d)(\d\d)$/, format: 'yyyy-MM-dd HHmm', unit: 'minutes', lengthMs: minuteMs },
  SECOND: { step: 'second', pattern: /^(\d{4})-(\d\d)-(\d\d) (\d\d)(\d\d)(\d\d)$/, format: 'yyyy-MM-dd HHmmss', unit: 'seconds', lengthMs: 1_000 },
};

const maxIncrements = 500;

export function parseDuration(input: DurationInput): QueryDuration {
  const form = forms[input.step];
  const time = (which: 'start' | 'end'): number => {
    const timeMs = parseTime(input[which], form);
    if (timeMs !== undefined) return timeMs;
    const value = input[which].slice(0, 40);
    throw graphqlErrors.METERLARK_GRAPHQL_BAD_DURATION({ which, value, step: input.step, format: form.format });
  };
  return { step: form.step, startMs: time('start'), endMs: time('end') };
}

/** For queries that answer one point per bucket. */
export function parsePoints(input: DurationInput): QueryDuration {
  const duration = parseDuration(input);
  const { unit, lengthMs } = forms[input.step];
  const increments = (duration.endMs - duration.startMs) / lengthMs;
  if (increments < 0 || increments > maxIncrements) throw graphqlErrors.METERLARK_GRAPHQL_DURATION_TOO_LONG({ unit });
  return duration;
}

export interface SeenRange {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
}

/** The minutes a duration covers; undefined when its last minute is not after its first, which finds nothing. */
export function seenRange(input: DurationInput): SeenRange | undefined {
  const { startMs, endMs } = parseDuration(input);
  const { lengthMs } = forms[input.step];
  const firstMinute = Math.floor(startMs / minuteMs);
  const lastMinute = Math.floor((endMs + lengthMs - 1) / minuteMs);
  if (firstMinute >= lastMinute) return undefined;
  return { fromMs: firstMinute * minuteMs, toMs: (lastMinute + 1) * minuteMs };
}

/** Records of a duration, in epoch µs, its last bucket included. An end before the start finds nothing. */
export function recordRange(input: DurationInput): { readonly fromUs: number; readonly toUs: number } {
  const { startMs, endMs } = parseDuration(input);
  return { fromUs: startMs * 1000, toUs: (endMs + forms[input.step].lengthMs) * 1000 };
}

/** Length of a bucket in µs. */
export function stepUs({ step }: DurationInput): number {
  return forms[step].lengthMs * 1000;
}

/** Date.UTC rolls 31 February over into March; a date that does not read back as written is none. */
function parseTime(text: string, form: Form): number | undefined {
  const match = form.pattern.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const written = [year, month, day, hour, minute, second];
  const read = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return written.every((part, index) => part === read[index]) ? date.getTime() : undefined;
}
