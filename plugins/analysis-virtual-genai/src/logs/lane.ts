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

  /** To be called for each entry that is gone. */
  drop(): void {
    this.dropped += 1;
    while (this.start < this.entries.length && this.entries[this.start]!.gone) this.start += 1;
    // Half of them are gone: what one costs is paid for by another, however many there are.
    if (this.dropped * 2 <= this.entries.length + 16) return;
    this.entries = this.entries.slice(this.start).filter(({ gone }) => !gone);
    this.start = 0;
    this.dropped = 0;
  }
}
