/** A store that dies forgets what it had in memory only; it is written again when it is back. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hourMs, minuteMs, spansModel, topRecordsModel, type RecordRow } from '@meterlark/core';
import { recordRows, StorageBench } from '@meterlark/core/testing';
import { startBanyanDouble, type BanyanDouble } from './double/index.js';
import { newNamespace, openTestStore, sessionOf, wallClock, type OpenedStore } from './surroundings.js';

let double: BanyanDouble;
let store: OpenedStore;
beforeEach(async () => {
  double = await startBanyanDouble();
  store = await openTestStore({ targets: [double.target], namespace: newNamespace() });
});
afterEach(async () => {
  await store.close();
  await double.stop();
});

const bench = (): StorageBench => new StorageBench(sessionOf(store), wallClock, randomUUID().slice(0, 8));

/** Asks until the answer is as wanted: the repetition runs beside the questions. */
async function settled<T>(ask: () => Promise<T>, wanted: T): Promise<void> {
  await expect.poll(ask, { timeout: 15_000 }).toEqual(wanted);
}

describe('a store that crashed and is back', () => {
  test('has metrics and records again that it had acknowledged, once each', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 3 }, { at: own.hour + minuteMs, a: 4 }]);
    const row = (value: number): RecordRow => ({ tenant: own.tenant, time: own.hour * 1000 + value, list: 'slow', value });
    await store.schemaInstaller.install([topRecordsModel, spansModel]);
    const span = { tenant: own.tenant, time: own.hour * 1000, trace_id: 'abc', span_id: 'def', entry: true };
    await store.recordWriter.write(own.recordBatch([recordRows(topRecordsModel, [row(1), row(2)]), recordRows(spansModel, [span])]));
    await double.restart({ crash: true });
    await settled(() => own.values('sum', 'minute'), [3, 4]);
    const range = { tenant: own.tenant, fromUs: own.day * 1000, toUs: (own.day + 24 * hourMs) * 1000, where: [], limit: 10, offset: 0 };
    const orderBy = [{ column: 'value', descending: false }];
    await settled(() => store.recordReader.rows({ ...range, model: topRecordsModel, columns: ['value'], orderBy }), [{ value: 1 }, { value: 2 }]);
    const trace = { ...range, where: [{ column: 'trace_id', is: 'in', values: ['abc'] } as const], orderBy: [] };
    await settled(() => store.recordReader.rows({ ...trace, model: spansModel, columns: ['span_id'] }), [{ span_id: 'def' }]);
    await own.write('sum', [{ at: own.hour, a: 10 }]);
    await settled(() => own.values('sum', 'minute'), [13, 4]);
    for (const step of ['hour', 'day'] as const) expect(await own.values('sum', step)).toEqual([17]);
    expect(store.metrics.value('meterlark_storage_banyandb_repeated_writes_total')).toBeGreaterThan(0);
  });

  test('a write that it missed while it was away is there after its repetition by the caller', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 1 }]);
    const batch = own.batch([own.rows('sum', [{ at: own.hour, a: 2 }])]);
    await double.restart({ crash: true, before: () => expect(store.metricWriter.write(batch)).rejects.toMatchObject({ class: 'retryable' }) });
    await store.metricWriter.write(batch);
    await settled(() => own.values('sum', 'hour'), [3]);
  });

  test('entities and definitions come back too', async () => {
    const own = bench();
    const seen = { firstSeenMs: own.hour, lastSeenMs: own.hour + hourMs };
    const entity = { tenant: own.tenant, id: 'x', scope: 'Service', name: 'x', serviceId: 'x', instanceId: '', layers: ['A'], properties: { a: 'b' }, ...seen } as const;
    await store.metadataWriter.upsertEntities([entity]);
    await double.restart({ crash: true });
    await settled(() => store.metadataReader.entities({ tenant: own.tenant, scope: 'Service', limit: 10 }), [entity]);
  });

  test('twice in a row loses nothing either', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 1 }]);
    await double.restart({ crash: true });
    await settled(() => own.values('sum', 'minute'), [1]);
    await own.write('sum', [{ at: own.hour, a: 2 }]);
    await double.restart({ crash: true });
    await settled(() => own.values('sum', 'minute'), [3]);
  });
});
