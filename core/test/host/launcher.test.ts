import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../../bin/meterlark.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'meterlark-launcher-'));
const copy = join(folder, 'core', 'bin', 'meterlark.cjs');
mkdirSync(join(folder, 'core', 'bin'), { recursive: true });
mkdirSync(join(folder, 'core', 'dist'));
copyFileSync(launcher, copy);
afterAll(() => rmSync(folder, { recursive: true }));

/** A bundle that keeps every pool thread busy and tells how many there are, the time zone's offset and the root. */
const bundle = `
import { pbkdf2 } from 'node:crypto';
import { readdirSync } from 'node:fs';
export async function main(rootFolder) {
  const before = readdirSync('/proc/self/task').length;
  const jobs = Array.from({ length: 64 }, () => new Promise((resolve) => pbkdf2('a', 'b', 10_000, 64, 'sha512', resolve)));
  const threads = readdirSync('/proc/self/task').length;
  await Promise.all(jobs);
  console.log(JSON.stringify({ before, threads, offset: new Date().getTimezoneOffset(), rootFolder, pool: process.env.UV_THREADPOOL_SIZE }));
}
`;

function launch(environment: Record<string, string>): Record<string, unknown> {
  writeFileSync(join(folder, 'core', 'dist', 'main.js'), bundle);
  writeFileSync(join(folder, 'core', 'package.json'), '{"type":"module"}');
  const env = { PATH: process.env['PATH'], TZ: 'America/New_York', ...environment };
  return JSON.parse(execFileSync(process.execPath, [copy], { env, encoding: 'utf8' })) as Record<string, unknown>;
}

describe('the launcher', () => {
  test('without a bundle names the command that builds it and exits 2', () => {
    rmSync(join(folder, 'core', 'dist', 'main.js'), { force: true });
    const { status, stderr } = spawnSync(process.execPath, [copy, 'start'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, 'Meterlark is not built yet. Run: npm run build\n']);
  });

  test.runIf(process.platform === 'linux')('gives the thread pool 16 threads before it is first used, and UTC', () => {
    const seen = launch({});
    expect(seen).toMatchObject({ offset: 0, rootFolder: folder, pool: '16' });
    // V8 and Node have some ten threads of their own; the pool's default of 4 would stay below 16 in all.
    expect(seen['threads']).toBeGreaterThanOrEqual(20);
  });

  test.each([
    ['64', '64'],
    ['4', '16'],
    ['many', '16'],
  ])('a pool size of %s becomes %s', (given, pool) => {
    expect(launch({ UV_THREADPOOL_SIZE: given })).toMatchObject({ pool });
  });
});

/** A bundle whose loading lasts until something comes in on stdin, and a main that tells the signal it was handed. */
const slowBundle = `
import { writeSync } from 'node:fs';
writeSync(1, 'loading\\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
export async function main(rootFolder, { signal }) {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  console.log('heard ' + signal.reason);
  process.exit(0);
}
`;

describe('a signal while the bundle is being loaded', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s is kept for main instead of killing the process', async (signal) => {
    writeFileSync(join(folder, 'core', 'dist', 'main.js'), slowBundle);
    writeFileSync(join(folder, 'core', 'package.json'), '{"type":"module"}');
    const child = spawn(process.execPath, [copy], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (text === '') {
        child.kill(signal);
        child.stdin.write('go on\n');
      }
      text += chunk.toString();
    });
    expect(await ended).toEqual([0, null]);
    expect(text).toBe(`loading\nheard ${signal}\n`);
  });
});
