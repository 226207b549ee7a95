/** A plugin's command: in the running server when it needs the store and one runs, otherwise in this process. */
import type { Command, CommandRequest, CommandResult } from '../../contract/command.js';
import { isRecord } from '../../kernel/record.js';
import type { CommandLine } from '../arguments.js';
import { commandsOf, commandsPath, type RemoteCommand, type RemoteFaults } from '../command-route.js';
import { findCommand } from '../command-words.js';
import { hostErrors } from '../errors.js';
import { faultText, printFaults } from '../faults.js';
import { openHost } from '../open-host.js';
import type { PreparedHost } from '../prepare.js';
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
    const answer = command.needsStore ? await remotely(command, request, prepared) : await command.run(request);
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

/** undefined when no server listens on the admin port of the settings. */
async function remotely({ name }: Command, request: CommandRequest, { plan }: PreparedHost): Promise<CommandResult | RemoteFaults | undefined> {
  const url = adminUrl(plan);
  if (url === undefined) return undefined;
  let response: Response;
  try {
    const body = JSON.stringify({ name, ...request } satisfies RemoteCommand);
    response = await fetch(url + commandsPath, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
  const text = await response.text();
  const answer = response.status === 200 || response.status === 422 ? parsed(text) : undefined;
  if (isRecord(answer) && (isResult(answer) || Array.isArray(answer['faults']))) return answer as unknown as CommandResult | RemoteFaults;
  throw hostErrors.METERLARK_HOST_SERVER_ANSWER({ url, status: response.status, reason: text.slice(0, 200) });
}

/** undefined when the port is 0: such a server can be found by nobody. */
function adminUrl(plan: PreparedHost['plan']): string | undefined {
  const shared = plan.settings.find(({ identity }) => identity === 'server/shared')?.config;
  const admin = isRecord(shared) ? shared['admin'] : undefined;
  if (!isRecord(admin) || typeof admin['host'] !== 'string' || typeof admin['port'] !== 'number' || admin['port'] === 0) return undefined;
  const host = admin['host'] === '0.0.0.0' ? '127.0.0.1' : admin['host'] === '::' ? '::1' : admin['host'];
  return `http://${host.includes(':') ? `[${host}]` : host}:${admin['port']}`;
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const reasons = cause instanceof AggregateError ? (cause.errors as unknown[]) : [cause];
  return reasons.length > 0 && reasons.every((reason) => isRecord(reason) && reason['code'] === 'ECONNREFUSED');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isResult(answer: Readonly<Record<string, unknown>>): boolean {
  return typeof answer['text'] === 'string' && typeof answer['found'] === 'boolean';
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
