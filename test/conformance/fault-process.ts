/** A row of faults.yml whose input is a command line, an environment and files. */
import { execFile, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { cleanEnvironment, clickhouseAt, launcher, rootFolder, startProcess, type ServerProcess } from '../server/process.js';

export interface ProcessRow {
  readonly title: string;
  /** What follows `meterlark`; `check` unless given. */
  readonly run?: string;
  /** File name to text; server.yml and inventory.yml are used as such. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What stands before the command runs. */
  readonly given?: 'port taken' | 'folder in use';
  readonly exit: number;
  readonly code: string;
  /** The error behind it, for a start that failed. */
  readonly cause?: string;
  /** What the fault must name; `{folder}` and `{port}` as in the input. */
  readonly file?: string;
  readonly key?: string;
  readonly cure: string;
}

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly cure: string;
  readonly causes: readonly string[];
}

export interface ProcessAnswer {
  readonly exit: number | undefined;
  /** Each once, in the order told. */
  readonly codes: readonly string[];
  readonly message: string;
  readonly cure: string;
  readonly causes: string;
}

export type Fill = (text: string) => string;

const deadlineMs = 30_000;

export async function runRow(row: ProcessRow, folder: string): Promise<{ answer: ProcessAnswer; fill: Fill }> {
  const stage = await prepare(row, folder);
  const fill: Fill = (text) => text.replaceAll('{folder}', folder).replaceAll('{port}', String(stage.port));
  try {
    for (const [name, text] of Object.entries(row.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), fill(text));
    }
    const words = (row.run ?? 'check').split(' ').map(fill);
    const config = existsSync(join(folder, 'server.yml')) ? ['--config', join(folder, 'server.yml')] : [];
    const inventory: Record<string, string> = existsSync(join(folder, 'inventory.yml')) ? { METERLARK_INVENTORY: join(folder, 'inventory.yml') } : {};
    const own = Object.fromEntries(Object.entries(row.env ?? {}).map(([name, value]) => [name, fill(value)]));
    const quiet = words[0] === 'start' ? { METERLARK_HOST_LOG_LEVEL: 'error' } : {};
    const environment = { ...inventory, ...quiet, ...own };
    return { answer: answerOf(await meterlark([...words, ...config, '--json'], environment)), fill };
  } finally {
    await stage.clear();
  }
}

interface Ended {
  readonly exit: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function meterlark(words: readonly string[], added: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: rootFolder, env: cleanEnvironment(added), timeout: deadlineMs, killSignal: 'SIGKILL' as const };
    const child: ChildProcess = execFile(process.execPath, [launcher, ...words], options, (_error, stdout, stderr) => {
      resolve({ exit: child.exitCode ?? undefined, stdout, stderr });
    });
  });
}

/** A command tells its faults on stdout, `start` on stderr after its log; `rules check` tells them by file. */
function answerOf({ exit, stdout, stderr }: Ended): ProcessAnswer {
  const text = [stdout, stderr].map((output) => output.slice(output.search(/^\{$/m))).find((output) => output.startsWith('{\n'));
  if (text === undefined) throw new Error(`no faults in the output: ${stdout}${stderr}`);
  const told = JSON.parse(text.slice(0, text.search(/^\}$/m) + 1)) as { faults?: Fault[]; files?: { faults: Fault[] }[] };
  const faults = told.faults ?? told.files?.flatMap((file) => file.faults) ?? [];
  const all = (pick: (fault: Fault) => string): string => faults.map(pick).join('\n');
  return {
    exit,
    codes: [...new Set(faults.map(({ code }) => code))],
    message: all(({ message }) => message),
    cure: all(({ cure }) => cure),
    causes: all(({ causes }) => causes.join('\n')),
  };
}

interface Stage {
  readonly port: number;
  clear(): Promise<void>;
}

async function prepare({ given }: ProcessRow, folder: string): Promise<Stage> {
  if (given === 'port taken') {
    const server = await listening();
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { port, clear: () => new Promise((done) => server.close(() => done())) };
  }
  if (given === 'folder in use') {
    const server: ServerProcess = await startProcess(clickhouseAt(folder));
    return { port: 0, clear: () => server.end('SIGTERM').then(() => undefined) };
  }
  return { port: 0, clear: () => Promise.resolve() };
}

async function listening(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
