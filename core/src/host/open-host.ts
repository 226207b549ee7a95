/** What every command that needs a host does first. */
import type { CommandLine } from './arguments.js';
import { createLogger } from './logger.js';
import { prepareHost, type HostOptions, type PreparedHost } from './prepare.js';
import { readSources } from './sources.js';
import type { Terminal } from './terminal.js';

export async function openHost(
  line: CommandLine,
  terminal: Terminal,
  options: Pick<HostOptions, 'watchProcess' | 'without' | 'only'> = {},
): Promise<PreparedHost> {
  const { environment, rootFolder, stderr } = terminal;
  const sources = await readSources({ rootFolder, config: line.config, environment });
  return prepareHost({
    rootFolder,
    sources,
    environment,
    flags: line.flags,
    ...options,
    makeLogger: ({ logLevel, logFormat }) => {
      const json = line.json || logFormat === 'json' || (logFormat === 'auto' && !stderr.isTTY);
      return createLogger({ logLevel, json }, stderr);
    },
  });
}
