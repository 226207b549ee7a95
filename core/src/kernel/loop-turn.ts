import { setImmediate } from 'node:timers/promises';

/** Keeps long work from holding up the event loop: `if (turn.isOver) await turn.next()` between its steps. */
export class LoopTurn {
  private begunMs = performance.now();

  constructor(
    /** Milliseconds of work without a pause, about. */
    private readonly longestMs = 5,
  ) {}

  get isOver(): boolean {
    return performance.now() - this.begunMs > this.longestMs;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.begunMs = performance.now();
  }
}
