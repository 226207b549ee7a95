/** Processes that are measured, each with the probe in it: the server as `npm start` starts it, and the harness's own roles. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const rootFolder = fileURLToPath(new URL('../..', import.meta.url));
const launcher = join(rootFolder, 'core', 'bin', 'meterlark.cjs');
const probe = join(rootFolder, 'test', 'bench', 'probe.cjs');
const self = fileURLToPath(import.meta.url);

/** Since the last question. */
export interface Usage {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuMs: number;
  readonly rssMiB: number;
}

export interface Program {
  /** The first line that the program printed: where it listens. */
  readonly line: string;
  usage(): Promise<Usage>;
  /** Sends a message to a role and gives its answer. */
  ask<T>(message: unknown): Promise<T>;
  end(): Promise<void>;
}

export interface Server extends Program {
  readonly grpcPort: number;
  readonly httpUrl: string;
  readonly adminUrl: string;
}

const anyPorts = {
  METERLARK_SERVER_GRPC_PORT: '0',
  METERLARK_SERVER_HTTP_PORT: '0',
  METERLARK_SERVER_ADMIN_PORT: '0',
  METERLARK_RECEIVER_ZIPKIN_PORT: '0',
  METERLARK_ENDPOINT_ZIPKIN_PORT: '0',
  METERLARK_ENDPOINT_LOGQL_PORT: '0',
};

/** Default settings but for ports and storage; nothing of whoever runs the bench. */
function environment(added: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(process.env).filter(([name, value]) => value !== undefined && !/^(METERLARK|SW)_|^NODE_OPTIONS$/.test(name));
  return { ...(Object.fromEntries(own) as Record<string, string>), ...anyPorts, ...added };
}

/** `folder`: of the embedded store; without one the server keeps all in memory. `added`: to its environment. */
export async function startServer(folder?: string, probed = true, added: Readonly<Record<string, string>> = {}): Promise<Server> {
  const storage = folder === undefined ? { METERLARK_STORAGE: 'memory' } : { METERLARK_STORAGE_CLICKHOUSE_PATH: folder };
  const program = await start([...(probed ? ['--require', probe] : []), launcher, 'start'], { METERLARK_HOST_LOG_LEVEL: 'error', ...storage, ...added });
  const port = (name: string): number => Number(new RegExp(`${name}=(\\d+)`).exec(program.line)?.[1]);
  return { ...program, grpcPort: port('grpc'), httpUrl: `http://127.0.0.1:${port('http')}`, adminUrl: `http://127.0.0.1:${port('admin')}` };
}

/** This very program in another role; `argument` is for that role. */
export function startRole(role: string, argument = ''): Promise<Program> {
  return start(['--require', probe, self, '--role', role, argument], {});
}

async function start(args: readonly string[], added: Readonly<Record<string, string>>): Promise<Program> {
  const child = spawn(process.execPath, args, { cwd: rootFolder, env: environment(added), stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const { stdout } = child;
  if (stdout === null) throw new Error('the program has no output');
  const first = once(createInterface(stdout), 'line') as Promise<[string]>;
  const gone = exited.then(([code]) => Promise.reject(new Error(`${args.join(' ')} ended with ${String(code)} before it was ready`)));
  const [line] = await Promise.race([first, gone]);
  gone.catch(() => undefined);
  stdout.resume();
  return { line, usage: () => ask<Usage>(child, 'probe'), ask: (message) => ask(child, message), end: () => end(child, exited) };
}

async function ask<T>(child: ChildProcess, message: unknown): Promise<T> {
  const answered = once(child, 'message') as Promise<[T]>;
  child.send(message as object);
  return (await answered)[0];
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  await exited;
}
