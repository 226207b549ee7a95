/** A plugin's command: in the running server when it needs the store and one runs, otherwise in this process. */
import type { Command, CommandRequest, CommandResult } from '../../contract/command.js';
import { adminAddressOf } from '../admin-address.js';
import type { CommandLine } from '../arguments.js';
import { commandsOf, type RemoteFaults } from '../command-route.js';
import { findCommand } from '../command-words.js';
import { faultText, printFaults } from '../faults.js';
import { openHost } from '../open-host.js';
import type { PreparedHost } from '../prepare.js';
import { runRemotely } from '../remote-command.js';
import { exitCodes, type ExitCode, type Terminal } from '../terminal.js';

export async function pluginCommand(line: CommandLine, terminal: Terminal): Promise<ExitCode> {
  let prepared: PreparedHost;
  let found: { readonly command: Command; readonly request: CommandRequest };
  try {
    // Without the listeners: a command opens no ports.
    prepared = await openHost(line, terminal, { without: ['listener'] });
    prepared.host.register();
    found = findCommand(commandsOf(prepared.host), line.rest);
  } catch (error) {
    printFaults(terminal, line.json, error);
    return exitCodes.usage;
  }
  try {
    const { command, request } = found;
    const answer = command.needsStore ? await runRemotely(command, request, adminAddressOf(prepared.plan)) : await command.run(request);
    if (answer === undefined) return await locally(found, prepared, { line, terminal });
    return 'faults' in answer ? refused(answer, line, terminal) : print(answer, line, terminal);
  } catch (error) {
    printFaults(terminal, line.json, error);
    return exitCodes.usage;
  }
}

function print({ text, json, found }: CommandResult, line: CommandLine, { stdout }: Terminal): ExitCode {
  stdout.write(line.json ? `${JSON.stringify(json, undefined, 2)}\n` : text.endsWith('\n') ? text : `${text}\n`);
  return found ? exitCodes.faultsFound : exitCodes.fine;
}

function refused({ faults }: RemoteFaults, line: CommandLine, { stdout, stderr }: Terminal): ExitCode {
  if (line.json) stdout.write(`${JSON.stringify({ ok: false, faults }, undefined, 2)}\n`);
  else for (const fault of faults) stderr.write(faultText(fault));
  return exitCodes.usage;
}

async function locally(
  { command, request }: { readonly command: Command; readonly request: CommandRequest },
  { host }: PreparedHost,
  { line, terminal }: { readonly line: CommandLine; readonly terminal: Terminal },
): Promise<ExitCode> {
  try {
    await host.start();
  } catch (error) {
    printFaults(terminal, line.json, error);
    await host.stop();
    return exitCodes.startFailed;
  }
  let code: ExitCode;
  try {
    code = print(await command.run(request), line, terminal);
  } catch (error) {
    printFaults(terminal, line.json, error);
    code = exitCodes.usage;
  }
  const { faults } = await host.stop();
  return faults.length === 0 ? code : exitCodes.uncleanStop;
}
