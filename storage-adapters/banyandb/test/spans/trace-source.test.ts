import type { RecordCondition, RecordRow } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { CallFailure, grpcStatus } from '../../src/connection/calls.js';
import { banyanErrors } from '../../src/errors.js';
import type { Scan } from '../../src/records/row-source.js';
import { TraceSource, type TraceSourceOptions } from '../../src/spans/trace-source.js';
import { FakeTraces } from './fake-traces.js';
import { randomOf, randomSpans, rowsOf, spans } from './random-spans.js';
import { allColumns, expectScan, portionsOf } from './scan-checks.js';

const noon = Date.UTC(2026, 10, 21, 12);
const origin = { batch: 'w-1', written: 1n };

function sourceOf(client: FakeTraces, options: Partial<TraceSourceOptions> = {}): TraceSource {
  return new TraceSource({ client, model: spans, group: 'test_spans', pageRows: 100, maxScannedRows: 100_000, ...options });
}

function scanOf(scan: Partial<Scan>): Scan {
  return { tenant: '', fromMs: noon, toMs: noon + 3_600_000, where: [], descending: false, columns: allColumns, wanted: 20, ...scan };
}

const equal = (column: string, ...values: (string | boolean)[]): RecordCondition => ({ column, is: 'in', values });

function span(row: Partial<RecordRow>): RecordRow {
  return { tenant: '', time: noon * 1000, trace_id: 't', span_id: 's', service: 'a', entry: true, duration_ns: 1, attributes: {}, ...row };
}

