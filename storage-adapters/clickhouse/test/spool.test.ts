import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import type { InsertRequest } from '../src/connection/connection.js';
import { Spool, spoolLimits, type SpoolLimits, type WritableFile } from '../src/connection/spool.js';
import { testFolder, type TestFolder } from './surroundings.js';

let folder: TestFolder;
let logger: RecordingLogger;
let selfMetrics: RecordingMetrics;
beforeEach(async () => {
  folder = await testFolder();
  logger = new RecordingLogger();
  selfMetrics = new RecordingMetrics();
});
afterEach(() => folder.remove());

type Write = (path: string, blocks: readonly Uint8Array[]) => Promise<number>;

async function openSpool(limits: Partial<SpoolLimits> = {}, write?: Write): Promise<Spool> {
  const create = async (path: string): Promise<WritableFile> => {
    await writeFile(path, '');
    const writev = async (blocks: readonly Uint8Array[]) => ({ bytesWritten: await (write ?? whole)(path, blocks) });
    return { writev, close: async () => undefined };
  };
  const spool = new Spool(folder.path, { logger, selfMetrics, limits: { ...spoolLimits, ...limits }, create });
  await spool.prepare();
  return spool;
}

const whole: Write = async (path, blocks) => {
  await writeFile(path, Buffer.concat(blocks));
  return Buffer.concat(blocks).byteLength;
};

function request(token: string, ...lengths: readonly number[]): InsertRequest {
  return { table: 'metric_sums_minute', columns: ['a'], token, blocks: lengths.map((length) => new Uint8Array(length)) };
}

const retryable = { code: 'METERLARK_STORAGE_CLICKHOUSE_OVERLOADED', class: 'retryable' };
const names = async (): Promise<string[]> => (await readdir(folder.path)).sort();
const rejectedNames = async (): Promise<string[]> => (await readdir(join(folder.path, 'rejected'))).sort();

describe('writing', () => {
  test('makes a file whose name tells its length', async () => {
    const spool = await openSpool();
    const [file] = await spool.write([request('t', 3, 4)]);
    expect(file).toMatchObject({ table: 'metric_sums_minute', token: 't', bytes: 7 });
    expect(await names()).toEqual(['metric_sums_minute.t.7.native', 'rejected']);
    expect(await spool.isWhole(file!)).toBe(true);
    await writeFile(file!.path, 'cut');
    expect(await spool.isWhole(file!)).toBe(false);
  });

  test('that the disk cuts short without an error is retryable and leaves nothing, also of the other files', async () => {
    const short: Write = async (path, blocks) => (path.includes('.b.') ? 65_536 : whole(path, blocks));
    const spool = await openSpool({}, short);
    const writing = spool.write([request('a', 10), request('b', 45_000, 45_000)]);
    await expect(writing).rejects.toMatchObject({ ...retryable, fields: { reason: 'the disk took 65536 of 90000 bytes' } });
    expect(await names()).toEqual(['rejected']);
    expect(selfMetrics.value('meterlark_storage_clickhouse_spool_bytes')).toBe(0);
  });

  test.each(['ENOSPC', 'EIO', 'EDQUOT', 'EROFS'])('that fails with %s is retryable and leaves nothing', async (code) => {
    const spool = await openSpool({}, () => Promise.reject(Object.assign(new Error(`${code}: no`), { code })));
    await expect(spool.write([request('a', 10)])).rejects.toMatchObject({ ...retryable, cause: { code } });
    expect(await names()).toEqual(['rejected']);
  });

  test('goes on after the disk has room again', async () => {
    let full = true;
    const spool = await openSpool({}, async (path, blocks) => (full ? 1 : whole(path, blocks)));
    await expect(spool.write([request('a', 10)])).rejects.toMatchObject(retryable);
    full = false;
    await expect(spool.write([request('a', 10)])).resolves.toHaveLength(1);
  });
});

describe('what waits for the engine', () => {
  test('is bounded by count; a batch over it is refused as retryable, counted and logged, until one is gone', async () => {
    const spool = await openSpool({ maxFiles: 2 });
    const [first] = await spool.write([request('a', 1), request('b', 1)]);
    await expect(spool.write([request('c', 1)])).rejects.toMatchObject(retryable);
    expect(selfMetrics.value('meterlark_storage_clickhouse_spool_full_total')).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'warn', message: 'spool full, batch refused' }]);
    await spool.remove(first!);
    await expect(spool.write([request('c', 1)])).resolves.toHaveLength(1);
  });

  test('is bounded by bytes, files of an earlier process included; one large batch passes an empty spool', async () => {
    const earlier = await openSpool();
    const [left] = await earlier.write([request('left', 60)]);
    const spool = await openSpool({ maxBytes: 100 });
    expect(selfMetrics.value('meterlark_storage_clickhouse_spool_bytes')).toBe(60);
    await expect(spool.write([request('a', 41)])).rejects.toMatchObject(retryable);
    await spool.remove(left!);
    await expect(spool.write([request('large', 1000)])).resolves.toHaveLength(1);
  });
});

describe('what the engine refused', () => {
  test('is bounded by count: the oldest goes, counted and logged', async () => {
    const spool = await openSpool({ maxRejectedFiles: 2 });
    const files = await spool.write(['a', 'b', 'c'].map((token) => request(token, 5)));
    for (const [index, file] of files.entries()) {
      await utimes(file.path, 1000 + index, 1000 + index);
      await spool.setAside(file);
    }
    expect(await rejectedNames()).toEqual(['metric_sums_minute.b.5.native', 'metric_sums_minute.c.5.native']);
    expect(selfMetrics.value('meterlark_storage_clickhouse_rejected_removed_total')).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'warn', message: 'refused batch deleted to make room' }]);
  });

  test('is bounded by bytes, also what lay there before the start', async () => {
    const first = await openSpool();
    for (const file of await first.write([request('a', 60), request('b', 60)])) await first.setAside(file);
    expect(await rejectedNames()).toHaveLength(2);
    await openSpool({ maxRejectedBytes: 100 });
    expect(await rejectedNames()).toHaveLength(1);
  });
});
