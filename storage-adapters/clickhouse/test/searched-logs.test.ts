/** Logs at rest in the real engine: merged parts, indexes that are used and change no answer, engines that know fewer settings. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logsModel, spansModel, type RecordCondition, type RecordQuery, type RecordRow } from '@meterlark/core';
import { RecordingLogger, recordRows } from '@meterlark/core/testing';
import type { Connection } from '../src/connection/connection.js';
import { encodeBlocks } from '../src/native/block.js';
import { nativeColumns } from '../src/records/record-columns.js';
import { rowsOf } from '../src/records/record-decode.js';
import { RecordInstaller } from '../src/records/record-installer.js';
import { rowsSql } from '../src/records/record-sql.js';
import type { SchemaTarget } from '../src/schema/ddl.js';
import { openEngine, type TestEngine } from './engine.js';

const retentionDays = { minute: 7, hour: 30, day: 180, trace: 7, call: 90, content: 7, log: 7 };
const target: SchemaTarget = { database: 'db', cluster: '', retentionDays };
const nowUs = Math.floor(Date.now() / 86_400_000) * 86_400_000_000;
const count = 30_000;
const read = { database: 'db', limits: { timeoutMs: 20_000, maxRows: 100_000 } };

/** What the installer needs, on the test's engine. */
function connectionTo(engine: TestEngine, query = (sql: string): Promise<Uint8Array> => engine.native(sql)): Connection {
  const command = async (sql: string): Promise<void> => {
    await engine.native(sql);
  };
  return { command, query, insert: () => Promise.reject(new Error('not here')), recover: async () => 0, close: async () => undefined };
}

function requestId(index: number): string {
  return `${String(index).padStart(8, '0')}-00a1-43c4-ac58-790c8f2607f3`;
}

/** A word of three thousand rows next to each other, and one that is in all of them. */
function rowAt(index: number): RecordRow {
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, place) => [`attribute.${place}`, `${(index * 7 + place) % 90}`]));
  const tags = { ...many, 'x-request-id': requestId(index), code: index % 500 === 0 ? '404' : '200', ...(index % 3 === 0 ? { 'session.id': requestId(Math.floor(index / 300)) } : {}) };
  const body = `line ${index} of chat${index >= 9000 && index < 12_000 ? ' upstream_reset' : ''}${index === 20_011 ? ' 日本語' : ''}`;
  return { tenant: '', time: nowUs + index * 1000, service: `s${index % 3}`, trace_id: requestId(index), body, tags };
}

const rows = Array.from({ length: count }, (_, index) => rowAt(index));

const contains = (value: string): RecordCondition => ({ column: 'body', is: 'contains', value });
const tagged = (key: string, ...values: string[]): RecordCondition => ({ column: 'tags', key, is: 'in', values });

function questionOf(where: readonly RecordCondition[], changes: Partial<RecordQuery> = {}): RecordQuery {
  const orderBy = [{ column: 'time', descending: true }];
  return { model: logsModel, tenant: '', fromUs: nowUs, toUs: nowUs + 1e12, where, orderBy, limit: 20, offset: 0, ...changes };
}

