/**
 * Spreads messages over turns of the event loop. Those of many connections arrive together: handled in one go they would
 * keep timers, health checks and queries waiting for as long as all of them take.
 */
interface Waiting {
  readonly bytes: number;
  readonly resolve: () => void;
}

export class FairTurns {
  private used = 0;
  private isScheduled = false;
  /** Bounded by the calls in flight, each of which waits for one message. */
  private waiting: Waiting[] = [];

  constructor(private readonly bytesPerTurn: number) {}

  /** Resolves when it is the message's turn, in the order of asking. A message larger than a turn has one of its own. */
  async pass(bytes: number): Promise<void> {
    if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(() => this.next());
    }
    if (this.waiting.length === 0 && this.used < this.bytesPerTurn) this.used += bytes;
    else await new Promise<void>((resolve) => this.waiting.push({ bytes, resolve }));
  }

  private next(): void {
    this.used = 0;
    let passed = 0;
    while (passed < this.waiting.length && this.used < this.bytesPerTurn) {
      const { bytes, resolve } = this.waiting[passed]!;
      this.used += bytes;
      passed += 1;
      resolve();
    }
    if (passed > 0) this.waiting = this.waiting.slice(passed);
    this.isScheduled = this.used > 0;
    if (this.isScheduled) setImmediate(() => this.next());
  }
}
