/** What a command may do to the outside world; main.ts has the real one, tests bring their own. */
import type { LogTarget } from './logger.js';

export interface Terminal {
  readonly stdout: LogTarget;
  readonly stderr: LogTarget & { readonly isTTY: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly rootFolder: string;
  /** Aborts on the first SIGTERM or SIGINT; the reason is the signal's name. */
  readonly stopSignal: AbortSignal;
}

/** Exit codes of the outside contract. */
export const exitCodes = { fine: 0, faultsFound: 1, usage: 2, startFailed: 3, uncleanStop: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
