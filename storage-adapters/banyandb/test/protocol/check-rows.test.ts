import { describe, expect, test } from 'vitest';
import type { Cell, MeasureRow } from '../../src/connection/client.js';
import { checkMeasureRows, checkStreamRows, checkTraceRows, maxRowBytes } from '../../src/protocol/check-rows.js';
import type { MeasureSpec, StreamSpec, TraceSpec } from '../../src/schema/model.js';

const measure: MeasureSpec = {
  catalog: 'measure',
  group: 'g',
  name: 'points',
  tags: [{ name: 'tenant', kind: 'string' }, { name: 'text', kind: 'string' }, { name: 'whole', kind: 'int' }, { name: 'bytes', kind: 'binary' }, { name: 'texts', kind: 'strings' }],
  fields: [{ name: 'ratio', kind: 'float' }],
  entity: ['tenant'],
  interval: '1m',
  indexes: [],
};
const stream: StreamSpec = { ...measure, catalog: 'stream' };
const trace: TraceSpec = {
  catalog: 'trace',
  group: 'g',
  name: 'spans',
  tags: [{ name: 'trace', kind: 'string' }, { name: 'span', kind: 'string' }, { name: 'time', kind: 'timestamp' }],
  traceIdTag: 'trace',
  spanIdTag: 'span',
  timestampTag: 'time',
  indexes: [],
};
const good: MeasureRow = { timeMs: 1, version: 1n, tags: ['a', null, null, null, null], fields: [null] };
const badRow = { code: 'METERLARK_STORAGE_BANYANDB_BAD_ROW', class: 'permanent' };

function expectRefused(work: () => void): void {
  expect(work).toThrow(expect.objectContaining(badRow) as Error);
}
const tagged = (index: number, cell: unknown): MeasureRow => ({ ...good, tags: good.tags.with(index, cell as Cell) });

describe('rows', () => {
  test('that fit pass, with nulls and edges', () => {
    checkMeasureRows(measure, [
      good,
      { ...good, timeMs: 0 },
      { ...good, timeMs: 9_223_372_036_854, version: 2n ** 63n - 1n },
      { ...good, tags: ['', 'ж😀', Number.MIN_SAFE_INTEGER, new Uint8Array(0), []], fields: [NaN] },
    ]);
    checkStreamRows(stream, [{ ...good, id: 'x' }]);
    checkTraceRows(trace, [{ tags: ['t', 's', 1], span: new Uint8Array(0) }]);
  });

  test.each([0.5, -1, NaN, Infinity, 9_223_372_036_855])('of the time %d are refused', (timeMs) => {
    expectRefused(() => checkMeasureRows(measure, [good, { ...good, timeMs }]));
    expectRefused(() => checkStreamRows(stream, [{ ...good, id: 'x', timeMs }]));
    expectRefused(() => checkTraceRows(trace, [{ tags: ['t', 's', timeMs], span: new Uint8Array(0) }]));
  });

  test.each([0n, -1n, 2n ** 63n])('of the version %d are refused', (version) => {
    expectRefused(() => checkMeasureRows(measure, [{ ...good, version }]));
  });

  test.each([
    [1, 5],
    [1, new Uint8Array(1)],
    [1, '\ud800'],
    [1, 'x\udc00y'],
    [2, '5'],
    [2, 0.5],
    [2, 2 ** 53],
    [2, NaN],
    [3, 'bytes'],
    [3, [1]],
    [4, 'text'],
    [4, [1]],
    [4, ['ok', '\udfff']],
    [0, null],
    [0, ['a']],
    [0, undefined],
  ])('with a wrong cell are refused: %i %j', (index, cell) => {
    expectRefused(() => checkMeasureRows(measure, [tagged(index, cell)]));
    expectRefused(() => checkStreamRows(stream, [{ ...tagged(index, cell), id: 'x' }]));
  });

  test('with too few or too many cells are refused', () => {
    expectRefused(() => checkMeasureRows(measure, [{ ...good, tags: ['a'] }]));
    expectRefused(() => checkMeasureRows(measure, [{ ...good, fields: [] }]));
    expectRefused(() => checkMeasureRows(measure, [{ ...good, fields: ['1.5'] }]));
    expectRefused(() => checkStreamRows(stream, [{ ...good, id: 'x', tags: [...good.tags, null] }]));
  });

  test('without what names them are refused', () => {
    expectRefused(() => checkStreamRows(stream, [{ ...good, id: '' }]));
    for (const tags of [['', 's', 1], ['t', '', 1], [null, 's', 1], ['t', null, 1], ['t', 's', null]]) {
      expectRefused(() => checkTraceRows(trace, [{ tags, span: new Uint8Array(0) }]));
    }
    expectRefused(() => checkTraceRows(trace, [{ tags: ['t', 's', 1], span: 'text' as never }]));
  });

  test('larger than the server takes are refused, the largest it takes pass', () => {
    expectRefused(() => checkMeasureRows(measure, [tagged(1, 'ж'.repeat(maxRowBytes / 2))]));
    expectRefused(() => checkTraceRows(trace, [{ tags: ['t', 's', 1], span: new Uint8Array(maxRowBytes) }]));
    checkMeasureRows(measure, [tagged(1, 'x'.repeat(maxRowBytes - 1_000))]);
  });
});
