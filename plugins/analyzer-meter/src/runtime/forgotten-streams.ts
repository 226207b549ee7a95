/**
 * Identities of cumulative streams that were forgotten while idle. One that comes back with the same start time
 * goes on from a value that was counted already, so its first point is a baseline and must not count in full.
 */
export class ForgottenStreams {
  private readonly ids = new Set<string>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.ids.size;
  }

  remember(id: string): void {
    this.ids.add(id);
    if (this.ids.size <= this.limit) return;
    for (const oldest of this.ids) {
      this.ids.delete(oldest);
      return;
    }
  }

  recall(id: string): boolean {
    return this.ids.delete(id);
  }
}
