import { exitCodes, type ExitCode, type Terminal } from '../../src/host/terminal.js';
import { run } from '../../src/host/run.js';

/** A terminal in memory; `stop` is what SIGTERM does. */
export class FakeTerminal implements Terminal {
  out = '';
  log = '';
  private readonly controller = new AbortController();
  private readonly waiters: { readonly text: string; readonly resolve: () => void }[] = [];

  readonly stdout = { write: (text: string): void => this.print(text) };
  readonly stderr = { isTTY: false, write: (text: string): void => void (this.log += text) };
  readonly stopSignal = this.controller.signal;

  constructor(
    readonly rootFolder: string,
    readonly environment: Readonly<Record<string, string>> = {},
  ) {}

  stop(signal = 'SIGTERM'): void {
    this.controller.abort(signal);
  }

  run(...argv: string[]): Promise<ExitCode> {
    return run(argv, this);
  }

  /** Resolves when the text has been printed on stdout. */
  printed(text: string): Promise<void> {
    if (this.out.includes(text)) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ text, resolve }));
  }

  private print(text: string): void {
    this.out += text;
    for (const waiter of this.waiters) if (this.out.includes(waiter.text)) waiter.resolve();
  }
}

export { exitCodes };
