import type { MetricWriteBatch } from '@meterlark/core';
import { ManualClock } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { FakeClient } from './fake-client.js';
import { day, expectOracle, hour, minute, Process, readBacks, rowsOf, steps, type Increment } from './surroundings.js';

describe('running state', () => {
  test('a writer that began here reads nothing back, whatever it writes', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    for (let flush = 0; flush < 5; flush += 1) {
      await process.write('sum', [{ at: hour + flush * minute, a: 1 }, { at: hour, a: 2, entityId: `e${flush}`, labels: '{"a":"b"}' }]);
    }
    expect(client.queries.map(({ measure }) => measure.name)).toEqual(['metric_writers', 'metric_writers']);
    expect(await process.values('sum', 'hour')).toEqual([5]);
  });

  test('a writer is known in the store before its first row', async () => {
    const client = new FakeClient();
    client.rowsUntilFailure = 0;
    await expect(new Process(client).write('sum', [{ at: hour, a: 1 }])).rejects.toMatchObject({ class: 'retryable' });
    expect(client.rowsOf('metric_writers').map(({ tags }) => tags)).toEqual([['w1']]);
    expect(client.rowsOf('metric_minute')).toEqual([]);
  });

  test('the row of a writer is written again while it lives, at the day of then', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    for (let hours = 0; hours < 48; hours += 1) {
      await process.write('sum', [{ at: process.clock.now(), a: 1 }]);
      process.clock.advance(3_600_000);
    }
    expect(client.rowsOf('metric_writers').map(({ timeMs }) => timeMs)).toEqual([day, day + 86_400_000, day + 2 * 86_400_000]);
    expect(client.queries).toHaveLength(2);
  });

  test('a store that shuts down and says that it has nothing does not make a writer a new one', async () => {
    const client = new FakeClient();
    const before = new Process(client);
    await before.write('sum', [{ at: hour, a: 1 }]);
    const process = new Process(client);
    process.sequence = before.sequence;
    const batch = process.batch(rowsOf('sum', [{ at: hour, a: 2 }]));
    client.isClosing = true;
    await expect(process.metricWriter.write(batch)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_UNREACHABLE' });
    client.isClosing = false;
    await process.metricWriter.write(batch);
    expect(await process.values('sum', 'minute')).toEqual([3]);
  });

  test('rows that were read before the store was lost are read again', async () => {
    const client = new FakeClient();
    await new Process(client).write('sum', [{ at: hour, a: 1 }]);
    const process = new Process(client);
    process.sequence = 1;
    const query = client.queryMeasure.bind(client);
    client.queryMeasure = async (asked) => {
      if (asked.measure.name === 'metric_minute') client.losses += 1;
      return asked.measure.name === 'metric_minute' && client.losses === 1 ? [] : query(asked);
    };
    const batch = process.batch(rowsOf('sum', [{ at: hour, a: 2 }]));
    await expect(process.metricWriter.write(batch)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_UNREACHABLE' });
    client.queryMeasure = query;
    await process.metricWriter.write(batch);
    expect(await process.values('sum', 'minute')).toEqual([3]);
  });

  test('a row that was let go is read back, and only that', async () => {
    const client = new FakeClient();
    const process = new Process(client, 'w1', undefined, { maxOpenRows: 3 });
    for (const entityId of ['a', 'b', 'c', 'd', 'e']) await process.write('sum', [{ at: hour, a: 1, entityId }]);
    expect(readBacks(client)).toBe(0);
    await process.write('sum', [{ at: hour, a: 10, entityId: 'e' }, { at: hour, a: 1, entityId: 'new' }]);
    expect(readBacks(client)).toBe(0);
    await process.write('sum', [{ at: hour, a: 10, entityId: 'a' }]);
    expect(readBacks(client)).toBe(3);
    expect((await process.read('sum', 'day', ['a', 'e'])).map(({ state }) => state.a)).toEqual([11, 11]);
    expect(process.metrics.value('meterlark_storage_banyandb_open_rows')).toBe(9);
    expect(process.metrics.value('meterlark_storage_banyandb_read_back_rows_total', { step: 'hour' })).toBe(1);
  });

  test('the most recently used rows stay', async () => {
    const client = new FakeClient();
    const process = new Process(client, 'w1', undefined, { maxOpenRows: 2 });
    await process.write('sum', [{ at: hour, a: 1, entityId: 'a' }, { at: hour, a: 1, entityId: 'b' }]);
    await process.write('sum', [{ at: hour, a: 1, entityId: 'a' }]);
    await process.write('sum', [{ at: hour, a: 1, entityId: 'c' }]);
    await process.write('sum', [{ at: hour, a: 1, entityId: 'a' }]);
    expect(readBacks(client)).toBe(0);
    await process.write('sum', [{ at: hour, a: 1, entityId: 'b' }]);
    expect(readBacks(client)).toBe(3);
  });

  test('buckets past their lifetime are forgotten', async () => {
    const process = new Process(new FakeClient());
    await process.write('sum', [{ at: hour, a: 1 }]);
    expect(process.metrics.value('meterlark_storage_banyandb_open_rows')).toBe(3);
    process.clock.advance(400 * 86_400_000);
    await process.write('sum', [{ at: process.clock.now(), a: 1 }]);
    expect(process.metrics.value('meterlark_storage_banyandb_open_rows')).toBe(3);
  });
});

