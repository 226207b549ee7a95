import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchId, type MetricRows } from '@meterlark/core';
import { encodeMetricRows } from '../src/metric-rows.js';
import { tokenOf } from '../src/metric-writer.js';
import { openTestStore, testFolder, type OpenedStore, type TestFolder } from './surroundings.js';

let folder: TestFolder;
const open: OpenedStore[] = [];
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await folder.remove();
});

async function openHere(path = folder.path): Promise<OpenedStore> {
  const store = await openTestStore({ path });
  open.push(store);
  return store;
}

const minute = Math.floor(Date.now() / 60_000) * 60_000;

function sums(values: readonly number[], metric = 'm'): MetricRows {
  return {
    kind: 'sum',
    keys: values.map(() => ({ tenant: '', metric, kind: 'sum', entityId: 'e', labels: '', source: '' })),
    minutes: new Float64Array(values.length).fill(minute),
    a: Float64Array.from(values),
    b: new Float64Array(values.length),
    histograms: [],
  };
}

async function stored(store: OpenedStore, metric = 'm'): Promise<number[]> {
  const totals: number[] = [];
  for (const step of ['minute', 'hour', 'day'] as const) {
    const query = { tenant: '', selections: [{ metric, kind: 'sum' as const }], entityIds: ['e'], step };
    const buckets = await store.metricReader.read({ ...query, fromMs: 0, toMs: minute + 86_400_000 });
    totals.push(buckets.reduce((total, bucket) => total + bucket.state.a, 0));
  }
  return totals;
}

