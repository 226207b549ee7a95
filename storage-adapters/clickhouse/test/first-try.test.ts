/** A batch that is repeated is the same batch: also when a day has ended in between. */
import { expect, test } from 'vitest';
import { dayMs, type MetricRows, type RecordModel } from '@meterlark/core';
import { ManualClock, RecordingMetrics, recordRows } from '@meterlark/core/testing';
import type { Connection, InsertRequest } from '../src/connection/connection.js';
import { storageErrors } from '../src/errors.js';
import { ClickHouseMetricWriter } from '../src/metric-writer.js';
import { ClickHouseRecordWriter } from '../src/records/record-writer.js';

/** Takes the second try and later ones. */
function flaky() {
  const tries: InsertRequest[][] = [];
  const insert = async (requests: readonly InsertRequest[]): Promise<void> => {
    tries.push([...requests]);
    if (tries.length === 1) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BUSY({ waiting: 1 });
  };
  return { tries, connection: { insert } as Partial<Connection> as Connection };
}

const today = 20_000;
const beforeMidnight = (today + 1) * dayMs - 1;
const small: RecordModel = {
  name: 'small', columns: [{ name: 'tenant', type: 'word' }, { name: 'time', type: 'time' }], sortBy: ['time'], lifetime: 'trace',
};

async function twice(write: () => Promise<void>, clock: ManualClock): Promise<void> {
  await expect(write()).rejects.toMatchObject({ class: 'retryable' });
  clock.advance(2);
  await write();
}

test('records that may be stored are chosen, and the others counted, at the first try only', async () => {
  const { tries, connection } = flaky();
  const clock = new ManualClock(beforeMidnight);
  const metrics = new RecordingMetrics();
  const writer = new ClickHouseRecordWriter(connection, { trace: 7, call: 7, content: 7, log: 7 }, clock, metrics);
  const rows = [today - 8, today - 7, today].map((day) => ({ tenant: '', time: day * dayMs * 1000 }));
  const batch = { writer: 'w', sequence: 1, rows: [recordRows(small, rows)] };
  await twice(() => writer.write(batch), clock);
  expect(tries[1]).toEqual(tries[0]);
  expect(metrics.value('meterlark_storage_clickhouse_dropped_records_total', { model: 'small', reason: 'expired' })).toBe(1);
  expect(metrics.value('meterlark_storage_clickhouse_written_records_total', { model: 'small' })).toBe(2);
});

test('and so are the rows of metrics', async () => {
  const { tries, connection } = flaky();
  const clock = new ManualClock(beforeMidnight);
  const metrics = new RecordingMetrics();
  const writer = new ClickHouseMetricWriter(connection, { minute: 7, hour: 7, day: 7 }, clock, metrics);
  const key = { tenant: '', metric: 'm', kind: 'sum', entityId: 'e', labels: '', source: '' } as const;
  const minutes = Float64Array.from([today - 9, today - 7, today], (day) => day * dayMs);
  const ones = new Float64Array(3).fill(1);
  const rows: MetricRows = { kind: 'sum', keys: [key, key, key], minutes, a: ones, b: ones, histograms: [] };
  const batch = { writer: 'w', sequence: 1, rows: [rows] };
  await twice(() => writer.write(batch), clock);
  expect(tries[1]).toEqual(tries[0]);
  expect(metrics.value('meterlark_storage_clickhouse_dropped_rows_total', { reason: 'expired' })).toBe(1);
});
