import { setTimeout } from 'node:timers/promises';
import { isMeterlarkError, type Counter } from '@meterlark/core';
import type { Connection } from './connection.js';

export interface RetryPolicy {
  /** Tries in all; 1 never retries. */
  readonly attempts: number;
  readonly initialMs: number;
  readonly maxMs: number;
}

export interface RetryDependencies {
  readonly sleep: (ms: number) => Promise<unknown>;
  /** In [0, 1): spreads the retries of several servers. */
  readonly random: () => number;
  readonly retries: Counter;
}

export const realTime: Omit<RetryDependencies, 'retries'> = { sleep: (ms) => setTimeout(ms), random: Math.random };

/** Our own refusals are final for this call: the queue is full or the storage closed. */
const notHere: ReadonlySet<string> = new Set(['METERLARK_STORAGE_CLICKHOUSE_BUSY', 'METERLARK_STORAGE_CLICKHOUSE_CLOSED']);

/** Retries what may pass with exponential back-off; inserts too, because their tokens make a repetition harmless. */
export function withRetries(connection: Connection, policy: RetryPolicy, dependencies: RetryDependencies): Connection {
  const retry = async <T>(run: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run();
      } catch (error) {
        if (attempt >= policy.attempts || !mayPass(error)) throw error;
        dependencies.retries.add();
        await dependencies.sleep(delayMs(policy, attempt, dependencies.random()));
      }
    }
  };
  const { script } = connection;
  return {
    ...(script === undefined ? {} : { script: (statements) => retry(() => script.call(connection, statements)) }),
    command: (sql) => retry(() => connection.command(sql)),
    query: (sql) => retry(() => connection.query(sql)),
    insert: (requests) => retry(() => connection.insert(requests)),
    recover: () => connection.recover(),
    close: () => connection.close(),
  };
}

/** Doubles from `initialMs` to `maxMs`; at least half of it, the rest by chance. */
export function delayMs(policy: RetryPolicy, attempt: number, random: number): number {
  const full = Math.min(policy.maxMs, policy.initialMs * 2 ** (attempt - 1));
  return full / 2 + (full / 2) * random;
}

function mayPass(error: unknown): boolean {
  return isMeterlarkError(error) && error.class === 'retryable' && !notHere.has(error.code);
}
