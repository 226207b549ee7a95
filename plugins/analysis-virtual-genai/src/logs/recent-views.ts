/**
 * Calls of late by which a log, or a span that comes after it, is known to tell of one that was counted already. Two
 * generations: what is older than a whole one is forgotten. Each view of a call of a span costs one place in a list,
 * and is made ready to be found only when someone looks: as long as nobody does, few are kept.
 */
import { CallIndex, foundBy, type Found } from './call-index.js';
import type { Keyed } from './call-keys.js';

/** Of a generation as many parts of all entries wait to be made ready. */
const maxUnreadyParts = 16;

interface Generation<T extends Keyed, P extends Keyed> {
  readonly entries: T[];
  readonly index: CallIndex<T, P>;
  indexed: number;
}

export class RecentViews<T extends Keyed, P extends Keyed> {
  private young: Generation<T, P>;
  private old: Generation<T, P>;

  constructor(
    /** Calls remembered, in two generations of half of it each. */
    private readonly maxEntries: number,
    /** The lower the better a call fits; Infinity when it does not. */
    private readonly fits: (entry: T, probe: P) => number,
  ) {
    this.young = this.generation();
    this.old = this.generation();
  }

  get isEmpty(): boolean {
    return this.young.entries.length + this.old.entries.length === 0;
  }

  add(entry: T): void {
    const { entries, indexed } = this.young;
    // Who looks first makes all ready that are there, in one go.
    if (entries.length >= this.maxEntries / 2 || entries.length - indexed >= this.maxEntries / maxUnreadyParts) {
      this.old = this.young;
      this.young = this.generation();
    }
    this.young.entries.push(entry);
  }

  /** The surest of both generations. `alone`: by its ids only. */
  find(probe: P, alone = false): Found<T> | undefined {
    const young = ready(this.young).find(probe, alone);
    if (young?.rank === foundBy.request || this.old.entries.length === 0) return young;
    const old = ready(this.old).find(probe, alone);
    return old !== undefined && (young === undefined || old.rank < young.rank) ? old : young;
  }

  /** One that was found is found no more. */
  take(entry: T): void {
    this.young.index.delete(entry);
    this.old.index.delete(entry);
  }

  private generation(): Generation<T, P> {
    return { entries: [], index: new CallIndex<T, P>(this.fits), indexed: 0 };
  }
}

function ready<T extends Keyed, P extends Keyed>(generation: Generation<T, P>): CallIndex<T, P> {
  const { entries, index } = generation;
  for (; generation.indexed < entries.length; generation.indexed += 1) index.add(entries[generation.indexed]!);
  return index;
}
