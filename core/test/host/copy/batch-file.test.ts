import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { beginCopy, installModels, runCopy } from '../../../src/host/copy/copy.js';
import type { Intent } from '../../../src/host/copy/copy-state.js';
import { readState, StateFile } from '../../../src/host/copy/state-file.js';
import { recordRows } from '../../../src/model/record-building.js';
import { recordModels } from '../../../src/model/record-models.js';
import { type CopyBench, occupied, request, withWrites } from './copy-bench.js';
import { expectSameMetrics, expectSameRecords, filled } from './copy-checks.js';
import { recordOf } from './full-source.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterlark-copy-'));
  file = join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function begun(bench: CopyBench): Promise<StateFile> {
  await installModels(bench.job());
  return StateFile.open(file, await beginCopy(bench.job(), request, { id: 'a1b2', occupied }));
}

const oddRows = {
  kind: 'histogram',
  keys: [{ tenant: '', metric: 'm', kind: 'histogram', entityId: '\u0000é', labels: '', source: '' }],
  minutes: Float64Array.of(1, 2, 3),
  a: Float64Array.of(0.1, -0, NaN),
  b: Float64Array.of(Infinity, 5e-324, 2 ** 60),
  histograms: [{ bounds: [1, 2], counts: [0.5, 3] }],
} as const;

async function killedInFirstBatch(bench: CopyBench): Promise<void> {
  const { target } = bench;
  bench.target = withWrites(target, () => Promise.reject(new Error('killed')));
  await expect(runCopy(bench.job(), await begun(bench))).rejects.toThrow('killed');
  bench.target = target;
}

describe('the batch under way', () => {
  test('comes back from its file exactly as it was', async () => {
    const bench = await filled();
    const kept = await begun(bench);
    const model = recordModels[0]!;
    const rows = recordRows(model, Array.from({ length: 20 }, (_, place) => recordOf(model, place)));
    const intents: Intent[] = [
      { part: 'metrics', batches: [{ writer: 'w', sequence: 1, rows: [oddRows] }], changes: { metrics: { sequence: 1, done: true } } },
      { part: 'records', fromUs: 7, batches: [{ writer: 'w', sequence: 2, rows: [rows] }], changes: {} },
    ];
    for (const intent of intents) {
      await kept.intend(intent);
      expect(await kept.intent()).toEqual(intent);
    }
    expect([statSync(`${file}.batch`).mode & 0o777, existsSync(`${file}.batch.new`)]).toEqual([0o600, false]);
  });

  test('is written again by the next run, and the file goes with the end of the copy', async () => {
    const bench = await filled();
    await killedInFirstBatch(bench);
    expect(existsSync(`${file}.batch`)).toBe(true);
    const state = await readState(file);
    expect(await runCopy(bench.job(), await StateFile.open(file, state!))).toBeDefined();
    expect(bench.logger.lines.some(({ message }) => message.includes('written again'))).toBe(true);
    await expectSameMetrics(bench.source, bench.target);
    await expectSameRecords(bench.source, bench.target);
    expect([existsSync(file), existsSync(`${file}.batch`)]).toEqual([true, false]);
    expect(await readState(file)).toMatchObject({ metrics: { done: true }, records: { done: true } });
  });

  test('of another copy is not written', async () => {
    const bench = await filled();
    await killedInFirstBatch(bench);
    const other = await StateFile.open(file, { ...(await readState(file))!, id: 'c3d4' });
    await runCopy(bench.job(), other);
    expect(bench.logger.lines.some(({ message }) => message.includes('written again'))).toBe(false);
    await expectSameMetrics(bench.source, bench.target);
  });

  test.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ['changed', (bytes: Buffer) => bytes.map((byte, place) => (place === bytes.length >> 1 ? byte ^ 1 : byte))],
    ['empty', () => Buffer.alloc(0)],
  ])('that is %s ends the copy before anything is written', async (_name, damage) => {
    const bench = await filled();
    await killedInFirstBatch(bench);
    writeFileSync(`${file}.batch`, damage(readFileSync(`${file}.batch`)));
    bench.target = withWrites(bench.target, () => Promise.reject(new Error('nothing is to be written')));
    await expect(runCopy(bench.job(), await StateFile.open(file, (await readState(file))!))).rejects.toMatchObject({ code: 'METERLARK_HOST_COPY_STATE' });
  });

  test('that is gone makes the state useless, as long as the copy is not done', async () => {
    const bench = await filled();
    const { target } = bench;
    bench.target = withWrites(target, async (_kind, { sequence }, write) => {
      if (sequence === 9) throw new Error('killed');
      await write();
    });
    await expect(runCopy(bench.job(), await begun(bench))).rejects.toThrow('killed');
    await rm(`${file}.batch`);
    await expect(readState(file)).rejects.toMatchObject({ code: 'METERLARK_HOST_COPY_STATE' });
  });

  test('that cannot be kept is not written', async () => {
    const bench = await filled();
    mkdirSync(`${file}.batch.new`);
    bench.target = withWrites(bench.target, () => Promise.reject(new Error('nothing is to be written')));
    await expect(runCopy(bench.job(), await begun(bench))).rejects.toMatchObject({ code: 'METERLARK_HOST_COPY_UNWRITABLE' });
  });
});
