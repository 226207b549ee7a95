/** Parameters of GET /api/v2/traces to a search. */
import type { EntryCondition, EntryPage, TagCondition } from '@meterlark/core';
import { zipkinErrors } from './errors.js';

export interface SearchLimits {
  readonly maxTraces: number;
  readonly defaultLookbackMs: number;
}

type Parameters = Readonly<Record<string, string>>;

const defaultTraces = 10;

export function searchOf(parameters: Parameters, limits: SearchLimits, nowMs: number): { readonly condition: EntryCondition; readonly page: EntryPage } {
  const endMs = wholeNumber(parameters, 'endTs') ?? nowMs;
  const lookbackMs = wholeNumber(parameters, 'lookback') ?? limits.defaultLookbackMs;
  const limit = wholeNumber(parameters, 'limit') ?? defaultTraces;
  const { failed, tags } = annotationQuery(parameters['annotationQuery'] ?? '');
  const condition: EntryCondition = {
    tenant: '',
    fromUs: (endMs - lookbackMs) * 1000,
    toUs: (endMs + 1) * 1000,
    ...text('service', parameters['serviceName']),
    ...text('peer', parameters['remoteServiceName']),
    ...text('name', parameters['spanName']),
    ...nanos('minDurationNs', wholeNumber(parameters, 'minDuration')),
    ...nanos('maxDurationNs', wholeNumber(parameters, 'maxDuration')),
    ...(failed ? { failed: true } : {}),
    tags,
  };
  return { condition, page: { orderBy: 'start', limit: Math.min(limit, limits.maxTraces), offset: 0 } };
}

/** `http.method=GET and error`: tags with a value, or with any. A failed span is one with the tag `error`, whatever it was sent by. */
export function annotationQuery(query: string): { readonly failed: boolean; readonly tags: readonly TagCondition[] } {
  const parts = query.split(/ and /i).map((part) => part.trim()).filter((part) => part !== '');
  const isError = (part: string): boolean => part === 'error' || part === 'error=true';
  const tags = parts.filter((part) => !isError(part)).map((part): TagCondition => {
    const sign = part.indexOf('=');
    return sign < 0 ? { key: part } : { key: part.slice(0, sign).trim(), value: part.slice(sign + 1).trim() };
  });
  return { failed: parts.some(isError), tags };
}

/** Names that stand for all: Zipkin's own page sends them. */
function text(name: 'service' | 'peer' | 'name', value: string | undefined): Partial<EntryCondition> {
  return value === undefined || value === '' || value === 'all' ? {} : { [name]: value };
}

function nanos(name: 'minDurationNs' | 'maxDurationNs', microseconds: number | undefined): Partial<EntryCondition> {
  return microseconds === undefined ? {} : { [name]: microseconds * 1000 };
}

function wholeNumber(parameters: Parameters, name: string): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === '') return undefined;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (number === undefined) throw zipkinErrors.METERLARK_ZIPKIN_BAD_PARAMETER({ name, value: value.slice(0, 40), expected: 'a whole number' });
  return number;
}