describe('processes', () => {
  test('a replayed writer reads its rows back and counts each batch once', async () => {
    const client = new FakeClient();
    const crashed = new Process(client);
    const batches: MetricWriteBatch[] = [];
    for (let flush = 0; flush < 4; flush += 1) batches.push(await crashed.write('sum', [{ at: hour + (flush % 2) * minute, a: 2 ** flush }]));
    const again = new Process(client);
    again.sequence = 4;
    for (const batch of batches.slice(1)) await again.metricWriter.write(batch);
    batches.push(await again.write('sum', [{ at: hour, a: 100 }]));
    await expectOracle(again, batches);
  });

  test('many rows of a metric are read back with all of its bucket, in one query a step, and other writers keep theirs', async () => {
    const client = new FakeClient();
    const increments = Array.from({ length: 100 }, (_, index): Increment => ({ at: hour, a: index, entityId: `e${index}` }));
    const batches = [await new Process(client, 'w2').write('sum', increments), await new Process(client).write('sum', increments)];
    const again = new Process(client);
    again.sequence = 1;
    batches.push(await again.write('sum', increments));
    expect(readBacks(client)).toBe(3);
    expect(again.metrics.value('meterlark_storage_banyandb_read_back_rows_total', { step: 'hour' })).toBe(100);
    await expectOracle(again, batches);
  });

  test('a process with a slow clock goes on with what a faster one wrote', async () => {
    const client = new FakeClient();
    const batch = await new Process(client, 'w1', new ManualClock(day + 86_000_000)).write('sum', [{ at: hour, a: 1 }]);
    const slow = new Process(client, 'w1', new ManualClock(day + 50_000_000));
    slow.sequence = 1;
    await slow.metricWriter.write(batch);
    await slow.write('sum', [{ at: hour, a: 2 }]);
    expect(await slow.values('sum', 'minute')).toEqual([3]);
  });

  test('two writers of one bucket add up in every order', async () => {
    const client = new FakeClient();
    const [one, two] = [new Process(client, 'w1'), new Process(client, 'w2')];
    const batches: MetricWriteBatch[] = [];
    for (let flush = 0; flush < 3; flush += 1) {
      for (const process of [one, two]) batches.push(await process.write('total', [{ at: hour + flush * minute, a: 5, b: 1, source: 'pod' }]));
    }
    for (const process of [one, two]) await expectOracle(process, batches, 'total');
  });

  test('names that look alike are rows of their own', async () => {
    const client = new FakeClient();
    const names = ['', 'a', 'a|b', 'a%7cb', '*', '?', 'a\nb', '1,2', '12', 'ü', '\ud800'];
    const crashed = new Process(client);
    const increments = names.map((name, index): Increment => ({ at: hour, a: index + 1, entityId: name, labels: name }));
    const batch = await crashed.write('sum', increments);
    const again = new Process(client);
    again.sequence = 1;
    await again.metricWriter.write(batch);
    await again.write('sum', increments);
    for (const [index, name] of names.entries()) {
      expect(await again.read('sum', 'day', [name])).toMatchObject([{ entityId: name, labels: name.toWellFormed(), state: { a: 2 * (index + 1) } }]);
    }
  });
});