describe('30,000 logs in one part', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openEngine();
    await engine.native('CREATE DATABASE db');
    await new RecordInstaller(connectionTo(engine), target, new RecordingLogger(), false).install([logsModel]);
    for (let from = 0; from < count; from += 10_000) {
      const columns = nativeColumns(recordRows(logsModel, rows.slice(from, from + 10_000)));
      await engine.load('db.logs', columns.map(({ name }) => name), await encodeBlocks(columns, 10_000));
    }
    await engine.native('OPTIMIZE TABLE db.logs FINAL');
  });
  afterAll(() => engine.close());

  async function ask(where: readonly RecordCondition[], changes: Partial<RecordQuery> = {}): Promise<readonly RecordRow[]> {
    const question = questionOf(where, changes);
    return rowsOf(logsModel, question.columns, await engine.native(rowsSql(question, read)));
  }

  /** Granules that are left after each skip index. */
  async function granules(where: readonly RecordCondition[]): Promise<Readonly<Record<string, string>>> {
    // With a page the engine looks at the indexes while it reads, which no plan shows.
    const sql = `EXPLAIN indexes = 1, pretty = 0 ${rowsSql(questionOf(where, { orderBy: [], limit: count }), read)}, use_skip_indexes_on_data_read = 0`;
    const lines = (await engine.rows(sql.replace(/\n/g, ' '))).map(([line]) => String(line).trim());
    return Object.fromEntries(lines.flatMap((line, at) => (line.startsWith('Name: ') ? [[line.slice(6), lines.slice(at).find((next) => next.startsWith('Granules: '))!.slice(10)]] : [])));
  }

  test('maps whose keys lie apart come back whole', async () => {
    const [[settings]] = (await engine.rows("SELECT engine_full FROM system.tables WHERE name = 'logs'")) as [[string]];
    expect(settings).toContain("map_serialization_version = 'with_buckets'");
    const page = await ask([], { columns: ['tags', 'body', 'service'], offset: 17_000, limit: 500 });
    const wanted = rows.toReversed().slice(17_000, 17_500).map(({ tags, body, service }) => ({ tags, body, service }));
    expect(page).toEqual(wanted);
  });

  const questions: Readonly<Record<string, readonly [RecordCondition[], (row: RecordRow, index: number) => boolean]>> = {
    'a keyword of some rows': [[contains('upstream_reset')], (_, index) => index >= 9000 && index < 12_000],
    'a keyword of one row': [[contains('日本')], (_, index) => index === 20_011],
    'a keyword of all rows': [[contains('of chat')], () => true],
    'a keyword of none': [[contains('connection refused')], () => false],
    'a keyword shorter than the index knows': [[contains('本')], (_, index) => index === 20_011],
    'a keyword of digits': [[contains('line 2000')], (_, index) => String(index).startsWith('2000')],
    'rows without a keyword': [[{ column: 'body', is: 'notContains', value: 'of chat upstream' }], (_, index) => index < 9000 || index >= 12_000],
    'a keyword and a tag': [[contains('upstream'), tagged('code', '404')], (_, index) => index >= 9000 && index < 12_000 && index % 500 === 0],
    'an id of one row': [[tagged('x-request-id', requestId(12_345))], (_, index) => index === 12_345],
    'an id under another key': [[tagged('session.id', requestId(12_345))], () => false],
    'an id of many rows': [[tagged('session.id', requestId(7))], (_, index) => index % 3 === 0 && Math.floor(index / 300) === 7],
    'two ids': [[tagged('x-request-id', requestId(5), requestId(29_999))], (_, index) => index === 5 || index === 29_999],
    'a trace': [[{ column: 'trace_id', is: 'in', values: [requestId(777)] }], (_, index) => index === 777],
  };

  test.each(Object.entries(questions))('%s: exactly those, newest first', async (_name, [where, holds]) => {
    const wanted = rows.filter(holds).map((row) => row['time']).toReversed();
    const found = await ask(where, { columns: ['time'], limit: count });
    expect(found.map((row) => row['time'])).toEqual(wanted);
    expect((await ask(where)).map((row) => row['body'])).toEqual(rows.filter(holds).map((row) => row['body']).toReversed().slice(0, 20));
  });

  test('what is not there is found out by the indexes', async () => {
    expect(await granules([contains('connection refused')])).toMatchObject({ body_parts: expect.stringMatching(/^0\//) });
    expect(await granules([contains('日本語')])).toMatchObject({ body_parts: expect.stringMatching(/^1\//) });
    expect(await granules([tagged('x-request-id', requestId(12_345))])).toMatchObject({ tags_ids: expect.stringMatching(/^1\//) });
    expect(await granules([tagged('session.id', 'ffffffff-00a1-43c4-ac58-790c8f2607f3')])).toMatchObject({ tags_ids: expect.stringMatching(/^0\//) });
  });

  test('short values and exclusions are left to reading', async () => {
    expect(rowsSql(questionOf([tagged('code', '404')]), read)).not.toContain('hasAny');
    expect(rowsSql(questionOf([tagged('code', '404', requestId(1))]), read)).not.toContain('hasAny');
    expect(rowsSql(questionOf([{ column: 'tags', key: 'x-request-id', is: 'notIn', values: [requestId(1)] }]), read)).not.toContain('hasAny');
    expect(rowsSql(questionOf([{ column: 'body', is: 'notContains', value: 'chat' }]), read)).not.toContain('multiSearchAny');
  });
});

describe('an engine that does not know a newer setting', () => {
  test('gets the table without all of them', async () => {
    const engine = await openEngine();
    try {
      await engine.native('CREATE DATABASE db');
      const older = (sql: string): Promise<Uint8Array> => engine.native(sql.includes('merge_tree_settings') ? `${sql} AND name != 'max_buckets_in_map'` : sql);
      await new RecordInstaller(connectionTo(engine, older), target, new RecordingLogger(), false).install([logsModel, spansModel]);
      const made = await engine.rows("SELECT name, engine_full LIKE '%map%' FROM system.tables WHERE database = 'db' ORDER BY name");
      expect(made).toEqual([['logs', 0], ['spans', 0]]);
    } finally {
      await engine.close();
    }
  });
});
