/** Records that are searched by parts of a text and by keys of a map, as logs are. */
import { expect } from 'vitest';
import { logsModel, topRecordsModel } from '../../model/logs-model.js';
import type { RecordCondition, RecordQuery } from '../../model/record-query.js';
import type { RecordRow } from '../../model/record.js';
import { bucketStart, dayMs } from '../../model/time.js';
import type { ContractCase, StorageBench } from './bench.js';
import { RecordBench } from './record-bench.js';

const id = '7c9f8d6b-00a1-43c4-ac58-790c8f2607f3';
const composed = 'caf\u00e9';
const decomposed = 'cafe\u0301';
const veryLong = Array.from({ length: 3000 }, (_, index) => `word-${index}`).join(' ');

/** Each in a row of its own; half of them in another batch. */
const bodies: readonly string[] = [
  '', ' ', 'GET /v1/models 200', 'get /V1/models 404', 'a', 'ab', 'abc', 'xabcx', 'aab', '100% done_now', '100 done now', 'back\\slash', "it's", '"quoted"', '.*', '[a-z]+(x|y)?$',
  'line\nbreak', 'line\r\nbreak', 'tab\there', 'nul\0inside', composed, decomposed, '日本語のログ', 'Ωmega ΩMEGA', '👩‍👩‍👧 family', '👩 alone', '\u{10ffff}', '\ufeffbom', `id=${id};`, veryLong,
  'upstream_reset_before_response_started{connection_termination}', '{"a":{"b":[1,2,3]},"text":"\\n\\u0041"}', 'A', '\\x41', '$1 ${x} #{y}', 'aaaaaaaaaaaaaaaaaaaab',
];

const keywords: readonly string[] = [
  '', ' ', '  ', 'a', 'ab', 'abc', 'b', 'GET', 'get', 'Get', 'T /v1/mod', '/v1', '/V1', ' 200', '200 ', '%', '_', '100%', '1%d', 'done_', '\\', '\\s', '\\\\', "'", "''", "t's", '"', '.', '.*', '[a-z]', 'a-z]+(x', '|', '(', '$', '^',
  '?', '*', '\n', '\r\n', '\t', '\0', 'nul\0in', 'l\0', '\\n', '\\x41', '\\u0041', 'A', 'é', 'e', '\u0301', composed, decomposed, '日本', '本語', '日語', 'ログ', 'Ω', 'ω', 'MEGA', '👩', '\u200d', '👧', '\u{10ffff}', '\ufeff',
  id, id.toUpperCase(), '9f8d6b-00a1-43', 'reset_before_response', '{connection', 'word-1 word-2', 'word-2999', 'word-3000', veryLong, `${veryLong}!`, veryLong.slice(5, -5), '; DROP TABLE logs; --', 'aaab', 'a'.repeat(20), 'a'.repeat(21), 'x'.repeat(100_000),
];

class LogBench {
  private constructor(private readonly records: RecordBench) {}

  static async open(bench: StorageBench): Promise<LogBench> {
    return new LogBench(await RecordBench.open(bench, logsModel));
  }

  get hourUs(): number {
    return this.records.hourUs;
  }

  async write(...rows: readonly RecordRow[]): Promise<void> {
    await this.records.write(...rows.map((row) => this.records.row('', row)));
  }

  read(where: readonly RecordCondition[], changes: Partial<RecordQuery> = {}): Promise<readonly RecordRow[]> {
    return this.records.read({ where, orderBy: [{ column: 'time', descending: true }], ...changes });
  }

  /** Minutes after the hour, newest first. */
  async minutes(where: readonly RecordCondition[], changes: Partial<RecordQuery> = {}): Promise<readonly number[]> {
    const rows = await this.read(where, { columns: ['time'], ...changes });
    return rows.map((row) => ((row['time'] as number) - this.hourUs) / 60e6);
  }

  at(minute: number): number {
    return this.hourUs + minute * 60e6;
  }
}

async function everyKeyword(bench: StorageBench): Promise<void> {
  const logs = await LogBench.open(bench);
  const rows = bodies.map((body, minute) => ({ time: logs.at(minute), service: `s${minute % 3}`, body }));
  await logs.write(...rows.slice(0, 18));
  await logs.write(...rows.slice(18));
  for (const value of keywords) {
    const found = await logs.minutes([{ column: 'body', is: 'contains', value }]);
    const others = await logs.minutes([{ column: 'body', is: 'notContains', value }]);
    const holding = bodies.flatMap((body, minute) => (body.includes(value) ? [minute] : []));
    const label = JSON.stringify(value.slice(0, 50));
    expect(found, label).toEqual(holding.toReversed());
    expect(others, label).toEqual([...bodies.keys()].filter((minute) => !holding.includes(minute)).toReversed());
  }
}

