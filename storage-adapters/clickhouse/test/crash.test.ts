import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { oneRow } from './one-row.js';
import { openTestStore, testFolder, type OpenedStore, type TestFolder } from './surroundings.js';

const room = fileURLToPath(new URL('..', import.meta.url));
// Inside the room, so that it finds the room's packages.
const program = join(room, 'dist', `crash-child-${process.pid}.mjs`);
const minute = Math.floor(Date.now() / 60_000) * 60_000;
let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
  await mkdir(join(room, 'dist'), { recursive: true });
  await build({
    entryPoints: [join(room, 'test', 'crash-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    packages: 'bundle',
    external: ['chdb', '@clickhouse/client', 'inversify', 'reflect-metadata'],
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'error',
  });
});
afterEach(async () => {
  await rm(program, { force: true });
  await folder.remove();
});

/** Runs the writer until it has had that many batches acknowledged, then kills it; answers the last one it reported. */
async function killAfter(acknowledged: number): Promise<number> {
  const child = spawn(process.execPath, [program, folder.path, String(minute)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last === acknowledged) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return last;
}

async function totals(store: OpenedStore): Promise<number[]> {
  const query = { tenant: '', selections: [{ metric: 'm', kind: 'sum' as const }], entityIds: ['e'], fromMs: 0, toMs: minute + 86_400_000 };
  const steps = ['minute', 'hour', 'day'] as const;
  const answers = await Promise.all(steps.map((step) => store.metricReader.read({ ...query, step })));
  return answers.map((buckets) => buckets.reduce((total, bucket) => total + bucket.state.a, 0));
}

test('a killed process loses nothing it acknowledged, and writing all of it again adds nothing', async () => {
  const last = await killAfter(7);
  const store = await openTestStore({ path: folder.path });
  const [minutes, hours, days] = await totals(store);
  expect(minutes).toBeGreaterThanOrEqual(last);
  expect(minutes).toBeLessThanOrEqual(last + 1);
  expect([hours, days]).toEqual([minutes, minutes]);
  for (let batch = 1; batch <= last + 1; batch += 1) await store.metricWriter.write(oneRow(batch, minute));
  expect(await totals(store)).toEqual([last + 1, last + 1, last + 1]);
  await store.close();
}, 60_000);
