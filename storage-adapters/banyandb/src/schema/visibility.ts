/** Waiting until every node of the server knows a change of the registry. */
import { grpcStatus, statusOf, type BanyanCalls } from '../connection/calls.js';

/** The server answers after this time at the latest, whatever it knows by then. */
const oneWaitMs = 5_000;

interface BarrierAnswer {
  readonly applied: boolean;
  readonly laggards: readonly { readonly node: string; readonly reason: string }[];
}

export class Visibility {
  private hasBarrier = true;

  constructor(
    private readonly calls: BanyanCalls,
    private readonly now: () => number,
  ) {}

  /**
   * `seen`: every node has the revision. `unknown`: the server (before 0.11) cannot say it. Otherwise who had it not when the time
   * was over.
   */
  async until(revision: bigint, deadlineMs: number): Promise<'seen' | 'unknown' | { readonly missingAt: string }> {
    // Waits are counted beside the clock: one that is injected may stand still.
    for (let leftMs = deadlineMs - this.now(); this.hasBarrier; ) {
      const waitMs = Math.max(1, Math.min(oneWaitMs, leftMs, deadlineMs - this.now()));
      const answer = await this.ask(revision, waitMs);
      if (answer?.applied === true) return 'seen';
      leftMs -= waitMs;
      if (answer !== undefined && (leftMs <= 0 || this.now() >= deadlineMs)) return { missingAt: whoIsLate(answer) };
    }
    return 'unknown';
  }

  private async ask(revision: bigint, waitMs: number): Promise<BarrierAnswer | undefined> {
    const timeout = { seconds: Math.floor(waitMs / 1000), nanos: (waitMs % 1000) * 1_000_000 };
    try {
      return await this.calls.call<BarrierAnswer>('awaitRevisionApplied', { minRevision: revision.toString(), timeout });
    } catch (error) {
      if (statusOf(error) !== grpcStatus.unimplemented) throw error;
      this.hasBarrier = false;
      return undefined;
    }
  }
}

function whoIsLate({ laggards }: BarrierAnswer): string {
  return laggards.map(({ node, reason }) => (reason === '' ? node : `${node} (${reason})`)).join(', ') || 'a node that is not named';
}
