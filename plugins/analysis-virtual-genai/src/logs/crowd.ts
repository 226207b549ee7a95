/**
 * Calls under one id, a trace of a batch job for instance, of which there are more than can be looked at: the ones with
 * the probe's tokens are looked at first, and of those the ones that begin near it.
 */
import { mix, type Keyed } from './call-keys.js';
import { Lane, maxLooks, put, take, type Place } from './lane.js';

/** 10 minutes in buckets: an id that is older tells no calls apart. */
const maxReach = 75;
/** What stands for tokens that are not known, and for any. */
const unknown = -1;
const any = -2;

type Score<T, P> = (entry: T, probe: P) => number;

export class Crowd<T extends Keyed> {
  private first = Infinity;
  private last = -Infinity;
  private readonly places = new Map<number, Place<T>>();

  constructor({ entries, start }: Lane<T>) {
    for (let at = start; at < entries.length; at += 1) if (!entries[at]!.gone) this.add(entries[at]!);
  }

  get isEmpty(): boolean {
    return this.places.size === 0;
  }

  add(entry: T): void {
    const { tokens, besides, bucket } = entry.keys;
    this.first = Math.min(this.first, bucket);
    this.last = Math.max(this.last, bucket);
    put(this.places, mix(any, bucket), entry);
    put(this.places, mix(tokens ?? unknown, bucket), entry);
    for (const beside of besides) put(this.places, mix(beside, bucket), entry);
  }

  delete(entry: T): void {
    const { tokens, besides, bucket } = entry.keys;
    take(this.places, mix(any, bucket), entry);
    take(this.places, mix(tokens ?? unknown, bucket), entry);
    for (const beside of besides) take(this.places, mix(beside, bucket), entry);
  }

  best<P extends Keyed>(probe: P, score: Score<T, P>): T | undefined {
    const { tokens, besides } = probe.keys;
    const alike = tokens === undefined ? undefined : this.nearest(tokens, probe, score);
    if (alike !== undefined) return alike;
    for (const beside of besides) {
      const partly = this.nearest(beside, probe, score);
      if (partly !== undefined) return partly;
    }
    return this.nearest(unknown, probe, score) ?? this.nearest(any, probe, score);
  }

  /** From the probe's bucket outwards; the nearest may be just beyond the edge of the bucket in which one was found. */
  private nearest<P extends Keyed>(print: number, probe: P, score: Score<T, P>): T | undefined {
    const { bucket } = probe.keys;
    const reach = Math.min(maxReach, Math.max(bucket - this.first, this.last - bucket));
    const search = { probe, score, looks: maxLooks, least: Infinity, best: undefined as T | undefined };
    let rings = Infinity;
    for (let away = 0; away <= reach && search.looks > 0 && rings > 0; away += 1, rings -= 1) {
      this.look(mix(print, bucket - away), search);
      if (away > 0) this.look(mix(print, bucket + away), search);
      if (search.best !== undefined && rings === Infinity) rings = 2;
    }
    return search.best;
  }

  private look<P extends Keyed>(
    at: number, search: { readonly probe: P; readonly score: Score<T, P>; looks: number; least: number; best: T | undefined },
  ): void {
    const place = this.places.get(at);
    if (place === undefined) return;
    const lane = place instanceof Lane ? place : new Lane(place);
    const { entries } = lane;
    for (let next = lane.begin(); next < entries.length && search.looks > 0; next += 1) {
      const score = search.score(entries[next]!, search.probe);
      search.looks -= 1;
      if (score < search.least) [search.least, search.best] = [score, entries[next]];
    }
  }
}
