/** Records: what is written is read back, of every column type, in batches that may be repeated. */
import { expect } from 'vitest';
import type { RecordModel, RecordRow } from '../../model/record.js';
import { recordRows } from '../record-rows.js';
import type { ContractCase, StorageBench } from './bench.js';
import { plainModel, RecordBench, versionedModel } from './record-bench.js';

const largest = Number.MAX_SAFE_INTEGER;

/** Text that has broken a format before. */
const texts: readonly string[] = [
  '', ' ', '\n\n', '\n', '\r\n', '\t', '\\', '\\N', 'NULL', '\\n', "it's", '"quoted"', '`', '\0', 'a\0b', '\u0001\u001f\u007f', '\b\f\v',
  'ä ß ñ', 'Ω≈ç√', '日本語', '👩‍👩‍👧', '\u{10ffff}', '\ufeff', '\uffff', '\u2028\u2029', '{"a":1}', '[1]', '{}', '$1', '${x}', '%s', '?', '; drop --', '/* */',
];

async function empty(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  expect(await records.read()).toEqual([]);
  await bench.session.recordWriter.write(bench.recordBatch([]));
  await records.write();
  expect(await records.read()).toEqual([]);
}

async function everyType(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const full: RecordRow = {
    time: records.hourUs + 123_457, word: 'w', body: 'text', whole: -3, maybe: 0, amount: 0.1, ratio: -2.5e-7, on: true,
    tags: { a: 'x', b: '', 'k.e-y': 'z' }, counts: { n: 1.5, m: -0.25, zero: 0 },
  };
  const rows = [records.row('blank'), records.row('full', full), records.row('half', { maybe: 7, tags: { only: 'one' } })];
  await records.write(...rows);
  const read = await records.read();
  expect(read).toEqual(rows);
  expect(read[0]?.['maybe']).toBeUndefined();
  expect(read[0]?.['ratio']).toBeUndefined();
}

async function numbers(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const wholes = [largest, -largest, 2 ** 31, 2 ** 32 + 1, -1, 0];
  const decimals = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1e-300, 0.1 + 0.2, 1 / 3, 123_456_789.123456, 2 ** 53];
  const rows = [
    ...wholes.map((whole, index) => records.row(`a${index}`, { whole, maybe: whole })),
    ...decimals.map((amount, index) => records.row(`b${index}`, { amount, ratio: amount, counts: { amount } })),
  ];
  await records.write(...rows);
  expect(await records.read()).toEqual(rows);
}

async function everyText(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const name = (index: number): string => String(index).padStart(3, '0');
  const rows = texts.map((text, index) =>
    records.row(name(index), { word: text, body: text, tags: { [text]: text, other: text }, counts: { [text]: index } }),
  );
  await records.write(...rows);
  expect(await records.read()).toEqual(rows);
  for (const [index, text] of texts.entries()) {
    for (const column of ['word', 'body']) expect(await records.ids([{ column, is: 'in', values: [text] }]), JSON.stringify(text)).toEqual([name(index)]);
    if (text === '') continue;
    expect(await records.ids([{ column: 'tags', key: text, is: 'in', values: [text] }])).toEqual([name(index)]);
    expect(await records.ids([{ column: 'body', is: 'contains', value: text }])).toContain(name(index));
  }
}

async function looksUpAnyId(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  await records.write(...texts.map((text) => records.row(text)));
  for (const text of texts) expect(await records.ids([{ column: 'id', is: 'in', values: [text] }]), JSON.stringify(text)).toEqual([text]);
}

async function properties(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const tags = Object.fromEntries([['__proto__', 'p'], ['constructor', 'c'], ['toString', '']]);
  const row = records.row('a', { tags, counts: Object.fromEntries([['__proto__', 1]]) });
  await records.write(row, records.row('b'));
  const [first] = await records.read({ limit: 1 });
  expect(Object.entries(first?.['tags'] ?? {}).sort()).toEqual(Object.entries(tags).sort());
  expect(Object.entries(first?.['counts'] ?? {})).toEqual([['__proto__', 1]]);
  expect(await records.ids([{ column: 'tags', key: 'toString', is: 'present' }])).toEqual(['a']);
  expect(await records.ids([{ column: 'tags', key: 'constructor', is: 'absent' }])).toEqual(['b']);
}

async function large(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const megabyte = 'Ä\n"\\'.repeat(200_000);
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`key-${index}`, `value ${index}`]));
  const rows = [records.row('a'), records.row('b', { body: megabyte, tags: { big: megabyte } }), records.row('c', { tags: many })];
  await records.write(...rows);
  expect(await records.read()).toEqual(rows);
  expect(await records.ids([{ column: 'body', is: 'in', values: [megabyte] }])).toEqual(['b']);
}

async function twentyThousand(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const name = (index: number): string => `row-${index}`;
  const rows = Array.from({ length: 20_000 }, (_, index) =>
    records.row(name(index), { time: records.hourUs + index, word: `w${index % 300}`, whole: index, tags: { n: String(index) } }),
  );
  await records.write(...rows);
  expect(await records.measure({ of: 'count' }, { of: 'sum', column: 'whole' })).toEqual([20_000, 199_990_000n]);
  expect(await records.read({ where: [{ column: 'id', is: 'in', values: [name(0), name(19_999)] }] })).toEqual([rows[0], rows[19_999]]);
  expect(await records.ids([{ column: 'tags', key: 'n', is: 'in', values: ['777'] }])).toEqual([name(777)]);
}

