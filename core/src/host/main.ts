/** The process: crashes and the only exit. Signals are heard by the launcher, which is there before this file is loaded. */
import { describeFaults, faultText } from './faults.js';
import { run } from './run.js';
import { exitCodes } from './terminal.js';

/**
 * `rootFolder`: the folder that holds config/, to which relative paths in settings refer. `stopping`: aborted by the first
 * SIGTERM or SIGINT with the signal's name as the reason, perhaps before this is called.
 */
export async function main(rootFolder: string, stopping: AbortController): Promise<void> {
  const crashes: unknown[] = [];
  const onCrash = (error: unknown): void => {
    for (const fault of describeFaults(error)) process.stderr.write(faultText(fault));
    crashes.push(error);
    stopping.abort('crash');
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  // A reader that goes away (a closed pipe) must not crash the server.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const { stdout, stderr, env: environment } = process;
  const terminal = { stdout, stderr, environment, rootFolder, stopSignal: stopping.signal };
  const code = await run(process.argv.slice(2), terminal);
  await drained(stdout);
  await drained(stderr);
  // Everything has been stopped: nothing is in flight any more, so leaving is safe even for native engines.
  process.exit(crashes.length > 0 ? exitCodes.uncleanStop : code);
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
