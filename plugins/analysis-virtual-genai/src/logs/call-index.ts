/**
 * Finds the one among many calls that may be the same as another: by request id, by trace, or by the gateway with
 * the tokens, or without, near a time. What it finds by is only a hint: `fits` decides.
 */
import type { TokenUsage } from '@meterlark/core';
import { Lane } from './lane.js';

/** Calls of one gateway that begin within the same 8 s lie together; a neighbour's begin is at most so far away. */
const bucketUs = 8_000_000;
/** Calls that are looked at for one; more that are alike in everything are not told apart. */
const maxLooks = 64;
/** What stands for the tokens where they cannot be compared. */
const someTokens = -1;
const noTokens = -2;
const failedWithout = -3;

/** What a call is found by; "" and undefined find nothing. */
export interface CallKeys {
  readonly tenant: string;
  readonly requestId: string;
  /** Ends of ids: those of 64 bits are written with zeros before them, or without. */
  readonly trace: string;
  /** Of gateway and tokens; undefined when they are not known. */
  readonly exact: number | undefined;
  /** Of the gateway and what is known instead of tokens. */
  readonly loose: number;
  /** Where such may lie that know what this one does not; undefined when none can be the same. */
  readonly other: number | undefined;
  readonly bucket: number;
}

export interface Keyed {
  readonly keys: CallKeys;
  /** Taken out of the index it was in. */
  gone: boolean;
}

export interface KeySource {
  readonly requestId: string;
  readonly traceId: string;
  readonly startUs: number;
  readonly failed: boolean;
  /** The service that logs, or that a span is of. */
  readonly gateway: string;
  readonly usage: Pick<TokenUsage, 'input' | 'output'>;
}

export function keysOf(tenant: string, { requestId, traceId, startUs, failed, gateway, usage }: KeySource): CallKeys {
  const ofGateway = hash(gateway);
  const { input, output = 0 } = usage;
  const without = failed ? failedWithout : noTokens;
  return {
    tenant, requestId, trace: traceId.slice(-16),
    exact: input === undefined ? undefined : mix(mix(ofGateway, input), output),
    loose: mix(ofGateway, input === undefined ? without : someTokens),
    other: input !== undefined ? mix(ofGateway, without) : failed ? undefined : mix(ofGateway, someTokens),
    bucket: Math.floor(startUs / bucketUs),
  };
}

/** How a call was found: the lower the surer. */
export const foundBy = { request: 0, trace: 1, alike: 2 } as const;

export interface Found<T> {
  readonly entry: T;
  readonly rank: number;
}

export class CallIndex<T extends Keyed, P extends Keyed> {
  private readonly byRequest = new Map<string, T | Lane<T>>();
  private readonly byTrace = new Map<string, T | Lane<T>>();
  private readonly byPrint = new Map<number, T | Lane<T>>();

  constructor(
    /** The lower the better a call fits; Infinity when it does not. */
    private readonly fits: (entry: T, probe: P) => number,
  ) {}

  add(entry: T): void {
    const { requestId, trace, exact, loose, bucket } = entry.keys;
    if (requestId !== '') put(this.byRequest, requestId, entry);
    if (trace !== '') put(this.byTrace, trace, entry);
    if (exact !== undefined) put(this.byPrint, mix(exact, bucket), entry);
    put(this.byPrint, mix(loose, bucket), entry);
  }

  /** For good: an entry is in one index, and in that once. */
  delete(entry: T): void {
    entry.gone = true;
    const { requestId, trace, exact, loose, bucket } = entry.keys;
    if (requestId !== '') take(this.byRequest, requestId, entry);
    if (trace !== '') take(this.byTrace, trace, entry);
    if (exact !== undefined) take(this.byPrint, mix(exact, bucket), entry);
    take(this.byPrint, mix(loose, bucket), entry);
  }

  /** `alone`: its ids only. */
  find(probe: P, alone = false): Found<T> | undefined {
    const { requestId, trace } = probe.keys;
    const named = requestId === '' ? undefined : this.best(this.byRequest.get(requestId), probe);
    if (named !== undefined) return { entry: named, rank: foundBy.request };
    const traced = trace === '' ? undefined : this.best(this.byTrace.get(trace), probe);
    if (traced !== undefined) return { entry: traced, rank: foundBy.trace };
    const alike = alone ? undefined : this.alike(probe);
    return alike === undefined ? undefined : { entry: alike, rank: foundBy.alike };
  }

  private alike(probe: P): T | undefined {
    const { exact, loose, other } = probe.keys;
    const found = this.near(exact ?? loose, probe);
    return found ?? (other === undefined ? undefined : this.near(other, probe));
  }

  private near(print: number, probe: P): T | undefined {
    const { bucket } = probe.keys;
    for (let at = bucket - 1; at <= bucket + 1; at += 1) {
      const found = this.first(this.byPrint.get(mix(print, at)), probe);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Of many that are alike the one that came first. */
  private first(place: T | Lane<T> | undefined, probe: P): T | undefined {
    if (!(place instanceof Lane)) return place !== undefined && this.score(place, probe) < Infinity ? place : undefined;
    const end = Math.min(place.entries.length, place.start + maxLooks);
    for (let at = place.start; at < end; at += 1) {
      const entry = place.entries[at]!;
      if (this.score(entry, probe) < Infinity) return entry;
    }
    return undefined;
  }

  private best(place: T | Lane<T> | undefined, probe: P): T | undefined {
    if (!(place instanceof Lane)) return this.first(place, probe);
    let best: T | undefined;
    let least = Infinity;
    const end = Math.min(place.entries.length, place.start + maxLooks);
    for (let at = place.start; at < end; at += 1) {
      const score = this.score(place.entries[at]!, probe);
      if (score < least) [least, best] = [score, place.entries[at]!];
    }
    return best;
  }

  private score(entry: T, probe: P): number {
    return !entry.gone && entry.keys.tenant === probe.keys.tenant ? this.fits(entry, probe) : Infinity;
  }
}

function put<K, T extends Keyed>(map: Map<K, T | Lane<T>>, key: K, entry: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, entry);
  else if (known instanceof Lane) known.add(entry);
  else map.set(key, new Lane(known, entry));
}

function take<K, T extends Keyed>(map: Map<K, T | Lane<T>>, key: K, entry: T): void {
  const known = map.get(key);
  if (known instanceof Lane) known.drop();
  if (known === entry || (known instanceof Lane && known.isEmpty)) map.delete(key);
}

function mix(one: number, other: number): number {
  const low = Math.imul(one ^ (other | 0), 0x9e3779b1);
  return Math.imul(low ^ (low >>> 15) ^ Math.floor(other / 0x1_0000_0000), 0x85ebca6b);
}

function hash(text: string): number {
  let sum = 0;
  for (let place = 0; place < text.length; place += 1) sum = (Math.imul(sum, 31) + text.charCodeAt(place)) | 0;
  return sum;
}
