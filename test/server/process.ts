/** The built server as a process of its own, started as `npm start` starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const launcher = fileURLToPath(new URL('../../core/bin/meterlark.cjs', import.meta.url));
export const rootFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly grpcUrl: string;
  readonly httpUrl: string;
  readonly adminUrl: string;
  readonly readyLine: string;
  /** Ends it with a signal and gives its exit code (undefined when the signal killed it). */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | undefined>;
}

const anyPorts = {
  METERLARK_SERVER_GRPC_PORT: '0',
  METERLARK_SERVER_HTTP_PORT: '0',
  METERLARK_SERVER_ADMIN_PORT: '0',
};
/** Of providers of config/inventory.yml, which an inventory of the test's own need not have. */
const anyExtraPorts = { METERLARK_RECEIVER_ZIPKIN_PORT: '0', METERLARK_ENDPOINT_ZIPKIN_PORT: '0', METERLARK_ENDPOINT_LOGQL_PORT: '0' };

/** The environment without settings of whoever runs the tests. */
export function cleanEnvironment(added: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(process.env).filter(([name, value]) => value !== undefined && !/^(METERLARK|SW)_/.test(name));
  const extra = 'METERLARK_INVENTORY' in added ? {} : anyExtraPorts;
  return { ...(Object.fromEntries(own) as Record<string, string>), ...anyPorts, ...extra, ...added };
}

export async function startProcess(added: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [launcher, 'start'], {
    cwd: rootFolder,
    env: cleanEnvironment(added),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('meterlark ready ')) continue;
    child.stdout.resume();
    const port = (name: string): string => new RegExp(`${name}=(\\d+)`).exec(line)?.[1] ?? '0';
    return {
      child,
      readyLine: line,
      grpcUrl: `http://127.0.0.1:${port('grpc')}`,
      httpUrl: `http://127.0.0.1:${port('http')}`,
      adminUrl: `http://127.0.0.1:${port('admin')}`,
      end: async (signal) => {
        child.kill(signal);
        const [code] = await exited;
        return code ?? undefined;
      },
    };
  }
  throw new Error(`the server ended before it was ready: ${log.join('')}`);
}

export function clickhouseAt(folder: string): Record<string, string> {
  return { METERLARK_STORAGE: 'clickhouse', METERLARK_STORAGE_CLICKHOUSE_PATH: join(folder, 'data') };
}