async function repeated(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const batches = ['a', 'b', 'c'].map((id) => bench.recordBatch([recordRows(plainModel, [records.row(id), records.row(id)])]));
  const [first, ...rest] = batches;
  for (const batch of [first, first, ...rest]) if (batch !== undefined) await bench.session.recordWriter.write(batch);
  for (const batch of batches) await bench.session.recordWriter.write(batch);
  await records.write(records.row('d'));
  expect(await records.ids([])).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'd']);
}

async function gaps(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  await records.write(records.row('a'));
  bench.recordBatch([]);
  await records.write(records.row('a'));
  expect(await records.ids([])).toEqual(['a', 'a']);
}

async function apart(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  await bench.write('sum', [{ at: bench.hour, a: 1 }]);
  await bench.write('sum', [{ at: bench.hour, a: 2 }]);
  await records.write(records.row('a'));
  await bench.write('sum', [{ at: bench.hour, a: 4 }]);
  expect(await records.ids([])).toEqual(['a']);
  expect(await bench.values('sum', 'minute')).toEqual([7]);
}

async function severalModels(bench: StorageBench): Promise<void> {
  const plain = await RecordBench.open(bench);
  const versioned = await RecordBench.open(bench, versionedModel);
  const batch = bench.recordBatch([
    recordRows(plainModel, [plain.row('p')]),
    recordRows(versionedModel, [versioned.row('v', { cost: 1 }), versioned.row('w')]),
  ]);
  for (let attempt = 0; attempt < 2; attempt += 1) await bench.session.recordWriter.write(batch);
  expect(await plain.ids([])).toEqual(['p']);
  expect(await versioned.read()).toEqual([versioned.row('v', { cost: 1 }), versioned.row('w')]);
}

async function severalWriters(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const others = await Promise.all(Array.from({ length: 6 }, () => RecordBench.open(bench.with(bench.session))));
  await Promise.all(others.map((other, index) => other.write(records.row(`w${index}`), records.row('all'))));
  expect(await records.ids([])).toEqual([...others.map(() => 'all'), 'w0', 'w1', 'w2', 'w3', 'w4', 'w5']);
}

async function tenants(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const other = `${bench.tenant}-other`;
  await records.write(records.row('x', { body: 'mine' }), records.row('x', { tenant: other, body: 'theirs' }));
  const rows = await records.read({ where: [{ column: 'id', is: 'in', values: ['x'] }] });
  expect(rows.map((row) => row['body'])).toEqual(['mine']);
  expect((await records.read({ tenant: other })).map((row) => row['body'])).toEqual(['theirs']);
  expect(await records.read({ tenant: `${bench.tenant}-none` })).toEqual([]);
  expect(await records.groups({ by: [{ column: 'body' }] })).toMatchObject([{ by: ['mine'] }]);
}

const grown = (name: string, more: RecordModel['columns'] = []): RecordModel => ({
  name: `contract_grown_${name.replaceAll('-', '_')}`,
  columns: [{ name: 'tenant', type: 'word' }, { name: 'time', type: 'time' }, { name: 'id', type: 'text' }, ...more],
  sortBy: ['time'],
  lifetime: 'log',
});

async function newColumns(bench: StorageBench): Promise<void> {
  const name = bench.tenant.slice('tenant-'.length);
  const old = await RecordBench.open(bench, grown(name));
  await old.write(old.row('a'));
  const { columns } = plainModel;
  const now = await RecordBench.open(bench, grown(name, columns.slice(3)));
  await bench.session.installer.install([now.model, now.model]);
  const full = { word: 'w', body: 'b', whole: 1, maybe: 2, amount: 3, ratio: 4, on: true, tags: { a: 'b' }, counts: { c: 5 } };
  await now.write(now.row('b', full));
  // A process of before goes on beside the new one.
  await bench.session.installer.install([old.model]);
  await old.write(old.row('c'));
  const blank = { word: '', body: '', whole: 0, amount: 0, on: false, tags: {}, counts: {} };
  expect(await now.read()).toEqual([now.row('a', blank), now.row('b', full), now.row('c', blank)]);
  expect(await now.ids([{ column: 'maybe', is: 'absent' }])).toEqual(['a', 'c']);
  expect(await old.read()).toEqual(['a', 'b', 'c'].map((id) => old.row(id)));
}

export const recordCases: readonly ContractCase[] = [
  { name: 'a model without rows answers with none, also after empty batches', run: empty },
  { name: 'a row of every column type is read back, absent values are absent and not 0', run: everyType },
  { name: 'whole numbers to ±(2^53 - 1) and decimals of every size are read back exactly', run: numbers },
  { name: 'every text is read back and found: quotes, backslashes, NUL, blank lines, every plane of Unicode', run: everyText },
  { name: 'any text can be looked up as an id', run: looksUpAnyId },
  { name: 'map keys that are names of object properties are keys as others', run: properties },
  { name: 'texts of a megabyte and maps of 2000 keys are read back', run: large },
  { name: 'twenty thousand rows in a batch', run: twentyThousand },
  { name: 'a batch of records that is repeated is stored once, also after later ones', run: repeated },
  { name: 'two batches of equal records both count, and a number that never comes is no fault', run: gaps },
  { name: 'records and metrics of one writer are numbered apart', run: apart },
  { name: 'a batch of several models is stored once in each', run: severalModels },
  { name: 'batches of records of several writers at the same time all count', run: severalWriters },
  { name: 'a tenant never sees the records of another', run: tenants },
  { name: 'columns that are added later are empty in older rows, and older processes go on writing', run: newColumns },
];
