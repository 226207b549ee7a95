/** Rows that are dated ahead, which have a server remove stored days: on the double, and on a BanyanDB that runs (METERLARK_TEST_BANYANDB). */
import { dayMs, hourMs, minuteMs, type MetricRows, type RecordRow } from '@meterlark/core';
import { recordRows } from '@meterlark/core/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { startBanyanDouble, type BanyanDouble } from './double/index.js';
import { everyColumn } from './records/models.js';
import { newNamespace, openTestStore, realTarget, type OpenedStore } from './surroundings.js';

const spanLike = { ...everyColumn, name: 'span_like', traceId: 'id' };
const drops = 'meterlark_storage_banyandb_dropped_';
const days = [0, 1, 2, 3, 4, 5, 6, 7];

function metricRows(minutes: readonly number[]): MetricRows {
  const keys = minutes.map(() => ({ tenant: '', metric: 'm', kind: 'sum' as const, entityId: 'e', labels: '', source: '' }));
  return { kind: 'sum', keys, minutes: Float64Array.from(minutes), a: new Float64Array(minutes.length).fill(1), b: new Float64Array(minutes.length), histograms: [] };
}

/** Of every kind a row for each of the times. */
class Scene {
  private sequence = 0;

  constructor(
    readonly store: OpenedStore,
    private readonly writer: string,
  ) {}

  async write(times: readonly number[]): Promise<void> {
    this.sequence += 1;
    const { writer, sequence, store } = this;
    const rows = times.map((time): RecordRow => ({ tenant: '', time: time * 1000, id: `${writer}-${time}` }));
    await store.recordWriter.write({ writer, sequence, rows: [recordRows(everyColumn, rows), recordRows(spanLike, rows)] });
    await store.metricWriter.write({ writer, sequence, rows: [metricRows(times.map((time) => Math.floor(time / minuteMs) * minuteMs))] });
    const entity = { tenant: '', scope: 'Service', name: 'n', serviceId: '', instanceId: '', layers: [], properties: {} } as const;
    await store.metadataWriter.upsertEntities(times.map((time) => ({ ...entity, id: `${time}`, firstSeenMs: time, lastSeenMs: time })));
  }

  /** Streams, spans, minutes, entities until `toMs`. */
  async counts(toMs: number): Promise<readonly number[]> {
    const { recordReader, metricReader, metadataReader } = this.store;
    const all = { tenant: '', fromUs: 0, toUs: toMs * 1000, where: [], by: [], measures: [{ of: 'count' }], limit: 1 } as const;
    const count = async (model: typeof everyColumn) => Number((await recordReader.groups({ ...all, model }))[0]?.measures[0] ?? 0);
    const minutes = { tenant: '', selections: [{ metric: 'm', kind: 'sum' }], entityIds: ['e'], step: 'minute', fromMs: 0, toMs } as const;
    const entities = await metadataReader.entities({ tenant: '', scope: 'Service', limit: 100 });
    return [await count(everyColumn), await count(spanLike), (await metricReader.read(minutes)).length, entities.filter(({ lastSeenMs }) => lastSeenMs < toMs).length];
  }
}

/** `settled`: when the server has done what rows make it do after its answer. */
function describeAhead(where: string, target: () => Promise<string>, settled: () => Promise<void>): void {
  const stores: OpenedStore[] = [];
  const sceneOf = async (namespace: string, writer: string, fastMs = 0): Promise<Scene> => {
    const store = await openTestStore({ targets: [await target()], namespace }, { now: () => Date.now() + fastMs });
    stores.push(store);
    await store.schemaInstaller.install([everyColumn, spanLike]);
    return new Scene(store, writer);
  };
  afterAll(() => Promise.all(stores.map((store) => store.close())));

  describe(`rows that are dated ahead, ${where}`, { timeout: 60_000 }, () => {
    test('are not stored and are counted when it is more than an hour, and no stored day goes', async () => {
      const scene = await sceneOf(newNamespace(), 'w');
      const now = Date.now();
      // The last minutes of the oldest day that metrics promise.
      for (const day of days) await scene.write([now - day * dayMs + (day === 7 ? 5 * minuteMs : 0)]);
      expect(await scene.counts(now + minuteMs)).toEqual([8, 8, 8, 8]);
      for (const ahead of [10 * minuteMs, 50 * minuteMs, 2 * hourMs, dayMs, 9 * dayMs, 400 * dayMs]) await scene.write([now + ahead]);
      await settled();
      expect(await scene.counts(now + minuteMs)).toEqual([8, 8, 8, 8]);
      expect(await scene.counts(now + 500 * dayMs)).toEqual([10, 10, 10, 10]);
      const { metrics } = scene.store;
      expect(metrics.value(`${drops}records_total`, { model: 'every_column', reason: 'future' })).toBe(4);
      expect(metrics.value(`${drops}records_total`, { model: 'span_like', reason: 'future' })).toBe(4);
      for (const step of ['minute', 'hour', 'day']) expect(metrics.value(`${drops}increments_total`, { step, reason: 'future' })).toBe(4);
      expect(metrics.value(`${drops}entities_total`, { reason: 'future' })).toBe(4);
    });

    test('by a server whose clock is fast by less than a day take no day that another one promises, and are seen by it', async () => {
      const namespace = newNamespace();
      const [scene, fast] = [await sceneOf(namespace, 'w'), await sceneOf(namespace, 'fast', 22 * hourMs)];
      const now = Date.now();
      for (const day of days) await scene.write([now - day * dayMs + (day === 7 ? 5 * minuteMs : 0)]);
      await fast.write([now + 22 * hourMs + 50 * minuteMs]);
      await settled();
      expect(await scene.counts(now + minuteMs)).toEqual([8, 8, 8, 8]);
      expect(await scene.counts(now + 2 * dayMs)).toEqual([9, 9, 9, 9]);
    });

    test('by a server whose clock is days fast do take days: that is why they are bounded', async () => {
      const namespace = newNamespace();
      const [scene, fast] = [await sceneOf(namespace, 'w'), await sceneOf(namespace, 'fast', 4 * dayMs)];
      const now = Date.now();
      for (const day of days) await scene.write([now - day * dayMs + (day === 7 ? 5 * minuteMs : 0)]);
      await fast.write([now + 4 * dayMs]);
      await vi.waitFor(async () => expect((await scene.counts(now + minuteMs)).slice(0, 3)).toEqual([5, 5, 5]), { timeout: 20_000, interval: 200 });
    });
  });
}

let double: BanyanDouble | undefined;
afterAll(() => double?.stop());
describeAhead('in the double', async () => (double ??= await startBanyanDouble()).target, () => Promise.resolve());
if (realTarget === undefined) test.skip('in a BanyanDB that runs: skipped, METERLARK_TEST_BANYANDB does not name one (host:port)', () => undefined);
else {
  const target = realTarget;
  describeAhead('in a BanyanDB that runs', () => Promise.resolve(target), () => new Promise((done) => setTimeout(done, 2_000)));
}
