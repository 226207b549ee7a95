import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  Clock,
  facetsModel,
  MetadataReader,
  MetadataWriter,
  MetricReader,
  MetricWriter,
  ProcessInfo,
  RecordReader,
  RecordWriter,
  SchemaInstaller,
  SelfMetrics,
  StorageHealth,
  StorageModule,
  type ServiceToken,
  type Stop,
} from '@meterlark/core';
import { RecordingLogger, RecordingMetrics, recordRows } from '@meterlark/core/testing';
import provider from '../src/index.js';
import { settingsOf, testFolder, wallClock, type TestFolder } from './surroundings.js';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

/** A container of one provider. */
function hostOf(path: string) {
  const bound = new Map<symbol, unknown>([
    [Clock.key, wallClock],
    [SelfMetrics.key, new RecordingMetrics()],
    [ProcessInfo.key, { version: '0', startedAtMs: 0, rootFolder: tmpdir() }],
  ]);
  const get = <T>(token: ServiceToken<T>): T => bound.get(token.key) as T;
  const all = <T>(token: ServiceToken<T>): readonly T[] => [get(token)];
  const toValue = (token: ServiceToken<unknown>) => (value: unknown) => void bound.set(token.key, value);
  const unused = (): never => {
    throw new Error('values only');
  };
  const around = { config: settingsOf({ path }), logger: new RecordingLogger() };
  provider.register?.({ ...around, bind: (token) => ({ toValue: toValue(token), toClass: unused, toFactory: unused }) });
  return { bound, get, logger: around.logger, start: async () => (await provider.start?.({ ...around, get, all })) as Stop };
}

test('the provider keeps every promise of its module before it starts', () => {
  const host = hostOf(folder.path);
  expect(provider.module).toBe(StorageModule);
  for (const token of StorageModule.services) expect(host.bound.has(token.key)).toBe(true);
  expect(host.get(StorageHealth).retentionDays).toEqual({ minute: 7, hour: 30, day: 180 });
  expect(host.get(StorageHealth).recordDays).toEqual({ trace: 7, call: 90, content: 7, log: 7 });
});

test('its services refuse as retryable before the start, work after it, and refuse again after the stop', async () => {
  const host = hostOf(folder.path);
  const query = { tenant: '', selections: [], entityIds: [], step: 'minute' as const, fromMs: 0, toMs: 1 };
  const calls = [
    () => host.get(StorageHealth).check(),
    () => host.get(MetricReader).read(query),
    () => host.get(MetricWriter).write({ writer: 'a', sequence: 1, rows: [] }),
    () => host.get(MetadataReader).metrics(),
    () => host.get(MetadataWriter).upsertEntities([]),
    () => host.get(SchemaInstaller).install([]),
    () => host.get(RecordWriter).write({ writer: 'a', sequence: 1, rows: [] }),
  ];
  const closed = { code: 'METERLARK_STORAGE_CLICKHOUSE_CLOSED', class: 'retryable' };
  for (const call of calls) await expect(call()).rejects.toMatchObject(closed);
  const stop = await host.start();
  for (const call of calls) await expect(call()).resolves.not.toThrow();
  await stop();
  for (const call of calls) await expect(call()).rejects.toMatchObject(closed);
  await stop();
});

test('records can be written and read right after their model was installed, in a new folder and in a known one', async () => {
  for (const sequence of [1, 2]) {
    const host = hostOf(folder.path);
    const stop = await host.start();
    await host.get(SchemaInstaller).install([facetsModel]);
    const rows = [recordRows(facetsModel, [{ tenant: '', time: Date.now() * 1000, value: String(sequence) }])];
    await host.get(RecordWriter).write({ writer: 'a', sequence, rows });
    const all = { model: facetsModel, tenant: '', fromUs: 0, toUs: Infinity, where: [], orderBy: [], limit: 10, offset: 0 };
    expect(await host.get(RecordReader).rows(all)).toHaveLength(sequence);
    const count = { ...all, by: [], measures: [{ of: 'count' as const }] };
    expect(await host.get(RecordReader).groups({ ...count, orderBy: { measure: 0, descending: true } })).toMatchObject([{ measures: [sequence] }]);
    await stop();
  }
});

test('in a new folder a model that cannot be installed is logged, and whoever needs it hears why', async () => {
  const host = hostOf(folder.path);
  const stop = await host.start();
  const unsorted = { ...facetsModel, sortBy: ['nothing'] };
  await host.get(SchemaInstaller).install([unsorted]);
  const refused = { code: 'METERLARK_STORAGE_CLICKHOUSE_REFUSED', class: 'permanent' };
  const rows = [recordRows(unsorted, [{ tenant: '', time: Date.now() * 1000 }])];
  await expect(host.get(RecordWriter).write({ writer: 'a', sequence: 1, rows })).rejects.toMatchObject(refused);
  expect(host.logger.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'a table of records could not be made, and will be tried again' }));
  await stop();
});
