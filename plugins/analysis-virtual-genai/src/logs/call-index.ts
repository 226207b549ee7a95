/**
 * Finds the one among many calls that may be the same as another: by request id, by trace, or by the gateway with
 * the tokens, or without, near a time. What it finds by is only a hint: `fits` decides.
 */
import { mix, type Keyed } from './call-keys.js';
import { Crowd } from './crowd.js';
import { Lane, maxLooks, put, take, type Place } from './lane.js';

/** How a call was found: the lower the surer. */
export const foundBy = { request: 0, trace: 1, alike: 2 } as const;

export interface Found<T> {
  readonly entry: T;
  readonly rank: number;
}

type Places<T extends Keyed> = Map<string, Place<T> | Crowd<T>>;

export class CallIndex<T extends Keyed, P extends Keyed> {
  private readonly byRequest: Places<T> = new Map();
  private readonly byTrace: Places<T> = new Map();
  private readonly byPrint = new Map<number, Place<T>>();

  constructor(
    /** The lower the better a call fits; Infinity when it does not. */
    private readonly fits: (entry: T, probe: P) => number,
  ) {}

  add(entry: T): void {
    const { requestId, trace, gateway, tokens, besides, loose, bucket, looseBucket } = entry.keys;
    if (requestId !== '') join(this.byRequest, requestId, entry);
    if (trace !== '') join(this.byTrace, trace, entry);
    if (tokens !== undefined) put(this.byPrint, mix(mix(gateway, tokens), bucket), entry);
    for (const beside of besides) put(this.byPrint, mix(mix(gateway, beside), bucket), entry);
    put(this.byPrint, mix(mix(gateway, loose), looseBucket), entry);
  }

  /** For good: an entry is in one index, and in that once. */
  delete(entry: T): void {
    entry.gone = true;
    const { requestId, trace, gateway, tokens, besides, loose, bucket, looseBucket } = entry.keys;
    if (requestId !== '') leave(this.byRequest, requestId, entry);
    if (trace !== '') leave(this.byTrace, trace, entry);
    if (tokens !== undefined) take(this.byPrint, mix(mix(gateway, tokens), bucket), entry);
    for (const beside of besides) take(this.byPrint, mix(mix(gateway, beside), bucket), entry);
    take(this.byPrint, mix(mix(gateway, loose), looseBucket), entry);
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
    const { gateway, tokens, besides, loose, others, bucket, looseBucket } = probe.keys;
    const exact = tokens === undefined ? this.near(mix(gateway, loose), looseBucket, probe) : this.near(mix(gateway, tokens), bucket, probe);
    return exact ?? this.nearAny(besides, bucket, probe) ?? this.nearAny(others, looseBucket, probe);
  }

  private nearAny(prints: readonly number[], bucket: number, probe: P): T | undefined {
    for (const print of prints) {
      const found = this.near(mix(probe.keys.gateway, print), bucket, probe);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private near(print: number, bucket: number, probe: P): T | undefined {
    for (let at = bucket - 1; at <= bucket + 1; at += 1) {
      const found = this.first(this.byPrint.get(mix(print, at)), probe);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Of many that are alike the one that came first. */
  private first(place: Place<T> | undefined, probe: P): T | undefined {
    if (!(place instanceof Lane)) return place !== undefined && this.score(place, probe) < Infinity ? place : undefined;
    const begin = place.begin();
    const end = Math.min(place.entries.length, begin + maxLooks);
    for (let at = begin; at < end; at += 1) {
      const entry = place.entries[at]!;
      if (this.score(entry, probe) < Infinity) return entry;
    }
    return undefined;
  }

  private best(place: Place<T> | Crowd<T> | undefined, probe: P): T | undefined {
    if (place instanceof Crowd) return place.best(probe, this.score);
    if (!(place instanceof Lane)) return this.first(place, probe);
    let best: T | undefined;
    let least = Infinity;
    for (let at = place.begin(); at < place.entries.length; at += 1) {
      const score = this.score(place.entries[at]!, probe);
      if (score < least) [least, best] = [score, place.entries[at]!];
    }
    return best;
  }

  private readonly score = (entry: T, probe: P): number =>
    !entry.gone && entry.keys.tenant === probe.keys.tenant ? this.fits(entry, probe) : Infinity;
}

/** Under one id there are seldom many. */
function join<T extends Keyed>(map: Places<T>, id: string, entry: T): void {
  const known = map.get(id);
  if (known instanceof Crowd) known.add(entry);
  else if (known instanceof Lane && known.entries.length - known.start >= maxLooks) {
    const crowd = new Crowd(known);
    crowd.add(entry);
    map.set(id, crowd);
  } else put(map as Map<string, Place<T>>, id, entry);
}

function leave<T extends Keyed>(map: Places<T>, id: string, entry: T): void {
  const known = map.get(id);
  if (!(known instanceof Crowd)) return take(map as Map<string, Place<T>>, id, entry);
  known.delete(entry);
  if (known.isEmpty) map.delete(id);
}