async function keywordsTogether(bench: StorageBench): Promise<void> {
  const logs = await LogBench.open(bench);
  await logs.write(
    { time: logs.at(0), service: 'a', trace_id: id, body: 'chat model=gpt-4o 404', tags: { response_code: '404' } },
    { time: logs.at(1), service: 'a', body: 'chat model=gpt-4o 200', tags: { response_code: '200' } },
    { time: logs.at(2), service: 'b', trace_id: id, body: 'embeddings model=gpt-4o 404', tags: { response_code: '404' } },
  );
  const contains = (value: string): RecordCondition => ({ column: 'body', is: 'contains', value });
  const failed: RecordCondition = { column: 'tags', key: 'response_code', is: 'in', values: ['404'] };
  expect(await logs.minutes([contains('gpt-4o'), contains('chat')])).toEqual([1, 0]);
  expect(await logs.minutes([contains('gpt-4o'), { column: 'body', is: 'notContains', value: 'chat' }])).toEqual([2]);
  expect(await logs.minutes([contains('gpt-4o'), failed])).toEqual([2, 0]);
  expect(await logs.minutes([contains('gpt-4o'), failed, { column: 'service', is: 'in', values: ['a'] }])).toEqual([0]);
  expect(await logs.minutes([contains('chat'), { column: 'trace_id', is: 'in', values: [id] }])).toEqual([0]);
  expect(await logs.minutes([contains('chat'), contains('nothing')])).toEqual([]);
}

type TagExpectation = readonly [condition: RecordCondition, minutes: readonly number[]];

const tagRows: readonly Readonly<Record<string, string>>[] = [
  { 'x-request-id': id, code: '404', level: '' },
  { 'session.id': id, code: '200' },
  { 'x-request-id': `${id}0`, code: '404', Code: '500' },
  { 'x-request-id': '日本語の長い識別子です', note: 'it\'s 100%_\\ "\0"' },
  {},
];

const tagExpectations: readonly TagExpectation[] = [
  [{ column: 'tags', key: 'x-request-id', is: 'in', values: [id] }, [0]],
  [{ column: 'tags', key: 'session.id', is: 'in', values: [id] }, [1]],
  [{ column: 'tags', key: 'none', is: 'in', values: [id] }, []],
  [{ column: 'tags', key: 'x-request-id', is: 'in', values: [id, `${id}0`] }, [2, 0]],
  [{ column: 'tags', key: 'x-request-id', is: 'in', values: [id.toUpperCase(), id.slice(1), `${id} `] }, []],
  [{ column: 'tags', key: 'x-request-id', is: 'in', values: [id, 7, true] }, [0]],
  [{ column: 'tags', key: 'x-request-id', is: 'in', values: [id, ''] }, [4, 1, 0]],
  [{ column: 'tags', key: 'x-request-id', is: 'in', values: Array.from({ length: 50 }, (_, index) => (index === 49 ? id : `${id}-${index}`)) }, [0]],
  [{ column: 'tags', key: 'x-request-id', is: 'notIn', values: [id] }, [4, 3, 2, 1]],
  [{ column: 'tags', key: 'x-request-id', is: 'in', values: ['日本語の長い識別子です'] }, [3]],
  [{ column: 'tags', key: 'x-request-id', is: 'contains', value: '00a1-43c4' }, [2, 0]],
  [{ column: 'tags', key: 'x-request-id', is: 'notContains', value: id }, [4, 3, 1]],
  [{ column: 'tags', key: 'note', is: 'in', values: ['it\'s 100%_\\ "\0"'] }, [3]],
  [{ column: 'tags', key: 'code', is: 'in', values: ['404'] }, [2, 0]],
  [{ column: 'tags', key: 'code', is: 'in', values: ['404', '200'] }, [2, 1, 0]],
  [{ column: 'tags', key: 'Code', is: 'in', values: ['500'] }, [2]],
  [{ column: 'tags', key: 'code', is: 'notIn', values: ['404'] }, [4, 3, 1]],
  [{ column: 'tags', key: 'level', is: 'in', values: [''] }, [4, 3, 2, 1, 0]],
  [{ column: 'tags', key: 'level', is: 'present' }, [0]],
  [{ column: 'tags', is: 'absent' }, [4]],
];

async function tags(bench: StorageBench): Promise<void> {
  const logs = await LogBench.open(bench);
  await logs.write(...tagRows.slice(0, 2).map((one, minute) => ({ time: logs.at(minute), tags: one })));
  await logs.write(...tagRows.slice(2).map((one, place) => ({ time: logs.at(place + 2), tags: one })));
  for (const [condition, minutes] of tagExpectations) {
    expect(await logs.minutes([condition]), JSON.stringify(condition)).toEqual(minutes);
  }
}