describe('spans in the trace model', () => {
  test('random traces come back in order, each row once, whatever the pages, in both directions', async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const random = randomOf(seed);
      const below = (end: number): number => Math.floor(random() * end);
      const lengthMs = [1, 5, 60_000, 2 * 86_400_000][below(4)]!;
      const rows = randomSpans(random, { traces: 1 + below(120), startMs: noon, lengthMs });
      const source = sourceOf(new FakeTraces(random), { pageRows: 1 + below(50) });
      await source.write(rowsOf(rows), undefined, origin);
      const fromMs = noon + below(Math.ceil(lengthMs / 3));
      const toMs = fromMs + below(lengthMs);
      const where = [[], [equal('service', 's1')], [equal('entry', true)], [equal('service', 's1', 's3'), equal('entry', false)], [equal('trace_id', 'trace 1', 'trace 3', '', 'none')]][below(5)]!;
      for (const descending of [false, true]) {
        await expectScan(source, scanOf({ fromMs, toMs, where, descending, wanted: 1 + below(50), tenant: ['', 'other'][below(2)]! }), rows);
      }
    }
  });

  test('a batch that is sent again, whole or in part, is there once', async () => {
    const rows = randomSpans(randomOf(7), { traces: 30, startMs: noon, lengthMs: 1000 });
    const source = sourceOf(new FakeTraces(randomOf(8)));
    await source.write(rowsOf(rows), undefined, origin);
    await source.write(rowsOf(rows), undefined, origin);
    await expectScan(source, scanOf({}), rows);
    await expectScan(source, scanOf({ where: [equal('trace_id', 'trace 1', 'trace 2')] }), rows);
  });

  test('equal rows of two batches are two rows', async () => {
    const source = sourceOf(new FakeTraces(randomOf(1)));
    await source.write(rowsOf([span({}), span({})]), undefined, origin);
    await source.write(rowsOf([span({})]), undefined, { ...origin, batch: 'w-2' });
    expect((await portionsOf(source, scanOf({}))).flat()).toHaveLength(3);
  });

  test('rows that are not kept are not stored, and nothing is sent of none', async () => {
    const client = new FakeTraces(randomOf(1));
    const source = sourceOf(client);
    await source.write(rowsOf([span({ span_id: 'a' }), span({ span_id: 'b' })]), Uint8Array.of(0, 1), origin);
    await source.write(rowsOf([]), undefined, origin);
    await source.write(rowsOf([span({})]), Uint8Array.of(0), origin);
    expect((await portionsOf(source, scanOf({}))).flat().map((row) => row['span_id'])).toEqual(['b']);
  });

  test('many spans of one millisecond come together', async () => {
    const rows = Array.from({ length: 900 }, (_, place) => span({ trace_id: `t${place}`, span_id: `s${place}`, time: (noon + 5) * 1000 + (place % 1000) }));
    const source = sourceOf(new FakeTraces(randomOf(3)), { pageRows: 10 });
    await source.write(rowsOf([...rows, span({ span_id: 'before' }), span({ span_id: 'after', time: (noon + 9) * 1000 })]), undefined, origin);
    const portions = await portionsOf(source, scanOf({ fromMs: noon + 1, toMs: noon + 8 }));
    expect(portions.map(({ length }) => length)).toEqual([900]);
  });

  test('any text is a trace id, and one of a tenant is none of another', async () => {
    const ids = ['', '|', 'a|b', '*', '?', '\0', '\n', '%7c', '日本', 'x'.repeat(300), 'x'.repeat(301), 'x'.repeat(70_000)];
    const rows = ['', 'a', 'a|', 'a/'].flatMap((tenant) => ids.map((id, place) => span({ tenant, trace_id: id, span_id: `${tenant} ${place}` })));
    const source = sourceOf(new FakeTraces(randomOf(5)));
    await source.write(rowsOf(rows), undefined, origin);
    for (const tenant of ['', 'a', 'a|', 'a/']) {
      for (const id of ids) expect((await portionsOf(source, scanOf({ tenant, where: [equal('trace_id', id)] }))).flat(), id).toHaveLength(1);
    }
    expect((await portionsOf(source, scanOf({ tenant: 'a', where: [equal('trace_id', '\ud800')] }))).flat()).toEqual([]);
  });

  test('only the columns that are asked for are sure to come, the time always', async () => {
    const source = sourceOf(new FakeTraces(randomOf(5)));
    await source.write(rowsOf([span({})]), undefined, origin);
    const [row] = (await portionsOf(source, scanOf({ columns: ['span_id'] }))).flat();
    expect(row).toMatchObject({ span_id: 's', time: noon * 1000, tenant: '' });
  });

  test('ids that meet nothing, and conditions that nothing meets, find nothing', async () => {
    const client = new FakeTraces(randomOf(5));
    const source = sourceOf(client);
    await source.write(rowsOf([span({})]), undefined, origin);
    expect(await portionsOf(source, scanOf({ where: [equal('trace_id', 'none')] }))).toEqual([]);
    expect(client.queries).toHaveLength(1);
    for (const where of [[equal('trace_id')], [equal('service', true)], [equal('entry', 'true')]]) expect(await portionsOf(source, scanOf({ where }))).toEqual([]);
    expect(await portionsOf(source, scanOf({ fromMs: noon + 5, toMs: noon }))).toEqual([]);
    expect(client.queries).toHaveLength(1);
  });

  test('hundreds of ids and services are asked in bounded questions', async () => {
    const rows = Array.from({ length: 3000 }, (_, place) => span({ trace_id: `t${place}`, span_id: `${place}`, service: `s${place % 300}` }));
    const client = new FakeTraces(randomOf(5));
    const source = sourceOf(client, { pageRows: 10_000 });
    await source.write(rowsOf(rows), undefined, origin);
    await expectScan(source, scanOf({ where: [equal('trace_id', ...rows.map((row) => row['trace_id'] as string))] }), rows);
    expect(Math.max(...client.queries.map(({ limit }) => limit))).toBeLessThanOrEqual(1000);
    await expectScan(source, scanOf({ where: [equal('service', ...Array.from({ length: 300 }, (_, place) => `s${place}`))] }), rows);
    expect(JSON.stringify(client.queries.at(-1)!.criteria).length).toBeLessThan(10_000);
  });

  test('more spans than may be read are an error, by id, by time and in one millisecond', async () => {
    const rows = Array.from({ length: 400 }, (_, place) => span({ trace_id: `t${place % 40}`, span_id: `${place}`, time: (noon + place) * 1000 }));
    const source = sourceOf(new FakeTraces(randomOf(5)), { maxScannedRows: 399, pageRows: 400 });
    await source.write(rowsOf(rows), undefined, origin);
    const tooMany = { code: 'METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS', class: 'permanent' };
    await expect(portionsOf(source, scanOf({}))).rejects.toMatchObject(tooMany);
    await expect(portionsOf(source, scanOf({ where: [equal('trace_id', ...rows.map((row) => row['trace_id'] as string))] }))).rejects.toMatchObject(tooMany);
    await expectScan(source, scanOf({ fromMs: noon + 1 }), rows);
    const burst = sourceOf(new FakeTraces(randomOf(5)), { maxScannedRows: 99 });
    await burst.write(rowsOf(Array.from({ length: 1000 }, (_, place) => span({ trace_id: `t${place}` }))), undefined, origin);
    await expect(portionsOf(burst, scanOf({}))).rejects.toMatchObject(tooMany);
  });

  test('a reader that has enough asks no further', async () => {
    const client = new FakeTraces(randomOf(5));
    const rows = Array.from({ length: 5000 }, (_, place) => span({ trace_id: `t${place}`, span_id: `${place}`, time: (noon + place * 500) * 1000 }));
    const source = sourceOf(client, { pageRows: 20_000 });
    await source.write(rowsOf(rows), undefined, origin);
    const newest = (await source.scan(scanOf({ descending: true, wanted: 20 })).next()).value!;
    const times = newest.map(({ row }) => row['time'] as number);
    expect(times.length).toBeGreaterThanOrEqual(10);
    expect(Math.min(...times)).toBe((noon + (5000 - times.length) * 500) * 1000);
    expect(client.answered).toBeLessThan(500);
  });

  test('answers that are too large are asked for in smaller ones', async () => {
    const rows = randomSpans(randomOf(9), { traces: 300, startMs: noon, lengthMs: 60_000, tenants: [''] });
    const whole = sourceOf(new FakeTraces(randomOf(5), 20_000), { pageRows: 20_000 });
    await whole.write(rowsOf(rows.filter((row) => row['trace_id'] !== '')), undefined, origin);
    const stored = rows.filter((row) => row['trace_id'] !== '');
    await expectScan(whole, scanOf({ where: [equal('trace_id', ...stored.map((row) => row['trace_id'] as string))] }), stored);
    await expectScan(whole, scanOf({ wanted: Infinity, toMs: noon + 3_000 }), stored);
    const never = sourceOf(new FakeTraces(randomOf(5), 10));
    await never.write(rowsOf([span({})]), undefined, origin);
    for (const where of [[], [equal('trace_id', 't')]]) await expect(portionsOf(never, scanOf({ where }))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_REFUSED' });
  });

  test('a query that the server has no memory for is asked in smaller parts, one of a server that has no room is not', async () => {
    const inner = new FakeTraces(randomOf(5));
    const refusing = (status: number, details: string): TraceSource => {
      const failure = new CallFailure(status, details);
      const error = banyanErrors.METERLARK_STORAGE_BANYANDB_OVERLOADED({ what: 'a query', reason: details }, failure);
      const queryTrace: FakeTraces['queryTrace'] = (query) => (query.limit > 8 ? Promise.reject(error) : inner.queryTrace(query));
      return new TraceSource({ client: { writeTrace: (spec, rows) => inner.writeTrace(spec, rows), queryTrace }, model: spans, group: 'g', pageRows: 100, maxScannedRows: 1000 });
    };
    const rows = Array.from({ length: 30 }, (_, place) => span({ trace_id: `t${place}`, span_id: `${place}` }));
    const ids = [equal('trace_id', ...rows.map((row) => row['trace_id'] as string))];
    const source = refusing(grpcStatus.unknown, 'trace query memory budget exceeded');
    await source.write(rowsOf(rows), undefined, origin);
    await expectScan(source, scanOf({ where: ids }), rows);
    await expect(portionsOf(refusing(grpcStatus.resourceExhausted, 'no memory'), scanOf({ where: ids }))).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_OVERLOADED' });
  });

  test('other errors of the server are passed on', async () => {
    const failing = { writeTrace: () => Promise.reject(new Error('no write')), queryTrace: () => Promise.reject(new Error('no query')) };
    const source = new TraceSource({ client: failing, model: spans, group: 'g', pageRows: 10, maxScannedRows: 10 });
    await expect(source.write(rowsOf([span({})]), undefined, origin)).rejects.toThrow('no write');
    await expect(portionsOf(source, scanOf({}))).rejects.toThrow('no query');
    await expect(portionsOf(source, scanOf({ where: [equal('trace_id', 't')] }))).rejects.toThrow('no query');
  });

  test('traces that the index knows and whose spans were lost do not make a part look whole', async () => {
    const client = new FakeTraces(randomOf(11));
    const rows = Array.from({ length: 500 }, (_, place) => span({ trace_id: `t${place}`, span_id: `${place}`, time: (noon + place) * 1000 }));
    const source = sourceOf(client);
    await source.write(rowsOf(rows), undefined, origin);
    for (let place = 0; place < 500; place += 50) client.lost.add(`|t${place}`);
    await expectScan(source, scanOf({}), rows.filter((_, place) => place % 50 !== 0));
  });

  test('traces as long as the range are not read without end', async () => {
    const client = new FakeTraces(randomOf(5));
    const rows = Array.from({ length: 40_000 }, (_, place) => span({ trace_id: `t${place % 2000}`, span_id: `${place}`, time: (noon + place * 80) * 1000 }));
    const source = sourceOf(client, { pageRows: 20_000 });
    await source.write(rowsOf(rows), undefined, origin);
    expect((await portionsOf(source, scanOf({ wanted: Infinity }))).flat()).toHaveLength(40_000);
    expect(client.answered).toBeLessThan(8 * 40_000);
  });

  test('short traces are read about once', async () => {
    const client = new FakeTraces(randomOf(5));
    const rows = Array.from({ length: 40_000 }, (_, place) => span({ trace_id: `t${Math.floor(place / 8)}`, span_id: `${place}`, time: (noon + place * 80) * 1000 }));
    const source = sourceOf(client, { pageRows: 5000 });
    await source.write(rowsOf(rows), undefined, origin);
    await expectScan(source, scanOf({ wanted: Infinity }), rows);
    expect(client.answered).toBeLessThan(60_000);
    expect(client.queries.length).toBeLessThan(40);
  });
});
