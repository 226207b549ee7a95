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
/** Of input only. */
const halfTokens = -4;
/** The client left: whether that is a failure is for each side to say. */
const left = -5;

/** By what stands for the tokens of one call: what may stand for them at the other side of the same call. */
const otherSides: ReadonlyMap<number, readonly number[]> = new Map([
  [someTokens, [noTokens, halfTokens, left]],
  [noTokens, [someTokens, halfTokens, left]],
  [failedWithout, [left]],
  [halfTokens, [someTokens, noTokens, left]],
  [left, [someTokens, noTokens, failedWithout, halfTokens]],
]);
/** Of a failure that knows tokens. */
const otherFailures: readonly number[] = [someTokens, failedWithout, halfTokens, left];
const none: readonly number[] = [];

/** "" and undefined find nothing. */
export interface CallKeys {
  readonly tenant: string;
  readonly requestId: string;
  /** Ends of ids: those of 64 bits are written with zeros before them, or without. */
  readonly trace: string;
  readonly gateway: number;
  /** Of the tokens; undefined when they are not known. */
  readonly tokens: number | undefined;
  /** The same without the input that was cached, or with other output: some count it, and reasoning, beside the rest. */
  readonly besides: readonly number[];
  /** What is known instead of tokens. */
  readonly loose: number;
  /** Where such may lie that know what this one does not. */
  readonly others: readonly number[];
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
  readonly aborted: boolean;
  /** The service that logs, or that a span is of. */
  readonly gateway: string;
  readonly usage: CallView['usage'];
}

export function keysOf(tenant: string, source: KeySource): CallKeys {
  const { requestId, traceId, startUs, failed, gateway, usage } = source;
  const loose = looseOf(source);
  return {
    tenant, requestId, trace: traceId.slice(-16), gateway: hash(gateway),
    tokens: usage.input === undefined ? undefined : mix(usage.input, usage.output ?? 0),
    besides: besidesOf(usage), loose,
    others: failed && (loose === someTokens || loose === halfTokens) ? otherFailures : (otherSides.get(loose) ?? none),
    bucket: Math.floor(startUs / bucketUs), looseBucket: Math.floor(startUs / looseBucketUs),
  };
}

function looseOf({ failed, aborted, usage: { input, output } }: KeySource): number {
  if (aborted) return left;
  if (input === undefined) return failed ? failedWithout : noTokens;
  return output === undefined ? halfTokens : someTokens;
}

function besidesOf({ input, output = 0, reasoning = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 }: KeySource['usage']): readonly number[] {
  if (input === undefined) return none;
  const cached = cacheRead + cacheWrite5m + cacheWrite1h;
  const uncached = cached > 0 && cached <= input ? mix(input - cached, output) : undefined;
  if (reasoning === 0) return uncached === undefined ? none : [uncached];
  const prints = [mix(input, output + reasoning)];
  if (reasoning <= output) prints.push(mix(input, output - reasoning));
  if (uncached !== undefined) prints.push(uncached);
  return prints;
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