/** More keys than a store may keep apart, in orders and numbers of their own. */
async function wideMaps(bench: StorageBench): Promise<void> {
  const logs = await LogBench.open(bench);
  const key = (number: number): string => (number === 0 ? '' : number % 7 === 0 ? `schlüssel.${number}` : `key-${number}`);
  const rows = Array.from({ length: 40 }, (_, minute) => {
    const entries = Array.from({ length: (minute * 13) % 60 }, (_, place) => key((minute * 31 + place * 7) % 211));
    return { time: logs.at(minute), body: `m${minute}`, tags: Object.fromEntries(entries.map((name, place) => [name, `${name}=${minute}/${place}`])) };
  });
  await logs.write(...rows);
  const read = await logs.read([], { columns: ['body', 'tags'], limit: 100 });
  expect(read).toEqual(rows.map(({ body, tags: own }) => ({ body, tags: own })).toReversed());
  const [name, value] = Object.entries(rows[20]!.tags)[5]!;
  expect(await logs.minutes([{ column: 'tags', key: name, is: 'in', values: [value] }])).toEqual([20]);
}

async function pagesOfOne(bench: StorageBench): Promise<void> {
  const logs = await LogBench.open(bench);
  const rows = Array.from({ length: 40 }, (_, minute) => ({ time: logs.at(minute), service: `s${minute % 3}`, body: minute % 4 === 0 ? 'every fourth line' : 'another' }));
  for (const first of [30, 10, 0, 20]) await logs.write(...rows.slice(first, first + 10));
  const fourth: RecordCondition = { column: 'body', is: 'contains', value: 'fourth' };
  const page = (offset: number, descending: boolean, where: readonly RecordCondition[]): Promise<readonly number[]> =>
    logs.minutes(where, { orderBy: [{ column: 'time', descending }], limit: 1, offset });
  for (const offset of [0, 1, 2, 9, 17, 38, 39]) {
    expect(await page(offset, true, [])).toEqual([39 - offset]);
    expect(await page(offset, false, [])).toEqual([offset]);
  }
  for (let offset = 0; offset < 10; offset += 1) expect(await page(offset, true, [fourth])).toEqual([36 - 4 * offset]);
  expect(await page(10, true, [fourth])).toEqual([]);
  expect(await page(1_000_000, true, [])).toEqual([]);
  expect(await logs.minutes([fourth], { limit: 3, offset: 4 })).toEqual([20, 16, 12]);
}

async function lifetime(bench: StorageBench): Promise<void> {
  const logs = await LogBench.open(bench);
  const days = bench.session.health.recordDays.log;
  const today = bucketStart(bench.clock.now(), 'day');
  const line = (time: number): RecordRow => ({ time: time * 1000, trace_id: id, body: 'a line of some day', tags: { key: id } });
  await logs.write(line(today - (days + 2) * dayMs), line(today - days * dayMs + 1), line(0));
  const everything = { fromUs: -1e12, toUs: (today + 3 * dayMs) * 1000 };
  const kept = [{ time: (today - days * dayMs + 1) * 1000 }];
  const questions: readonly RecordCondition[] = [
    { column: 'body', is: 'contains', value: 'some day' },
    { column: 'tags', key: 'key', is: 'in', values: [id] },
    { column: 'trace_id', is: 'in', values: [id] },
  ];
  for (const question of questions) expect(await logs.read([question], { columns: ['time'], ...everything })).toEqual(kept);
}

async function topRecords(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench, topRecordsModel);
  const row = (list: string, entity: string, value: number): RecordRow =>
    records.row(`${list}-${entity}-${value}`, { list, entity, name: `SELECT ${value} FROM "t" WHERE a = '\\%'`, value, trace_id: '', details: '' });
  const rows = [row('slow', 'db', 70), row('slow', 'db', 900), row('slow', 'cache', 8000), row('sampled', 'db', 100_000), row('slow', 'db', 65)];
  await records.write(...rows.slice(0, 2));
  await records.write(...rows.slice(2));
  const where: readonly RecordCondition[] = [{ column: 'list', is: 'in', values: ['slow'] }, { column: 'entity', is: 'in', values: ['db'] }];
  const orderBy = [{ column: 'value', descending: true }];
  expect(await records.read({ where, orderBy, limit: 2 })).toEqual([rows[1], rows[0]]);
  expect(await records.read({ where: where.slice(0, 1), orderBy: [{ column: 'value', descending: false }], limit: 10 })).toEqual([rows[4], rows[0], rows[1], rows[2]]);
}

export const recordSearchCases: readonly ContractCase[] = [
  { name: 'a searched text holds every part of itself and no other: of any length, script and special character, by case', run: everyKeyword },
  { name: 'keywords, excluded ones, tags, services and traces hold together', run: keywordsTogether },
  { name: 'a value of a looked-up map is found under its own key only', run: tags },
  { name: 'maps of many keys come back whole', run: wideMaps },
  { name: 'pages of one row follow each other to the end, with and without a keyword, in both directions', run: pagesOfOne },
  { name: 'logs past their lifetime are found by no search', run: lifetime },
  { name: 'top records come by list, entity and value', run: topRecords },
];
