/**
 * A store that was lost and comes back: steady -> lost -> connected, and what it forgot is written again -> steady.
 *
 * It may have forgotten what it had in memory only: schemas and the rows of its last seconds. So ordinary calls stop at a gate from the
 * loss on until all of that is there again: a question would be answered without the lost rows, and a metric row that is read back in
 * that state would be written again with a higher version than the repetition has, which hides the repetition for ever.
 */
import type { Clock, Logger } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import { isOverWithin } from './deadline.js';
import type { HeldRow, RecentWrites } from './recent-writes.js';
import { isForEver, type Repetition } from './repetition.js';
import type { Target } from './target.js';

/** How calls come to a target. */
export interface Way {
  /** `untilMs`, of `performance.now()`: no longer than this for a store that is back and not ready yet. */
  ready(untilMs: number): Promise<Target>;
  /** It did not answer over that connection. */
  away(target: Target, connection: number): void;
}

export interface ReturnContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sleep: (ms: number) => Promise<void>;
}

const shortestPauseMs = 100;
const longestPauseMs = 1_000;

export class StoreReturn implements Way {
  private isSteady = true;
  private hasWarned = false;
  private isClosing = false;
  private isClosed = false;
  /** Settled while it is steady. */
  private back: Promise<void> = Promise.resolve();
  private openGate: () => void = () => undefined;
  private prepare: () => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly targets: Way,
    private readonly recent: RecentWrites,
    private readonly repetition: Repetition,
    private readonly context: ReturnContext,
  ) {}

  /** What must be there before rows can be: run first, at every return. */
  beforeRepeating(prepare: () => Promise<void>): void {
    this.prepare = prepare;
  }

  get losses(): number {
    return this.recent.losses;
  }

  get holdsWrites(): boolean {
    return this.recent.size > 0;
  }

  /** The gate of ordinary calls. A store that is not there at all fails them at once, as ever. */
  async ready(untilMs: number): Promise<Target> {
    for (;;) {
      if (this.isClosing) throw banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED();
      const target = await this.targets.ready(untilMs);
      if (this.isSteady) return target;
      if (await isOverWithin(untilMs - performance.now(), this.back)) continue;
      throw banyanErrors.METERLARK_STORAGE_BANYANDB_UNREACHABLE({ target: target.name, reason: 'it is back, and what it may have lost is still written again' });
    }
  }

  away(target: Target, connection: number): void {
    this.targets.away(target, connection);
  }

  /** A connection that had worked is gone. */
  lost(): void {
    if (this.isClosed) return;
    this.recent.suspectAll();
    if (!this.isSteady) return;
    this.isSteady = false;
    this.back = new Promise((resolve) => (this.openGate = resolve));
    void this.comeBack();
  }

  /** Rows that were acknowledged before a loss in the midst of a write are not held yet: all are sent again then. */
  async write<R extends HeldRow>(rows: readonly R[], send: () => Promise<void>, again: (rows: readonly R[]) => Promise<void>): Promise<void> {
    const askedMs = this.context.clock.now();
    for (let losses = -1; losses !== this.recent.losses; ) {
      losses = this.recent.losses;
      await send();
    }
    this.recent.answered(askedMs);
    this.recent.add(rows, again);
  }

  /** What was asked then is answered. */
  answered(askedMs: number): void {
    this.recent.answered(askedMs);
  }

  /** Ordinary calls are refused from now on. A return that is under way gets so long; what is then left is counted. */
  async close(timeoutMs: number): Promise<void> {
    this.isClosing = true;
    if (this.recent.suspectWrites > 0) await isOverWithin(timeoutMs, this.back);
    this.isClosed = true;
    this.openGate();
    const left = this.recent.suspects();
    for (const write of left) this.recent.giveUp(write, 'closed');
    if (left.length > 0) this.context.logger.error('stopped before BanyanDB was back: it may have lost writes of its last seconds', { writes: left.length });
  }

  /** Never rejects: tries until it is done or closed. */
  private async comeBack(): Promise<void> {
    for (let pauseMs = shortestPauseMs; !this.isClosed; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const { losses } = this.recent;
      if ((await this.tryToReturn()) && losses === this.recent.losses) break;
      await this.context.sleep(pauseMs);
    }
    this.isSteady = true;
    this.hasWarned = false;
    this.openGate();
  }

  private async tryToReturn(): Promise<boolean> {
    try {
      await this.targets.ready(Infinity);
    } catch {
      // The targets have told that they are away.
      return false;
    }
    try {
      await this.prepare().catch((error: unknown) => this.goOnWithout(error));
      const writes = await this.repetition.run();
      if (writes > 0) this.context.logger.info('BanyanDB is back: the writes of the last seconds before were repeated', { writes });
      return true;
    } catch (error) {
      if (!this.hasWarned) this.context.logger.warn('what BanyanDB may have lost cannot be written again yet', { writes: this.recent.suspectWrites, error });
      this.hasWarned = true;
      return false;
    }
  }

  /** Somebody has changed a schema by hand: that is not made well by waiting, and most rows do not need it. */
  private goOnWithout(error: unknown): void {
    if (!isForEver(error)) throw error;
    this.context.logger.error('BanyanDB is back, and not all that was installed in it can be', { error });
  }
}
