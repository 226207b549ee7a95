/** A signal at any moment of a start drains and exits 0, from the launcher's first lines on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanEnvironment, clickhouseAt, launcher, rootFolder } from './process.js';

const folder = mkdtempSync(join(tmpdir(), 'meterlark-signal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Preloaded: says the moment from which signals are heard. Before it, they belong to Node and the system.
const preload = join(folder, 'preload.cjs');
writeFileSync(
  preload,
  `const { on } = process;
process.on = function (event, listener) {
  const result = on.call(this, event, listener);
  if (event === 'SIGINT') require('node:fs').writeSync(2, 'signals are heard\\n');
  return result;
};`,
);

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly log: string;
}

async function startAndStop(signal: 'SIGTERM' | 'SIGINT', afterMs: number, environment: Record<string, string>): Promise<End> {
  const child = spawn(process.execPath, ['--require', preload, launcher, 'start'], {
    cwd: rootFolder,
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    // The moments are the input of this test, not a wait for anything.
    if (log === '') setTimeout(() => child.kill(signal), afterMs);
    log += chunk.toString();
  });
  const [code, killedBy] = await closed;
  return { code, signal: killedBy, log };
}

const moments = [0, 10, 20, 50, 90, 150, 300];

test.each(moments)('SIGTERM %d ms into a start in memory exits 0', async (afterMs) => {
  const { log, ...end } = await startAndStop('SIGTERM', afterMs, { METERLARK_STORAGE: 'memory' });
  expect(end, log).toEqual({ code: 0, signal: null });
  expect(log).not.toMatch(/"level":"error"|METERLARK_\w+: /);
});

test.each(moments)('SIGINT %d ms into a start of the embedded ClickHouse exits 0', async (afterMs) => {
  const { log, ...end } = await startAndStop('SIGINT', afterMs, clickhouseAt(join(folder, `at-${afterMs}`)));
  expect(end, log).toEqual({ code: 0, signal: null });
  expect(log).not.toMatch(/"level":"error"|METERLARK_\w+: /);
});
