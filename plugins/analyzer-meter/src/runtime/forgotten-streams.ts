/**
 * Identities of cumulative streams that were forgotten while idle. One that comes back with the same start time
 * goes on from a value that was counted already, so its first point is a baseline and must not count in full.
 */
export class ForgottenStreams {
  private readonly ids = new Set<string>();

  constructor(
    private readonly limit: number,
    /** Told for each identity that was given up because there were too many. */
    private readonly evicted: () => void,
  ) {}

  get size(): number {
    return this.ids.size;
  }

  remember(id: string): void {
    this.ids.delete(id);
    this.ids.add(id);
    if (this.ids.size <= this.limit) return;
    const [oldest] = this.ids;
    if (oldest === undefined) return;
    this.ids.delete(oldest);
    this.evicted();
  }

  recall(id: string): boolean {
    return this.ids.delete(id);
  }
}
