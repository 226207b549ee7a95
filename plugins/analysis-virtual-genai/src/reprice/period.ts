/** The period of a re-pricing, as people write it. */
import { dayMs, hourMs, type CommandRequest } from '@meterlark/core';
import { pricingErrors } from '../errors.js';

/** Epoch ms, the end not included. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

export const repriceUsage = 'reprice --from DATE --to DATE [--dry-run]';
const form = 'YYYY-MM-DD (a whole day, UTC) or YYYY-MM-DDTHH:MM[:SS]Z';

/** Throws METERLARK_PRICING_USAGE. A day as the end is included whole. */
export function periodOf({ words, options }: CommandRequest): Period {
  if (words.length > 0) throw usage(`reprice takes no ${words[0] ?? ''}`);
  const from = momentOf(options['from'], '--from');
  const to = momentOf(options['to'], '--to');
  const period = { fromMs: from.ms, toMs: to.isDay ? to.ms + dayMs : to.ms };
  if (period.fromMs >= period.toMs) throw usage('--to must be after --from');
  return period;
}

/** Throws METERLARK_PRICING_USAGE. */
export function momentOf(text: string | boolean | undefined, option: string): { readonly ms: number; readonly isDay: boolean } {
  if (typeof text !== 'string') throw usage(`${option} is missing: ${form}`);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(text);
  const ms = isDay || isMoment ? Date.parse(isDay ? `${text}T00:00:00Z` : text) : Number.NaN;
  // Date.parse takes February 30 as March 2.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(text.slice(0, 10))) throw usage(`${option} must be ${form}, not ${text}`);
  return { ms, isDay };
}

/** Parts of the period that begin and end at full hours, but for its own ends. */
export function* hoursOf({ fromMs, toMs }: Period): Generator<Period, void, undefined> {
  for (let start = fromMs; start < toMs; ) {
    const end = Math.min(toMs, (Math.floor(start / hourMs) + 1) * hourMs);
    yield { fromMs: start, toMs: end };
    start = end;
  }
}

export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function usage(reason: string): Error {
  return pricingErrors.METERLARK_PRICING_USAGE({ reason, usage: repriceUsage });
}
