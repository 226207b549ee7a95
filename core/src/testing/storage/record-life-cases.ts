/** Records: versions, lifetimes, crashes, two processes. */
import { expect } from 'vitest';
import { bucketStart, dayMs } from '../../model/time.js';
import { recordRows } from '../record-rows.js';
import type { ContractCase, StorageBench, StorageSession } from './bench.js';
import type { ReopenCase } from './life-cases.js';
import { plainModel, RecordBench, versionedModel } from './record-bench.js';

async function versions(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench, versionedModel);
  await records.write(records.row('a', { cost: 1 }), records.row('b', { cost: 10 }), records.row('c'));
  await records.write(records.row('a', { cost: 2, revision: 1 }), records.row('c', { cost: 0, revision: 2 }));
  // Later in time, earlier in revision.
  await records.write(records.row('c', { cost: 7, revision: 1 }), records.row('b', { cost: 11 }));
  const now = [
    records.row('a', { cost: 2, revision: 1 }), records.row('b', { cost: 11 }), records.row('c', { cost: 0, revision: 2 }),
  ];
  expect(await records.read()).toEqual(now);
  expect(await records.measure({ of: 'count' }, { of: 'sum', column: 'cost' }, { of: 'max', column: 'revision' })).toEqual([3, 13n, 2]);
  expect(await records.groups({ by: [{ column: 'id' }], bucketUs: 1 })).toHaveLength(3);
}

async function versionsInBatch(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench, versionedModel);
  await records.write(records.row('a', { cost: 1 }), records.row('a', { cost: 3, revision: 5 }), records.row('a', { cost: 2, revision: 4 }));
  await records.write(records.row('b', { cost: 1 }), records.row('b', { cost: 2 }));
  expect(await records.read()).toEqual([records.row('a', { cost: 3, revision: 5 }), records.row('b', { cost: 2 })]);
}

async function oldVersionsHide(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench, versionedModel);
  await records.write(records.row('a', { cost: 1 }), records.row('b', { cost: 1 }));
  await records.write(records.row('a', { cost: 5, revision: 1 }), records.row('b', { revision: 1 }));
  expect(await records.ids([{ column: 'cost', is: 'atMost', value: 1 }])).toEqual([]);
  expect(await records.ids([{ column: 'revision', is: 'in', values: [0] }])).toEqual([]);
  expect(await records.ids([{ column: 'cost', is: 'absent' }])).toEqual(['b']);
  expect(await records.ids([{ column: 'id', is: 'in', values: ['a'] }, { column: 'cost', is: 'in', values: [1] }])).toEqual([]);
  expect(await records.groups({ where: [{ column: 'cost', is: 'in', values: [1] }] })).toEqual([]);
  expect(await records.measure({ of: 'count', where: [{ column: 'cost', is: 'in', values: [1] }] })).toEqual([0]);
  expect(await records.ids([], { limit: 1, offset: 1 })).toEqual(['b']);
}

async function keyColumns(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench, versionedModel);
  const later = records.hourUs + 1;
  const rows = [records.row('a'), records.row('a', { word: 'other' }), records.row('a', { time: later }), records.row('b')];
  await records.write(...rows, records.row('a', { tenant: `${bench.tenant}-other`, revision: 9 }));
  await records.write(records.row('a', { time: later, cost: 1, revision: 1 }));
  expect(await records.groups({ by: [{ column: 'id' }] })).toMatchObject([{ by: ['a'], measures: [3] }, { by: ['b'], measures: [1] }]);
  expect(await records.ids([{ column: 'cost', is: 'present' }], { fromUs: later })).toEqual(['a']);
}

async function expired(bench: StorageBench): Promise<void> {
  const { recordDays } = bench.session.health;
  for (const model of [plainModel, versionedModel]) {
    const records = await RecordBench.open(bench, model);
    const today = bucketStart(bench.clock.now(), 'day');
    const old = (today - (recordDays[model.lifetime] + 3) * dayMs) * 1000;
    const times = [old, 0, -1_000_000, old + 1];
    await records.write(...times.map((time, index) => records.row(`old${index}`, { time })), records.row('kept'));
    const everything = { fromUs: -1e12, toUs: (today + 3 * dayMs) * 1000 };
    expect(await records.ids([], everything)).toEqual(['kept']);
    expect(await records.ids([{ column: 'id', is: 'in', values: ['old0', 'old1'] }], everything)).toEqual([]);
    expect(await records.groups(everything)).toMatchObject([{ measures: [1] }]);
  }
}

