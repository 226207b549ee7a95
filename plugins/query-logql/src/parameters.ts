/** Query parameters as Loki reads them; what is not given has Loki's default. */
import { logqlErrors } from './errors.js';
import { durationMs, isDuration } from './language/duration.js';

export type Parameters = Readonly<Record<string, string>>;

export interface TimeRange {
  readonly fromUs: number;
  /** Not included. */
  readonly toUs: number;
}

const hourMs = 3_600_000;
const defaultLines = 100;
/** Points of a range whose step nobody said. */
const defaultPoints = 250;

/** The last hour unless told. */
export function rangeOf(parameters: Parameters, nowMs: number): TimeRange {
  const toUs = timeUs(parameters, 'end', true) ?? nowMs * 1000;
  return { fromUs: timeUs(parameters, 'start') ?? toUs - hourMs * 1000, toUs };
}

export function queryOf({ query = '' }: Parameters): string {
  if (query.trim() === '') throw logqlErrors.METERLARK_LOGQL_MISSING_PARAMETER({ name: 'query' });
  return query;
}

export function linesOf({ limit = '' }: Parameters, mostLines: number): number {
  if (limit === '') return Math.min(defaultLines, mostLines);
  if (!/^\d{1,9}$/.test(limit)) throw bad('limit', limit, 'a whole number');
  return Math.min(Number(limit), mostLines);
}

/** Newest first unless told. */
export function isDescending({ direction = '' }: Parameters): boolean {
  const word = direction.toLowerCase();
  if (word !== '' && word !== 'forward' && word !== 'backward') throw bad('direction', direction, 'forward or backward');
  return word !== 'forward';
}

export function stepMs({ step = '' }: Parameters, { fromUs, toUs }: TimeRange): number {
  if (step === '') return Math.max(1000, Math.ceil((toUs - fromUs) / defaultPoints / 1_000_000) * 1000);
  const ms = isDuration(step) ? durationMs(step) : /^\d+(?:\.\d+)?$/.test(step) ? Number(step) * 1000 : 0;
  if (!(ms >= 1 && Number.isSafeInteger(Math.round(ms)))) throw bad('step', step, 'a number of seconds or a duration');
  return Math.round(ms);
}

/** Nanoseconds, seconds with a fraction, or RFC 3339, as Loki tells them apart: by length and form. `up`: parts of a µs count as one. */
export function timeUs(parameters: Parameters, name: string, up = false): number | undefined {
  const text = parameters[name] ?? '';
  if (text === '') return undefined;
  if (/^\d{1,19}$/.test(text)) return text.length <= 10 ? Number(text) * 1_000_000 : Number((BigInt(text) + (up ? 999n : 0n)) / 1000n);
  if (/^\d{1,10}\.\d+(?:e\d+)?$/.test(text)) return Math.round(Number(text) * 1_000_000);
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw bad(name, text, 'a time');
  return ms * 1000;
}

function bad(name: string, value: string, expected: string): Error {
  return logqlErrors.METERLARK_LOGQL_BAD_PARAMETER({ name, value: value.slice(0, 40), expected });
}
