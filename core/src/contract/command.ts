/** Commands that plugins bring to the command line. */
import { serviceToken } from '../kernel/token.js';

export interface CommandRequest {
  /** What follows the command's name. */
  readonly words: readonly string[];
  /** `--from X` and `--dry-run` as `from: 'X'` and `dry-run: true`. */
  readonly options: Readonly<Record<string, string | boolean>>;
}

export interface CommandResult {
  /** For people. */
  readonly text: string;
  /** The same as plain data, for `--json`. */
  readonly json: unknown;
  /** Faults or differences were found: the command line exits 1. */
  readonly found: boolean;
}

export interface Command {
  /** One or two words: `reprice`, `mask check`. */
  readonly name: string;
  /** `MODEL … | --list`, for the help text, and one sentence. */
  readonly usage: string;
  readonly doc: string;
  /** Options that take a value, and those that do not. */
  readonly options: Readonly<Record<string, 'value' | 'flag'>>;
  /**
   * true: runs inside the server that is running (by its admin port), or, when none runs, inside a host started for
   * it without listeners. false: runs after `register`, nothing is started.
   */
  readonly needsStore: boolean;
  /** A MeterlarkError of bad words or options makes the command line exit 2. */
  run(request: CommandRequest): Promise<CommandResult>;
}

export const Commands = serviceToken<readonly Command[]>('host.Commands');
