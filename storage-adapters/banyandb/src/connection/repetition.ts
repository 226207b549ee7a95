/** Sends once more what a store that came back may have lost. */
import { isMeterlarkError, type Counter, type Logger, type SelfMetrics } from '@meterlark/core';
import type { HeldWrite, RecentWrites } from './recent-writes.js';

export interface RepetitionContext {
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
  readonly parallel: number;
}

export class Repetition {
  private readonly count: Counter;

  constructor(
    private readonly recent: RecentWrites,
    private readonly context: RepetitionContext,
  ) {
    const help = 'Writes sent once more because the store may have lost them';
    this.count = context.selfMetrics.counter('meterlark_storage_banyandb_repeated_writes_total', help);
  }

  /** Gives how many were sent. Rejects at the first failure that may pass; those that were not sent stay suspect. */
  async run(): Promise<number> {
    const suspects = this.recent.suspects();
    const left = suspects.values();
    let failure: unknown;
    const work = async (): Promise<void> => {
      for (const write of left) {
        if (failure !== undefined) return;
        await this.send(write).catch((error: unknown) => (failure ??= error));
      }
    };
    await Promise.all(Array.from({ length: this.context.parallel }, work));
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what was caught
    if (failure !== undefined) throw failure;
    return suspects.length;
  }

  /** What the store refuses for ever is not in the way of the others. */
  private async send(write: HeldWrite): Promise<void> {
    const { losses } = this.recent;
    try {
      await write.again();
    } catch (error) {
      if (!isForEver(error)) throw error;
      this.recent.giveUp(write, 'refused');
      this.context.logger.error('a write that BanyanDB had taken before it was lost is refused now', { error });
      return;
    }
    // Lost again in the midst of it: a part may be gone.
    if (losses !== this.recent.losses) return;
    this.recent.repeated(write);
    this.count.add(1);
  }
}

/** Another try fails in the same way. */
export function isForEver(error: unknown): boolean {
  return isMeterlarkError(error) && error.class === 'permanent';
}
