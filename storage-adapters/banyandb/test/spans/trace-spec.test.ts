import { spansModel, type RecordModel } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { TraceSource } from '../../src/spans/trace-source.js';
import { prefixColumns, timeIndex, traceKey, traceSpec } from '../../src/spans/trace-spec.js';
import { FakeTraces } from './fake-traces.js';
import { randomOf } from './random-spans.js';

const odd = ['', 'a', 'b', '|', '/', 'a|b', 'a/b', '%7c', '%', '*', 'x'.repeat(256), 'x'.repeat(257), 'x'.repeat(300), '\ud800'];

describe('the trace of a model of spans', () => {
  test('spans lie together by tenant, service and whether they are entries', () => {
    const spec = traceSpec(spansModel, 'meterlark_spans');
    expect(spec).toMatchObject({ catalog: 'trace', group: 'meterlark_spans', name: 'spans', traceIdTag: 'traceKey', spanIdTag: 'rowId', timestampTag: 'atTime' });
    expect(spec.tags.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['rowId string', 'traceKey string', 'atTime timestamp', 'tenant string', 'service string', 'entry int']);
    expect(spec.indexes).toEqual([{ name: 'spans_by_time', tags: ['tenant', 'service', 'entry', 'atTime'], type: 'tree', sortable: true }]);
  });

  test('columns that are added later leave it as it is', () => {
    const grown: RecordModel = { ...spansModel, columns: [...spansModel.columns, { name: 'sampled', type: 'flag' }, { name: 'zone', type: 'word', lookedUp: true }] };
    expect(traceSpec(grown, 'g')).toEqual(traceSpec(spansModel, 'g'));
  });

  test('only words before the time, two at most, and no flag where there is none', () => {
    const columns = [...spansModel.columns.slice(0, 10)];
    const names = (sortBy: string[]): string[] => prefixColumns({ ...spansModel, columns, sortBy }).map(({ name }) => name);
    expect(names(['service', 'instance', 'layer', 'time'])).toEqual(['service', 'instance']);
    expect(names(['time', 'service'])).toEqual([]);
    expect(names(['span_id', 'service'])).toEqual([]);
    expect(timeIndex({ ...spansModel, name: 'other' })).toBe('other_by_time');
  });

  test('no two traces of any two tenants share a key, and none is empty', () => {
    const keys = odd.flatMap((tenant) => odd.map((id) => traceKey(tenant, id)));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain('');
  });

  test('models with versions, and those without a trace, are refused', () => {
    const options = { client: new FakeTraces(randomOf(1)), group: 'g', pageRows: 10, maxScannedRows: 10 };
    const { name, columns, sortBy, lifetime } = spansModel;
    const untraced: RecordModel = { name, columns, sortBy, lifetime };
    for (const model of [untraced, { ...spansModel, key: ['time', 'span_id'] }]) {
      expect(() => new TraceSource({ ...options, model })).toThrow(expect.objectContaining({ code: 'METERLARK_STORAGE_BANYANDB_REFUSED' }));
    }
  });
});
