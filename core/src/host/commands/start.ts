/** `meterlark start`: runs until a signal; resolves with the exit code after everything has stopped. */
import { adminAddressOf } from '../admin-address.js';
import type { CommandLine } from '../arguments.js';
import { hostErrors } from '../errors.js';
import { printFaults } from '../faults.js';
import { serveCommands } from '../command-route.js';
import { openHost } from '../open-host.js';
import type { PreparedHost } from '../prepare.js';
import { exitCodes, type ExitCode, type Terminal } from '../terminal.js';
import { Listeners, type BoundPorts } from '../../contract/server.js';
import { StorageModule } from '../../contract/storage.js';

export async function startCommand(line: CommandLine, terminal: Terminal): Promise<ExitCode> {
  const { stopSignal, stderr, stdout } = terminal;
  const fail = (error: unknown): void => printFaults({ stdout: stderr, stderr }, line.json, error);
  const opened = await unlessAborted(stopSignal, openHost(line, terminal, { watchProcess: true }).then(registered));
  if (opened.state === 'aborted') return exitCodes.fine;
  if (opened.state === 'failed') {
    fail(opened.error);
    return exitCodes.usage;
  }
  const prepared = opened.value;
  const started = await unlessAborted(stopSignal, prepared.host.start().then(() => readyLine(prepared)));
  if (started.state === 'failed') {
    fail(started.error);
    await prepared.host.stop();
    return exitCodes.startFailed;
  }
  if (started.state === 'done') stdout.write(`${started.value}\n`);
  await aborted(stopSignal);
  return endOf(prepared, stopSignal);
}

function registered(prepared: PreparedHost): PreparedHost {
  prepared.host.register();
  serveCommands(prepared.host, adminAddressOf(prepared.plan)?.host ?? '');
  return prepared;
}

async function endOf({ host, logger }: PreparedHost, { reason }: AbortSignal): Promise<ExitCode> {
  logger.info('stopping', { signal: String(reason) });
  const { faults } = await host.stop();
  logger.info('stopped', { clean: faults.length === 0 });
  return faults.length === 0 ? exitCodes.fine : exitCodes.uncleanStop;
}

function readyLine({ host, plan, logger }: PreparedHost): string {
  const ports = host.get(Listeners).ports();
  if (ports === undefined) throw hostErrors.METERLARK_HOST_NO_PORTS();
  const storage = plan.providers.find(({ definition }) => definition.module.name === StorageModule.name)?.definition.name ?? 'none';
  hint(ports, logger);
  return `meterlark ready grpc=${ports.grpc} http=${ports.http} admin=${ports.admin} storage=${storage} ms=${Math.round(performance.now())}`;
}

/** Where to point an exporter and a browser. */
function hint({ grpc, http, admin, extra }: BoundPorts, logger: PreparedHost['logger']): void {
  logger.info('send OTLP here, ask there', {
    otlpGrpc: `http://localhost:${grpc}`,
    otlpHttp: `http://localhost:${http}`,
    graphql: `http://localhost:${http}/graphql`,
    admin: `http://127.0.0.1:${admin}/metrics`,
    ...Object.fromEntries(Object.entries(extra).map(([provider, port]) => [provider, `http://localhost:${port}`])),
  });
}

type Attempt<T> = { readonly state: 'done'; readonly value: T } | { readonly state: 'failed'; readonly error: unknown } | { readonly state: 'aborted' };

/** A signal ends the wait at once, even for work that never ends. Work that ended because of the signal was aborted too. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<Attempt<T>> {
  const attempt = work.then(
    (value): Attempt<T> => ({ state: 'done', value }),
    (error: unknown): Attempt<T> => ({ state: 'failed', error }),
  );
  const result = await Promise.race([attempt, aborted(signal).then((): Attempt<T> => ({ state: 'aborted' }))]);
  return signal.aborted ? { state: 'aborted' } : result;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
