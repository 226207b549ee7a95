/** Model calls of which logs tell, for one request: those that a page asks for are found together. */
import { setImmediate } from 'node:timers/promises';
import type { LogQuery, ModelCall, StoredLog } from '@meterlark/core';

export class RequestCalls {
  private waiting: StoredLog[] = [];
  private read: Promise<ReadonlyMap<StoredLog, ModelCall | undefined>> | undefined;

  constructor(private readonly logs: Pick<LogQuery, 'calls'>) {}

  async of(log: StoredLog): Promise<ModelCall | undefined> {
    this.waiting.push(log);
    this.read ??= this.readWaiting();
    return (await this.read).get(log);
  }

  /** A page asks for all of them within one turn. */
  private async readWaiting(): Promise<ReadonlyMap<StoredLog, ModelCall | undefined>> {
    await setImmediate();
    const logs = this.waiting;
    this.waiting = [];
    this.read = undefined;
    const calls = await this.logs.calls(logs);
    return new Map(logs.map((log, place) => [log, calls[place]]));
  }
}
