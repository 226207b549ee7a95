/** Answers that are larger than a message may be: pages are counted in rows, and rows have all sizes. */
import { describe, expect, test } from 'vitest';
import { FakeClient } from './fake-client.js';
import { definition } from './definition.js';
import { day, expectOracle, hour, minute, Process, readBacks, type Increment } from './surroundings.js';

const labels = ['', ...Array.from({ length: 40 }, (_, index) => `l=${index}${'x'.repeat(240)}`)];
/** Of all label sets: a row of some 10 KB. */
const large = (at: number, entityId: string, source = ''): readonly Increment[] => labels.map((one, index) => ({ at, entityId, source, a: index + 1, labels: one }));
const entities = Array.from({ length: 60 }, (_, index) => `e${index}`);
const topQuery = { tenant: '', definition, serviceId: undefined, entityIds: undefined, fromMs: day, toMs: day + 86_400_000, order: 'des', limit: 3 } as const;

describe('answers above the size of a message', () => {
  test('are read in smaller pages when their rows have several times', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const batches = [await process.write('sum', Array.from({ length: 30 }, (_, at) => [...large(hour + at * minute, 'e'), ...large(hour + at * minute, 'other')]).flat())];
    client.mostBytes = 100_000;
    await expectOracle(process, batches);
    expect(client.refusedAnswers).toBeGreaterThan(0);
    expect(client.refusedAnswers).toBeLessThan(10);
  });

  test('are read by fewer and fewer rows when all have one time, whatever their entities are called', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const batches = [await process.write('sum', ['', 'a|b', '*', 'é%', ...entities].flatMap((entity) => [...large(hour, entity), ...large(hour, entity, 'gateway')]))];
    for (const mostBytes of [12_000, 30_000, 300_000]) {
      client.mostBytes = mostBytes;
      await expectOracle(process, batches);
    }
    const whole = await process.reader.top({ ...topQuery, step: 'minute' });
    client.mostBytes = Infinity;
    expect(await process.reader.top({ ...topQuery, step: 'minute' })).toEqual(whole);
    expect(whole).toHaveLength(3);
  });

  test('do not lose what was written: rows that are read back come in portions', async () => {
    const client = new FakeClient();
    const process = new Process(client, 'w', undefined, { maxOpenRows: 1 });
    const batches = [await process.write('sum', [...entities, ...entities.map((one) => `${one}b`)].flatMap((entity) => large(hour, entity)))];
    client.mostBytes = 200_000;
    batches.push(await process.write('sum', [...entities, ...entities.map((one) => `${one}b`)].map((entityId) => ({ at: hour, entityId, a: 5, labels: labels[3]! }))));
    expect(client.refusedAnswers).toBeGreaterThan(0);
    expect(readBacks(client)).toBeGreaterThan(3);
    await expectOracle(process, batches);
  });

  test('of one row alone are an error that tells the setting, and nothing is asked for ever', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    await process.write('sum', [...large(hour, 'e'), { at: hour, entityId: 'small', a: 1 }, { at: hour + minute, entityId: 'small', a: 1 }]);
    client.mostBytes = 5_000;
    await expect(process.read('sum', 'minute', ['e', 'small'])).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_OVERSIZED', class: 'permanent' });
    expect(client.queries.length).toBeLessThan(40);
    expect(await process.read('sum', 'minute', ['small'])).toHaveLength(2);
  });

  test('count against the rows of a question like others', async () => {
    const client = new FakeClient();
    await new Process(client).write('sum', entities.flatMap((entity) => large(hour, entity)));
    client.mostBytes = 100_000;
    const asking = (maxScannedRows: number) => new Process(client, 'reader', undefined, { maxScannedRows, pageRows: 30 }).read('sum', 'minute', entities);
    expect(await asking(60)).toHaveLength(60 * labels.length);
    await expect(asking(59)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS', fields: { limit: 59 } });
  });
});