describe('huge rows', () => {
  const labelled = (count: number, from = 0, length = 300): readonly Increment[] =>
    Array.from({ length: count }, (_, index) => ({ at: hour, a: index + 1, labels: `{"l":"${from + index}${'x'.repeat(length)}"}` }));

  test('label sets spread over parts of some 256 KiB, and only the parts that change are written', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const first = await process.write('sum', labelled(5000));
    expect(client.largestRow).toBeLessThan(300_000);
    const parts = client.rowsOf('metric_day').length;
    expect(parts).toBeGreaterThan(4);
    const written = client.writtenRows;
    const second = await process.write('sum', labelled(1, 4000));
    expect(client.writtenRows - written).toBe(3);
    await expectOracle(process, [first, second]);
  });

  test('a part that was written and one that was not are told apart by the repetition', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const first = await process.write('sum', labelled(1000));
    const batch = process.batch(rowsOf('sum', [...labelled(3000, 500)]));
    for (const rows of [1, 4, 5]) {
      client.rowsUntilFailure = rows;
      await expect(process.metricWriter.write(batch)).rejects.toThrow();
    }
    client.rowsUntilFailure = Infinity;
    await process.metricWriter.write(batch);
    const last = await process.write('sum', labelled(4000));
    await expectOracle(process, [first, batch, last]);
  });

  test('a state that no row can hold is dropped, counted, and harms no other', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const bounds = Array.from({ length: 600_000 }, (_, index) => index * 1_000_003 + 0.5);
    await process.write('histogram', [
      { at: hour, histogram: { bounds, counts: bounds.map(() => 1) } },
      { at: hour, entityId: 'f', histogram: { bounds: [1], counts: [2] } },
    ]);
    expect(await process.read('histogram', 'day', ['e', 'f'])).toMatchObject([{ entityId: 'f', state: { histogram: { counts: [2] } } }]);
    expect(process.metrics.value('meterlark_storage_banyandb_dropped_increments_total', { step: 'day', reason: 'size' })).toBe(1);
  });

  test('names that no row can hold are dropped and counted', async () => {
    const process = new Process(new FakeClient());
    await process.write('sum', [{ at: hour, a: 1, source: 'x'.repeat(300_000) }, { at: hour, a: 2 }]);
    expect(await process.values('sum', 'hour')).toEqual([2]);
    expect(process.metrics.value('meterlark_storage_banyandb_dropped_increments_total', { step: 'hour', reason: 'size' })).toBe(1);
  });
});

describe('input', () => {
  test('increments past the lifetime of a step are dropped there and counted', async () => {
    const process = new Process(new FakeClient());
    await process.write('sum', [{ at: hour - 8 * 86_400_000, a: 1 }, { at: 0, a: 2 }, { at: hour, a: 4 }]);
    const expired = steps.map((step) => process.metrics.value('meterlark_storage_banyandb_dropped_increments_total', { step, reason: 'expired' }));
    expect(expired).toEqual([2, 1, 1]);
    expect(await process.values('sum', 'hour')).toEqual([1, 4]);
  });

  test.each([
    [NaN, 'time'], [Infinity, 'future'], [Date.UTC(2300, 0, 1), 'future'], [day + 21 * 3_600_000 + minute, 'future'], [-1, 'expired'],
  ])('a minute of %d is dropped and counted', async (at, reason) => {
    const process = new Process(new FakeClient());
    await process.write('sum', [{ at, a: 1 }, { at: hour, a: 4 }]);
    for (const step of steps) expect(process.metrics.value('meterlark_storage_banyandb_dropped_increments_total', { step, reason })).toBe(1);
    expect(await process.values('sum', 'hour')).toEqual([4]);
  });

  test('an empty batch asks the store for nothing', async () => {
    const client = new FakeClient();
    client.isAway = true;
    const process = new Process(client);
    await process.metricWriter.write(process.batch());
    await process.write('sum', []);
    expect(client.queries).toEqual([]);
  });

  test('a batch is not tied to the buffers of its caller', async () => {
    const process = new Process(new FakeClient());
    const rows = rowsOf('sum', [{ at: hour, a: 1 }]);
    const written = process.metricWriter.write(process.batch(rows));
    rows.a[0] = 99;
    rows.minutes[0] = 0;
    await written;
    expect(await process.values('sum', 'minute')).toEqual([1]);
  });

  test('a row of another form in the store is an error, not a part of the sum', async () => {
    const client = new FakeClient();
    const batch = await new Process(client).write('sum', [{ at: hour, a: 1 }]);
    for (const table of client.tables.values()) for (const { values } of table.values()) (values as Map<string, unknown>).set('states', null);
    await expect(new Process(client).metricWriter.write(batch)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_BAD_ANSWER' });
  });
});
