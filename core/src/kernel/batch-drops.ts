/** What of one batch was not taken, and why: counted always, told to the sender where it could do better. */
import type { Counter } from './ambient.js';

export interface Refusals {
  readonly rejected: number;
  /** "" when nothing was. */
  readonly reason: string;
}

const nothing: Refusals = { rejected: 0, reason: '' };

export class BatchDrops<Reason extends string> {
  private readonly current = new Map<Reason, number>();

  constructor(
    /** With the label `reason`. */
    private readonly counter: Counter,
    /** Reasons that the sender is told, in its words; what was dropped for others counts as accepted. */
    private readonly told: Readonly<Partial<Record<Reason, string>>>,
  ) {}

  add(reason: Reason, count = 1): void {
    this.current.set(reason, (this.current.get(reason) ?? 0) + count);
  }

  /** At the end of a batch: counts its drops and says which of them are refusals. */
  settle(): Refusals {
    if (this.current.size === 0) return nothing;
    let rejected = 0;
    const reasons: string[] = [];
    for (const [reason, count] of this.current) {
      this.counter.add(count, { reason });
      const text = this.told[reason];
      if (text === undefined) continue;
      rejected += count;
      reasons.push(`${count}: ${text}`);
    }
    this.current.clear();
    return { rejected, reason: reasons.join('; ') };
  }
}
