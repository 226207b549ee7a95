/** Batches that come again, break, get lost, and whatever happens to those who write them. */
import type { MetricWriteBatch } from '@meterlark/core';
import { ManualClock } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { FakeClient } from './fake-client.js';
import { day, expectOracle, hour, minute, Process, randomOf, readBacks, rowsOf, type Increment } from './surroundings.js';

describe('repetition', () => {
  test('a repeated batch adds nothing and writes nothing', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const batch = await process.write('total', [{ at: hour, a: 1, b: 1, source: 'x' }]);
    const written = client.writtenRows;
    for (let time = 0; time < 3; time += 1) await process.metricWriter.write(batch);
    expect(client.writtenRows).toBe(written);
    await expectOracle(process, [batch], 'total');
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])('a batch that broke after %i rows is whole after its repetition', async (rows) => {
    const client = new FakeClient();
    const process = new Process(client);
    const first = await process.write('sum', [{ at: hour, a: 1 }, { at: hour, a: 1, entityId: 'f' }]);
    const batch = process.batch(rowsOf('sum', ['e', 'f', 'g'].map((entityId) => ({ at: hour, a: 2, entityId }))));
    client.rowsUntilFailure = rows;
    await expect(process.metricWriter.write(batch)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_UNREACHABLE' });
    client.rowsUntilFailure = Infinity;
    await process.metricWriter.write(batch);
    await expectOracle(process, [first, batch]);
  });

  test('a batch whose answer was lost counts once', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    client.losesAnswers = true;
    const batch = process.batch(rowsOf('sum', [{ at: hour, a: 2 }]));
    for (let time = 0; time < 3; time += 1) await expect(process.metricWriter.write(batch)).rejects.toThrow();
    client.losesAnswers = false;
    await process.metricWriter.write(batch);
    const next = await process.write('sum', [{ at: hour, a: 3 }]);
    await expectOracle(process, [batch, next]);
  });

  test('a batch that was given up is not in what is written after it, though a part of it arrived', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    client.rowsUntilFailure = 1;
    await expect(process.write('sum', [{ at: hour, a: 100 }, { at: hour, a: 100, entityId: 'f' }])).rejects.toThrow();
    expect(await process.values('sum', 'minute')).toEqual([100]);
    client.rowsUntilFailure = Infinity;
    await process.write('sum', [{ at: hour, a: 1 }]);
    expect(await process.values('sum', 'minute')).toEqual([1]);
    expect(await process.values('sum', 'day')).toEqual([1]);
  });

  test('what the store lost when it died comes back with the next batch, that breaks in between included', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const batches = [await process.write('sum', [{ at: hour, a: 1 }, { at: hour, a: 1, labels: 'l' }])];
    const flushed = new Map([...client.tables].map(([name, table]) => [name, new Map(table)]));
    batches.push(await process.write('sum', [{ at: hour, a: 2, labels: 'l' }, { at: hour, a: 2, labels: 'n' }]));
    for (const [name, table] of flushed) client.tables.set(name, table);
    const batch = process.batch(rowsOf('sum', [{ at: hour, a: 4, labels: 'l' }, { at: hour, a: 4, labels: 'o' }, { at: hour, a: 4, labels: 'l' }]));
    for (const rows of [0, 1, 1]) {
      client.rowsUntilFailure = rows;
      await expect(process.metricWriter.write(batch)).rejects.toThrow();
    }
    client.rowsUntilFailure = Infinity;
    await process.metricWriter.write(batch);
    await expectOracle(process, [...batches, batch]);
    expect(readBacks(client)).toBe(0);
  });

  test('while the store is away nothing is counted twice, and new writers are looked for when it is back', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const batch = process.batch(rowsOf('sum', [{ at: hour, a: 2 }]));
    client.isAway = true;
    for (let time = 0; time < 3; time += 1) await expect(process.metricWriter.write(batch)).rejects.toMatchObject({ class: 'retryable' });
    client.isAway = false;
    await process.metricWriter.write(batch);
    await expectOracle(process, [batch]);
  });

  test('a failed batch does not hold up those that wait behind it', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    client.rowsUntilFailure = 0;
    const failed = process.write('sum', [{ at: hour, a: 1 }]);
    await expect(failed).rejects.toThrow();
    client.rowsUntilFailure = Infinity;
    const waiting = [1, 2, 4].map((a) => process.write('sum', [{ at: hour, a }]));
    await Promise.all(waiting);
    expect(await process.values('sum', 'minute')).toEqual([7]);
  });

  test('a write that arrives late does not win over what was written after it', async () => {
    const client = new FakeClient();
    const process = new Process(client, 'w1', new ManualClock(day + 80_000_000));
    const seen: bigint[] = [];
    const original = client.writeMeasure.bind(client);
    client.writeMeasure = async (measure, rows) => {
      if (measure.name === 'metric_minute') seen.push(...rows.map(({ version }) => version));
      if (seen.length === 2) throw new Error('lost on the way');
      return original(measure, rows);
    };
    await process.write('sum', [{ at: hour, a: 1 }]);
    const batch = process.batch(rowsOf('sum', [{ at: hour, a: 2 }]));
    await expect(process.metricWriter.write(batch)).rejects.toThrow('lost on the way');
    await process.metricWriter.write(batch);
    expect(seen[1]! > seen[0]! && seen[2]! > seen[1]!).toBe(true);
    expect(await process.values('sum', 'minute')).toEqual([3]);
  });
});

describe('whatever happens', () => {
  test.each([1, 2, 3, 4, 5, 6])('crashes, replays, broken writes and rows let go leave every sum right (%i)', async (seed) => {
    const random = randomOf(seed * 7919);
    const client = new FakeClient();
    const batches: MetricWriteBatch[] = [];
    const options = { maxOpenRows: 4 + random(40), pageRows: 1 + random(20) };
    let process = new Process(client, 'w', undefined, options);
    const other = new Process(client, 'other', undefined, options);
    for (let flush = 0; flush < 60; flush += 1) {
      const increments = Array.from({ length: random(12) }, (): Increment => ({
        at: hour + random(90) * minute,
        a: random(100),
        entityId: `e${random(6)}`,
        labels: `l${random(4)}`.repeat(1 + random(2) * 40_000),
      }));
      const from = random(4) === 0 ? other : process;
      const batch = from.batch(rowsOf('sum', increments));
      if (random(3) === 0) client.rowsUntilFailure = random(20);
      await writeAtLast(from, batch, client);
      batches.push(batch);
      if (random(5) === 0) {
        const { sequence } = process;
        process = new Process(client, 'w', undefined, options);
        process.sequence = sequence;
        const own = batches.filter(({ writer }) => writer === 'w');
        for (const old of own.slice(random(own.length))) await process.metricWriter.write(old);
      }
    }
    await expectOracle(process, batches);
  });
});

async function writeAtLast(process: Process, batch: MetricWriteBatch, client: FakeClient): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await process.metricWriter.write(batch);
      return;
    } catch (error) {
      if (attempt > 2) throw error;
      client.rowsUntilFailure = attempt === 2 ? Infinity : 30;
    }
  }
}
