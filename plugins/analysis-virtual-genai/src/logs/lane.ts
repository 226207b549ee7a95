/** Entries under one key, the first that came first. Those that are gone are skipped, and left out when they are many. */
export class Lane<T extends { readonly gone: boolean }> {
  /** From `start` on; some may be gone. */
  entries: T[];
  start = 0;
  private dropped = 0;

  constructor(...entries: T[]) {
    this.entries = entries;
  }

  get isEmpty(): boolean {
    return this.start === this.entries.length;
  }

  add(entry: T): void {
    this.entries.push(entry);
  }

  /** Where the first is that is not gone; some go without being dropped. */
  begin(): number {
    while (this.start < this.entries.length && this.entries[this.start]!.gone) this.start += 1;
    return this.start;
  }

  /** To be called for each entry that is taken out. */
  drop(): void {
    this.dropped += 1;
    this.begin();
    // Half of them are gone: what one costs is paid for by another, however many there are.
    if (this.dropped * 2 <= this.entries.length + 16) return;
    this.entries = this.entries.slice(this.start).filter(({ gone }) => !gone);
    this.start = 0;
    this.dropped = 0;
  }
}

/** Entries of one place that are looked at for one call. */
export const maxLooks = 64;

/** One entry under a key costs nothing but itself. */
export type Place<T extends { readonly gone: boolean }> = T | Lane<T>;

export function put<K, T extends { readonly gone: boolean }>(map: Map<K, Place<T>>, key: K, entry: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, entry);
  else if (known instanceof Lane) known.add(entry);
  else map.set(key, new Lane(known, entry));
}

export function take<K, T extends { readonly gone: boolean }>(map: Map<K, Place<T>>, key: K, entry: T): void {
  const known = map.get(key);
  if (known instanceof Lane) known.drop();
  if (known === entry || (known instanceof Lane && known.isEmpty)) map.delete(key);
}
