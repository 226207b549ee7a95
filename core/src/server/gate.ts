/** Counts requests in flight, refuses above a limit, and says when the last has ended. */
export class Gate {
  private inFlight = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  get count(): number {
    return this.inFlight;
  }

  /** Every entry that gave true needs one leave. */
  enter(): boolean {
    if (this.inFlight >= this.limit) return false;
    this.inFlight += 1;
    return true;
  }

  leave(): void {
    this.inFlight -= 1;
    if (this.inFlight > 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** true once nothing is in flight, false when the time is up before. */
  idle(withinMs: number): Promise<boolean> {
    if (this.inFlight === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}
