/** What a new store does when its tables cannot be made at first. */
import { describe, expect, test } from 'vitest';
import { callsModel, facetsModel, spansModel, type RecordModel, type RecordWriteBatch } from '@meterlark/core';
import { RecordingLogger, recordRows } from '@meterlark/core/testing';
import { storageErrors } from '../src/errors.js';
import { OnceDone } from '../src/once-done.js';
import { StoreServices } from '../src/store-services.js';
import type { ClickHouseStore } from '../src/store.js';

function batchOf(model: RecordModel): RecordWriteBatch {
  return { writer: 'w', sequence: 1, rows: [recordRows(model, [{ tenant: '', time: 1 }])] };
}

/** Over a new store that makes tables only when the test lets it. */
function scene() {
  const broken = new Set<string>();
  const tables: string[] = [];
  const written: string[] = [];
  const logger = new RecordingLogger();
  const services = new StoreServices({ retentionDays: { minute: 1, hour: 1, day: 1 }, recordDays: { trace: 1, call: 1, content: 1, log: 1 } });
  const store: Partial<ClickHouseStore> = {
    isNew: true,
    installRecords: async ([model]) => {
      await Promise.resolve();
      if (broken.has(model!.name)) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BUSY({ waiting: 1 });
      tables.push(`${model!.name}/${model!.columns.length}`);
    },
    recordWriter: { write: async ({ rows }) => void written.push(...rows.map(({ model }) => model.name)) },
    recordReader: { rows: async ({ model }) => [{ table: model.name }], groups: async () => [] },
    close: async () => undefined,
  };
  services.attach(store as ClickHouseStore, logger);
  return { services, broken, tables, written, logger };
}

const all = { tenant: '', fromUs: 0, toUs: 1, where: [], orderBy: [], limit: 1, offset: 0 };

describe('a table that could not be made', () => {
  test('is tried again by the next who writes or reads it, and once', async () => {
    const { services, broken, tables, written, logger } = scene();
    broken.add('spans');
    await services.schemaInstaller.install([spansModel]);
    await expect(services.recordWriter.write(batchOf(spansModel))).rejects.toMatchObject({ class: 'retryable' });
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { model: 'spans' } }]);
    await expect(services.recordReader.rows({ ...all, model: spansModel })).rejects.toMatchObject({ class: 'retryable' });
    broken.clear();
    await Promise.all([services.recordWriter.write(batchOf(spansModel)), services.recordReader.rows({ ...all, model: spansModel })]);
    await services.recordWriter.write(batchOf(spansModel));
    expect([tables, written]).toEqual([[`spans/${spansModel.columns.length}`], ['spans', 'spans']]);
  });

  test('keeps nobody from the other tables', async () => {
    const { services, broken, written } = scene();
    broken.add('spans');
    await services.schemaInstaller.install([spansModel, callsModel]);
    await services.schemaInstaller.install([facetsModel]);
    for (const model of [callsModel, facetsModel]) await services.recordWriter.write(batchOf(model));
    await services.recordReader.groups({ model: callsModel, tenant: '', fromUs: 0, toUs: 1, where: [], limit: 1, by: [], measures: [] });
    expect(written).toEqual(['model_calls', 'facets']);
  });

  test('is made for the newest who knows the model', async () => {
    const { services, broken, tables } = scene();
    broken.add('facets');
    await services.schemaInstaller.install([facetsModel]);
    await services.schemaInstaller.install([{ ...facetsModel, columns: [...facetsModel.columns, { name: 'more', type: 'text' }] }]);
    await expect(services.recordWriter.write(batchOf(facetsModel))).rejects.toMatchObject({ class: 'retryable' });
    broken.clear();
    await services.recordWriter.write(batchOf(facetsModel));
    expect(tables).toEqual([`facets/${facetsModel.columns.length + 1}`]);
  });

  test('does not hold up the close', async () => {
    const { services, broken } = scene();
    broken.add('spans');
    await services.schemaInstaller.install([spansModel]);
    await services.detach();
    await expect(services.recordWriter.write(batchOf(spansModel))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_CLOSED' });
  });
});

test('work that must succeed once is not repeated after it has, nor begun twice at a time', async () => {
  const answers = [Promise.reject(new Error('first')), Promise.resolve()];
  for (const answer of answers) answer.catch(() => undefined);
  let tries = 0;
  const once = new OnceDone(async () => answers[tries++]);
  await once.idle();
  expect(tries).toBe(0);
  await expect(Promise.all([once.done(), once.done()])).rejects.toThrow('first');
  await once.idle();
  expect(tries).toBe(1);
  await once.done();
  await once.done();
  expect(tries).toBe(2);
});
