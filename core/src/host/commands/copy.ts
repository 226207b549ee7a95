/**
 * `meterlark copy`: fills one storage from another, in two small hosts side by side in which nothing but a storage runs.
 * Exit codes: 0 equal, 1 different, failed on the way or stopped (another run goes on), 2 usage or settings, 3 a storage
 * does not open.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageModule } from '../../contract/storage.js';
import { recordModels } from '../../model/record-models.js';
import type { CommandLine } from '../arguments.js';
import { requestOf } from '../command-words.js';
import { beginCopy, installModels, runCopy, type CopyResult } from '../copy/copy.js';
import { copyForm, copyOptions, type CopyOptions } from '../copy/copy-options.js';
import { copyLimits, storeOf, type CopyJob } from '../copy/copy-store.js';
import { reportOf, reportText } from '../copy/report.js';
import { demandSame, readState, StateFile } from '../copy/state-file.js';
import type { CopyState } from '../copy/copy-state.js';
import { hostErrors } from '../errors.js';
import { printFaults } from '../faults.js';
import { openHost } from '../open-host.js';
import type { PreparedHost } from '../prepare.js';
import { exitCodes, type ExitCode, type Terminal } from '../terminal.js';

/** The tenant of everything that is stored today. */
const tenants = [''];

interface Opened {
  readonly options: CopyOptions;
  /** Of the run that began it. */
  readonly state: CopyState | undefined;
  readonly source: PreparedHost;
  readonly target: PreparedHost;
}

export async function copyCommand(line: CommandLine, terminal: Terminal): Promise<ExitCode> {
  let opened: Opened;
  try {
    opened = await open(line, terminal);
  } catch (error) {
    printFaults(terminal, line.json, error);
    return exitCodes.usage;
  }
  const code = await started(opened, line, terminal);
  const stops = [await opened.target.host.stop(), await opened.source.host.stop()];
  return stops.some(({ faults }) => faults.length > 0) ? exitCodes.uncleanStop : code;
}

/** Everything that can be known before a storage is touched. */
async function open(line: CommandLine, terminal: Terminal): Promise<Opened> {
  const options = copyOptions(requestOf(copyForm, line.rest), terminal.rootFolder);
  const state = await readState(options.stateFile);
  if (state !== undefined) demandSame(options.stateFile, state, options);
  const source = await storageHost(options.from, line, terminal);
  const target = await storageHost(options.to, line, terminal);
  return { options, state, source, target };
}

/** A host of the same settings, which select this storage. */
async function storageHost(identity: string, line: CommandLine, terminal: Terminal): Promise<PreparedHost> {
  const flags = new Map([...line.flags, [StorageModule.name, identity.slice(StorageModule.name.length + 1)]]);
  const prepared = await openHost({ ...line, flags }, terminal, { only: [StorageModule.name] });
  prepared.host.register();
  return prepared;
}

async function started(opened: Opened, line: CommandLine, terminal: Terminal): Promise<ExitCode> {
  const { source, target } = opened;
  try {
    await source.host.start();
    await target.host.start();
  } catch (error) {
    printFaults(terminal, line.json, error);
    return exitCodes.startFailed;
  }
  try {
    return print(await copied(opened, terminal.stopSignal), opened.options, line, terminal);
  } catch (error) {
    printFaults(terminal, line.json, error);
    return exitCodes.faultsFound;
  }
}

async function copied({ options, state, source, target }: Opened, stopping: AbortSignal): Promise<CopyResult> {
  const job: CopyJob = {
    source: storeOf(source.host),
    target: storeOf(target.host),
    tenants,
    models: recordModels,
    limits: copyLimits,
    clock: source.clock,
    logger: source.logger,
    sleep: (milliseconds) => sleep(milliseconds, undefined, { signal: stopping }).catch(() => undefined),
    stopping,
  };
  await installModels(job);
  const occupied = (): Error => hostErrors.METERLARK_HOST_COPY_OCCUPIED({ to: options.to, file: options.stateFile });
  const begun = state ?? (await beginCopy(job, options, { id: randomUUID().slice(0, 8), occupied }));
  // What was asked of the target may not have been answered in full.
  if (stopping.aborted) return undefined;
  return runCopy(job, await StateFile.open(options.stateFile, begun));
}

function print(result: CopyResult, { stateFile }: CopyOptions, line: CommandLine, { stdout, stderr }: Terminal): ExitCode {
  if (result === undefined) {
    if (line.json) stdout.write(`${JSON.stringify({ stopped: true, state: stateFile }, undefined, 2)}\n`);
    stderr.write(`stopped; run the same command again to go on (${stateFile})\n`);
    return exitCodes.faultsFound;
  }
  const report = reportOf(result);
  stdout.write(line.json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
  return report.equal ? exitCodes.fine : exitCodes.faultsFound;
}
