import { storageErrors } from '../errors.js';

/** Knows what is running, so that closing can wait for whole operations: a batch of several tables is one. */
export class InFlight {
  private readonly running = new Set<Promise<unknown>>();
  private draining = false;

  run<T>(start: () => Promise<T>): Promise<T> {
    if (this.draining) return Promise.reject(storageErrors.METERLARK_STORAGE_CLICKHOUSE_CLOSED());
    const operation = start();
    this.running.add(operation);
    const forget = (): void => void this.running.delete(operation);
    operation.then(forget, forget);
    return operation;
  }

  /** Refuses what comes from now on; resolves when what came before has ended, well or not. */
  async drain(): Promise<void> {
    this.draining = true;
    await Promise.allSettled(this.running);
  }
}