async function lifetimes(bench: StorageBench): Promise<void> {
  const { recordDays } = bench.session.health;
  expect(Object.keys(recordDays).sort()).toEqual(['call', 'content', 'log', 'trace']);
  for (const days of Object.values(recordDays)) expect(days).toBeGreaterThanOrEqual(2);
}

export const recordLifeCases: readonly ContractCase[] = [
  { name: 'of a versioned record the greatest revision is seen, of equal ones the later written, and never two', run: versions },
  { name: 'versions in one batch are one record too', run: versionsInBatch },
  { name: 'conditions see the version in force only', run: oldVersionsHide },
  { name: 'records that differ in tenant or a column of the key are several', run: keyColumns },
  { name: 'records past their lifetime are taken without error and never shown', run: expired },
  { name: 'lifetimes of records are at least two days', run: lifetimes },
];

async function survives(bench: StorageBench, next: () => Promise<StorageSession>): Promise<void> {
  const [plain, versioned] = [await RecordBench.open(bench), await RecordBench.open(bench, versionedModel)];
  const first = bench.recordBatch([recordRows(plainModel, [plain.row('a', { tags: { k: 'v' } }), plain.row('b')])]);
  const second = bench.recordBatch([recordRows(versionedModel, [versioned.row('v', { cost: 1 })])]);
  for (const batch of [first, second]) await bench.session.recordWriter.write(batch);
  await versioned.write(versioned.row('v', { cost: 2, revision: 1 }));
  const after = bench.with(await next());
  const [again, version] = [await RecordBench.open(after), await RecordBench.open(after, versionedModel)];
  expect(await again.read()).toEqual([plain.row('a', { tags: { k: 'v' } }), plain.row('b')]);
  expect(await version.read()).toEqual([versioned.row('v', { cost: 2, revision: 1 })]);
  for (const batch of [first, second]) await after.session.recordWriter.write(batch);
  await again.write(plain.row('c'));
  expect(await again.ids([])).toEqual(['a', 'b', 'c']);
  expect(await version.read()).toEqual([versioned.row('v', { cost: 2, revision: 1 })]);
}

async function readsWithoutWriting(bench: StorageBench, next: () => Promise<StorageSession>): Promise<void> {
  const records = await RecordBench.open(bench);
  await records.write(records.row('a', { whole: 4 }));
  const again = await RecordBench.open(bench.with(await next()));
  expect(await again.measure({ of: 'count' }, { of: 'sum', column: 'whole' })).toEqual([1, 4n]);
}

async function shares(bench: StorageBench, next: () => Promise<StorageSession>): Promise<void> {
  const mine = await RecordBench.open(bench, versionedModel);
  const theirs = await RecordBench.open(bench.with(await next()), versionedModel);
  await mine.write(mine.row('a', { cost: 1 }), mine.row('b', { cost: 1 }));
  await theirs.write(mine.row('a', { cost: 2, revision: 1 }), mine.row('c', { cost: 4 }));
  await mine.write(mine.row('b', { cost: 8, revision: 1 }));
  for (const view of [mine, theirs]) {
    expect(await view.ids([])).toEqual(['a', 'b', 'c']);
    expect(await view.measure({ of: 'sum', column: 'cost' })).toEqual([14n]);
  }
}

export const recordReopenCases: readonly ReopenCase[] = [
  { name: 'after a crash all acknowledged records are there, and batches that come again are stored once', run: survives },
  { name: 'a new process reads records before it has written any', run: readsWithoutWriting },
];

export const recordSharedCases: readonly ReopenCase[] = [
  { name: 'two processes write records side by side, versions of one another too', run: shares },
];
