/** What a call is found by among many: its ids, or the gateway with the tokens, or without, near a time. */
import type { CallView } from '@meterlark/core';

/** Calls that begin within the same 8 s lie together; a neighbour's begin is at most so far away. */
const bucketUs = 8_000_000;
/** Calls that are known by nothing but their times begin that close together. */
const looseBucketUs = 1_000_000;
/** What stands for the tokens where they cannot be compared. */
const someTokens = -1;
const noTokens = -2;
const failedWithout = -3;

/** "" and undefined find nothing. */
export interface CallKeys {
  readonly tenant: string;
  readonly requestId: string;
  /** Ends of ids: those of 64 bits are written with zeros before them, or without. */
  readonly trace: string;
  readonly gateway: number;
  /** Of the tokens; undefined when they are not known. */
  readonly tokens: number | undefined;
  /** The same without the input that was cached: some count it beside the rest. */
  readonly uncached: number | undefined;
  /** What is known instead of tokens. */
  readonly loose: number;
  /** Where such may lie that know what this one does not; undefined when none can be the same. */
  readonly other: number | undefined;
  readonly bucket: number;
  readonly looseBucket: number;
}

export interface Keyed {
  readonly keys: CallKeys;
  /** Taken out of the index it was in, or no longer to be found. */
  gone: boolean;
}

export interface KeySource {
  readonly requestId: string;
  readonly traceId: string;
  readonly startUs: number;
  readonly failed: boolean;
  /** The service that logs, or that a span is of. */
  readonly gateway: string;
  readonly usage: CallView['usage'];
}

export function keysOf(tenant: string, { requestId, traceId, startUs, failed, gateway, usage }: KeySource): CallKeys {
  const { input, output = 0 } = usage;
  const without = failed ? failedWithout : noTokens;
  const cached = (usage.cacheRead ?? 0) + (usage.cacheWrite5m ?? 0) + (usage.cacheWrite1h ?? 0);
  return {
    tenant, requestId, trace: traceId.slice(-16), gateway: hash(gateway),
    tokens: input === undefined ? undefined : mix(input, output),
    uncached: input === undefined || cached === 0 || cached > input ? undefined : mix(input - cached, output),
    loose: input === undefined ? without : someTokens,
    other: input !== undefined ? without : failed ? undefined : someTokens,
    bucket: Math.floor(startUs / bucketUs), looseBucket: Math.floor(startUs / looseBucketUs),
  };
}

export function mix(one: number, other: number): number {
  const low = Math.imul(one ^ (other | 0), 0x9e3779b1);
  return Math.imul(low ^ (low >>> 15) ^ Math.floor(other / 0x1_0000_0000), 0x85ebca6b);
}

function hash(text: string): number {
  let sum = 0;
  for (let place = 0; place < text.length; place += 1) sum = (Math.imul(sum, 31) + text.charCodeAt(place)) | 0;
  return sum;
}
