/** Batches that a server would not take whole, or not tell apart: in the double, and in a BanyanDB that runs (METERLARK_TEST_BANYANDB). */
import type { RecordModel, RecordRow } from '@meterlark/core';
import { recordRows } from '@meterlark/core/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { startBanyanDouble, type BanyanDouble } from '../double/index.js';
import { newNamespace, openTestStore, realTarget, type OpenedStore } from '../surroundings.js';
import { everyColumn, versioned } from './models.js';

const spanLike: RecordModel = { ...everyColumn, name: 'span_like', traceId: 'word' };
const everything = { tenant: 't', fromUs: 0, toUs: Number.MAX_SAFE_INTEGER, where: [], limit: 100, offset: 0 } as const;
const byId = [{ column: 'id', descending: false }];

function describeOdd(where: string, target: () => Promise<string>): void {
  const stores: OpenedStore[] = [];
  const open = async (namespace: string, nowMs = (): number => Date.now()): Promise<OpenedStore> => {
    const store = await openTestStore({ targets: [await target()], namespace }, { now: nowMs });
    stores.push(store);
    await store.schemaInstaller.install([everyColumn, spanLike, versioned]);
    return store;
  };
  afterAll(() => Promise.all(stores.map((store) => store.close())));

  describe(where, { timeout: 60_000 }, () => {
    test.each([everyColumn, spanLike])('a row that no message holds is lost alone, and counted once: $name', async (model) => {
      const { recordWriter, recordReader, metrics } = await open(newNamespace());
      const timeUs = (Date.now() - 60_000) * 1000;
      const bodies = ['a', 'x'.repeat(3_000_000), 'x'.repeat(20_000_000), 'b', 'ü'.repeat(9_000_000), 'c'];
      const rows = bodies.map((body, index): RecordRow => ({ tenant: 't', time: timeUs + index, id: `i${index}`, word: `w${index}`, body }));
      const batch = { writer: 'w', sequence: 1, rows: [recordRows(model, rows)] };
      await recordWriter.write(batch);
      const found = await recordReader.rows({ ...everything, model, orderBy: byId, columns: ['id', 'body'] });
      expect(found.map(({ id, body }) => [id, (body as string).length])).toEqual([['i0', 1], ['i1', 3_000_000], ['i3', 1], ['i5', 1]]);
      expect(metrics.value('meterlark_storage_banyandb_dropped_records_total', { model: model.name, reason: 'size' })).toBe(2);
      expect(metrics.value('meterlark_storage_banyandb_written_records_total', { model: model.name })).toBe(4);
      await recordWriter.write({ writer: 'w', sequence: 2, rows: [recordRows(model, rows.slice(2, 3))] });
      expect(metrics.value('meterlark_storage_banyandb_dropped_records_total', { model: model.name, reason: 'size' })).toBe(3);
    });

    test('equal revisions by servers of one millisecond have one answer, in whatever order they came', async () => {
      const fixed = Date.now();
      const answers: unknown[] = [];
      for (const order of ['AB', 'BA']) {
        const namespace = newNamespace();
        for (const writer of order) {
          const store = await open(namespace, () => fixed);
          const rows = Array.from({ length: 8 }, (_, index): RecordRow => ({ tenant: 't', time: (fixed - 60_000) * 1000, id: `i${index}`, revision: 1, word: 'w', cost: writer === 'A' ? 1 : 2 }));
          for (const [index, row] of rows.entries()) await store.recordWriter.write({ writer, sequence: index + 1, rows: [recordRows(versioned, [row])] });
        }
        const found = await stores.at(-1)!.recordReader.rows({ ...everything, model: versioned, orderBy: byId, columns: ['id', 'cost'] });
        expect(found).toHaveLength(8);
        answers.push(found);
      }
      expect(answers[1]).toEqual(answers[0]);
    });
  });
}

let double: BanyanDouble | undefined;
afterAll(() => double?.stop());
describeOdd('batches in the double', async () => (double ??= await startBanyanDouble()).target);
if (realTarget === undefined) test.skip('batches in a BanyanDB that runs: skipped, METERLARK_TEST_BANYANDB does not name one (host:port)', () => undefined);
else {
  const target = realTarget;
  describeOdd('batches in a BanyanDB that runs', () => Promise.resolve(target));
}
