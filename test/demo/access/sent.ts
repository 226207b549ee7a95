/** Access logs of one gateway as they were sent. */
import type { AgentRun } from '../agent/runs.js';
import type { Window } from '../client.js';
import type { AccessLine } from './line.js';

export interface SentLines {
  readonly service: string;
  readonly lines: readonly AccessLine[];
  /** The gateway sent spans, too. */
  readonly traced: boolean;
  /** Of the application whose calls are among them, by trace id. */
  readonly runs: ReadonlyMap<string, AgentRun>;
  /** The service of these. */
  readonly caller: string;
  /** Minutes in which requests began. */
  readonly window: Window;
}
