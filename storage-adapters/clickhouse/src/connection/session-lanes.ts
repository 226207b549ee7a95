import { storageErrors } from '../errors.js';

/** What the lanes need of a chDB session: one statement at a time, off the event loop. */
export interface EngineSession {
  queryAsync(sql: string, options: { readonly format: string }): Promise<{ bytes(): Uint8Array }>;
  close(): void;
}

interface Waiting {
  readonly sql: string;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A fixed number of sessions behind one bounded queue. A session serves one statement at a time and a waiting one
 * would hold a thread of Node's pool, so the waiting is done here.
 */
export class SessionLanes {
  private readonly idle: EngineSession[];
  private readonly waiting: Waiting[] = [];
  private running = 0;
  private closing: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly sessions: readonly EngineSession[],
    private readonly maxWaiting: number,
  ) {
    this.idle = [...sessions];
  }

  run(sql: string): Promise<Uint8Array> {
    if (this.closed) return Promise.reject(storageErrors.METERLARK_STORAGE_CLICKHOUSE_CLOSED());
    if (this.idle.length === 0 && this.waiting.length >= this.maxWaiting) {
      return Promise.reject(storageErrors.METERLARK_STORAGE_CLICKHOUSE_BUSY({ waiting: this.waiting.length }));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ sql, resolve, reject });
      this.next();
    });
  }

  /** Resolves when everything accepted has been answered: closing under a running statement aborts the engine. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (this.running > 0 || this.waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.closing = resolve;
      });
    }
    for (const session of this.sessions) session.close();
  }

  private next(): void {
    const session = this.idle.pop();
    if (session === undefined) return;
    const job = this.waiting.shift();
    if (job === undefined) {
      this.idle.push(session);
      return;
    }
    this.running += 1;
    void this.serve(session, job);
  }

  private async serve(session: EngineSession, job: Waiting): Promise<void> {
    try {
      const result = await session.queryAsync(job.sql, { format: 'Native' });
      job.resolve(result.bytes());
    } catch (error) {
      job.reject(error);
    } finally {
      this.running -= 1;
      this.idle.push(session);
      this.next();
      if (this.running === 0 && this.waiting.length === 0) this.closing?.();
    }
  }
}