describe('the data folder', () => {
  test('is made when it is missing, and the lock goes with the close', async () => {
    const path = join(folder.path, 'deep', 'data');
    const store = await openHere(path);
    expect((await readdir(path)).sort()).toEqual(['clickhouse', 'clickhouse.xml', 'spool']);
    expect(await readdir(join(path, 'clickhouse'))).toContain('status');
    await store.close();
    expect(await readdir(join(path, 'clickhouse'))).not.toContain('status');
  });

  test('of another process is refused with the lock and the process named, and works once that is gone', async () => {
    const holder = await holdFolder(join(folder.path, 'clickhouse'));
    await expect(openHere()).rejects.toMatchObject({
      code: 'METERLARK_STORAGE_CLICKHOUSE_FOLDER_IN_USE',
      class: 'permanent',
      fields: { path: folder.path, lock: join(folder.path, 'clickhouse', 'status'), holder: ` (id ${holder.pid})` },
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const store = await openHere();
    await store.metricWriter.write({ writer: 'after', sequence: 1, rows: [sums([1])] });
    expect(await stored(store)).toEqual([1, 1, 1]);
  });

  test('is refused when it is a file, and when its name has the signs of a pattern', async () => {
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    await expect(openHere(file)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_FOLDER_NOT_WRITABLE', fields: { path: file } });
    for (const name of ['a*', 'a?', 'a{b,c}', 'a\\b']) {
      await expect(openHere(join(folder.path, name))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING' });
    }
  });

  test.skipIf(process.getuid?.() === 0)('is refused when it may not be written', async () => {
    const locked = join(folder.path, 'locked');
    await mkdir(locked, { mode: 0o500 });
    await expect(openHere(join(locked, 'data'))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_FOLDER_NOT_WRITABLE' });
    await chmod(locked, 0o700);
  });

  test('may hold quotes, spaces, percent signs and letters of any script', async () => {
    const store = await openHere(join(folder.path, "it's a 100%20 \"grüße\" & 日本"));
    await store.metricWriter.write({ writer: 'x', sequence: 1, rows: [sums([2])] });
    expect(await stored(store)).toEqual([2, 2, 2]);
  });

  test('is one per process: a second one is refused while the first is open', async () => {
    const store = await openHere();
    await expect(openHere(join(folder.path, 'second'))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_ONE_FOLDER' });
    await store.close();
    await expect(openHere(join(folder.path, 'second'))).resolves.toBeDefined();
  });
});

/** A process of its own that has the engine open on the folder. */
async function holdFolder(path: string): Promise<ChildProcess> {
  const engine = createRequire(import.meta.url).resolve('chdb');
  const script = `const { Session } = require(${JSON.stringify(engine)}); const s = new Session(process.argv[1]); s.query('SELECT 1'); console.log('open'); setInterval(() => s.open, 1000);`;
  await mkdir(path, { recursive: true });
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('the spool', () => {
  const tokenFile = (id: string, bytes: number, table = 'metric_sums_minute'): string => {
    return `${table}.${tokenOf(batchId({ writer: id, sequence: 1 }), 'sums')}.${bytes}.native`;
  };

  async function leave(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(join(folder.path, 'spool'), { recursive: true });
    await writeFile(join(folder.path, 'spool', name), bytes);
  }

  async function leaveBatch(id: string, bytes: Uint8Array, table?: string): Promise<void> {
    await leave(tokenFile(id, bytes.byteLength, table), bytes);
  }

  async function fileOf(rows: MetricRows): Promise<Uint8Array> {
    return Buffer.concat(await encodeMetricRows(rows));
  }

  async function left(): Promise<string[]> {
    return (await readdir(join(folder.path, 'spool'))).sort();
  }

  test('is empty after a batch was stored', async () => {
    const store = await openHere();
    await store.metricWriter.write({ writer: 'a', sequence: 1, rows: [sums([1])] });
    await store.metadataWriter.defineMetrics([]);
    expect(await left()).toEqual(['rejected']);
  });

  test('a batch that a crash left is stored at the next start, once, and its own retry adds nothing', async () => {
    await leaveBatch('left', await fileOf(sums([5])));
    const store = await openHere();
    expect(await stored(store)).toEqual([5, 5, 5]);
    expect(await left()).toEqual(['rejected']);
    await store.metricWriter.write({ writer: 'left', sequence: 1, rows: [sums([5])] });
    expect(await stored(store)).toEqual([5, 5, 5]);
  });

  test('a batch that was stored but not yet removed when the crash came is not stored again', async () => {
    const first = await openHere();
    await first.metricWriter.write({ writer: 'left', sequence: 1, rows: [sums([5])] });
    await first.close();
    await leaveBatch('left', await fileOf(sums([5])));
    expect(await stored(await openHere())).toEqual([5, 5, 5]);
  });

  test('a file that was never finished is forgotten', async () => {
    await leave(`${tokenFile('half', 99)}.part`, (await fileOf(sums([5]))).slice(0, 40));
    const store = await openHere();
    expect(await stored(store)).toEqual([0, 0, 0]);
    expect(await left()).toEqual(['rejected']);
  });

  test('a damaged file and one of a table nobody knows are set aside, reported, and stop nothing', async () => {
    const whole = await fileOf(sums([5]));
    await leaveBatch('damaged', whole.slice(0, whole.length - 7));
    await leaveBatch('foreign', whole, 'other_table');
    await leaveBatch('whole', whole);
    await leave('notes.txt', Buffer.from('not ours'));
    const store = await openHere();
    expect(await stored(store)).toEqual([5, 5, 5]);
    expect(await left()).toEqual(['notes.txt', 'rejected']);
    expect(await readdir(join(folder.path, 'spool', 'rejected'))).toHaveLength(2);
    expect(store.logger.lines.filter((line) => line.level === 'error')).toHaveLength(2);
  });

  test('a file that lost its end at a block boundary is set aside, no part of it is stored', async () => {
    const [first, second] = [await fileOf(sums([5])), await fileOf(sums([7]))];
    await leave(tokenFile('cut', first.byteLength + second.byteLength), first);
    const store = await openHere();
    expect(await stored(store)).toEqual([0, 0, 0]);
    expect(await readdir(join(folder.path, 'spool', 'rejected'))).toHaveLength(1);
    expect(store.metrics.value('meterlark_storage_clickhouse_refused_batches_total')).toBe(1);
  });
});

describe('rows that cannot be stored', () => {
  test('are counted by reason and do not harm the others', async () => {
    const store = await openHere();
    const rows = sums([1, NaN, Infinity, 2, 4, 8, 16]);
    rows.minutes.set([NaN, -1, 2 ** 53], 3);
    rows.b[6] = -Infinity;
    await store.metricWriter.write({ writer: 'mixed', sequence: 1, rows: [rows] });
    expect(await stored(store)).toEqual([1, 1, 1]);
    const histogram = { ...sums([0, 0, 0]), kind: 'histogram' as const, histograms: [] };
    const odd = [{ bounds: [1.5], counts: [1] }, { bounds: [1, 2], counts: [1] }, { bounds: [1], counts: [NaN] }];
    await store.metricWriter.write({ writer: 'odd', sequence: 1, rows: [{ ...histogram, histograms: odd }] });
    const name = 'meterlark_storage_clickhouse_dropped_rows_total';
    expect(store.metrics.value(name, { reason: 'number' })).toBe(6);
    expect(store.metrics.value(name, { reason: 'time' })).toBe(3);
  });
});

describe('closing', () => {
  test('lets a batch of several tables reach all of them', async () => {
    const store = await openHere();
    const rows = sums([1]);
    const keys = rows.keys.map((key) => ({ ...key, kind: 'histogram' as const }));
    const histograms = [{ bounds: [1, 2], counts: [3, 4] }];
    const writing = store.metricWriter.write({ writer: 'both', sequence: 1, rows: [rows, { ...rows, kind: 'histogram', keys, histograms }] });
    // The writer hands the whole batch over after encoding it, which takes a few turns of the event loop.
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    await store.close();
    await writing;
    const again = await openHere();
    const query = { tenant: '', entityIds: ['e'], step: 'day' as const, fromMs: 0, toMs: minute + 86_400_000 };
    const kinds = ['sum', 'histogram'] as const;
    const buckets = await again.metricReader.read({ ...query, selections: kinds.map((kind) => ({ metric: 'm', kind })) });
    expect(buckets.map((bucket) => bucket.kind).sort()).toEqual(['histogram', 'sum']);
  });

  test('answers what is running, refuses what comes after, and may be done twice', async () => {
    const store = await openHere();
    const writes = Array.from({ length: 5 }, (_, index) => store.metricWriter.write({ writer: `w${index}`, sequence: 1, rows: [sums([1])] }));
    const checks = Array.from({ length: 20 }, () => store.health.check());
    // The batches are encoded and their files written before the engine sees them; that is not yet running.
    const settled = Promise.allSettled([...writes, ...checks]);
    await checks[0];
    await store.close();
    await store.close();
    const failures = (await settled).filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_CLOSED' });
    await expect(store.health.check()).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_CLOSED', class: 'retryable' });
    const again = await openHere();
    const accepted = (await Promise.allSettled(writes)).filter((result) => result.status === 'fulfilled').length;
    expect(await stored(again)).toEqual([accepted, accepted, accepted]);
  });
});

test('the embedded connection does not load the HTTP client', async () => {
  await openHere();
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.some((path) => path.includes('/chdb/'))).toBe(true);
  expect(loaded.filter((path) => path.includes('@clickhouse'))).toEqual([]);
});

