/** `meterlark help`: our own commands, and those that the plugins of the inventory bring. */
import type { Command } from '../../contract/command.js';
import { usage, type CommandLine } from '../arguments.js';
import { commandsOf } from '../command-route.js';
import { openHost } from '../open-host.js';
import { exitCodes, type ExitCode, type Terminal } from '../terminal.js';

export async function helpCommand(line: CommandLine, terminal: Terminal): Promise<ExitCode> {
  const silent = { ...terminal, stderr: { write: () => true, isTTY: false } };
  const commands = await registeredCommands(line, silent).catch(() => []);
  terminal.stdout.write(usage(commands.map(({ name, usage: form, doc }) => ({ usage: `${name} ${form}`.trim(), doc }))));
  return exitCodes.fine;
}

/** Help is what one asks for when something is wrong; `meterlark check` says what. */
async function registeredCommands(line: CommandLine, terminal: Terminal): Promise<readonly Command[]> {
  const { host } = await openHost(line, terminal);
  host.register();
  return commandsOf(host);
}
