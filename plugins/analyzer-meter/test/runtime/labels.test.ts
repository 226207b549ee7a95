import { describe, expect, test } from 'vitest';
import { canonicalAttributes } from '../../src/runtime/canonical.js';
import { javaDouble } from '../../src/runtime/java-double.js';
import { familyName, labelValue, resourceLabels } from '../../src/runtime/labels.js';
import { attributes } from './builders.js';

describe('numbers as Java writes them', () => {
  test.each([
    [0.01, '0.01'], [1, '1.0'], [1_048_576, '1048576.0'], [10_485_760, '1.048576E7'], [67_108_864, '6.7108864E7'],
    [0.001, '0.001'], [0.0001, '1.0E-4'], [0.00025, '2.5E-4'], [9_999_999, '9999999.0'], [1e7, '1.0E7'], [-2.5, '-2.5'],
    [0, '0.0'], [-0, '-0.0'], [Number.POSITIVE_INFINITY, 'Infinity'], [Number.NEGATIVE_INFINITY, '-Infinity'], [Number.NaN, 'NaN'],
    [1e21, '1.0E21'], [5e-324, '5.0E-324'],
  ])('%d is %s', (value, text) => {
    expect(javaDouble(value)).toBe(text);
    expect(Number(text)).toBe(value);
  });
});

describe('names and values', () => {
  test('dots and slashes of metric names become underscores, nothing else', () => {
    expect(familyName('http.server/request.size-x')).toBe('http_server_request_size-x');
  });

  test('only scalars have a text', () => {
    expect([true, 7, 8n, 1.5, 'x', undefined, ['a'], new Uint8Array([1]), new Map()].map(labelValue))
      .toEqual(['true', '7', '8', '1.5', 'x', '', '', '', '']);
  });

  test('fallbacks do not replace what the sender said', () => {
    const labels = resourceLabels({ attributes: attributes({ job_name: 'mine', 'service.name': 's', 'net.host.name': 'n', 'host.name': 'h' }) }, () => undefined);
    expect([labels.get('job_name'), labels.get('node_identifier_host_name'), labels.get('service_name')]).toEqual(['mine', 'n', 's']);
  });
});

describe('the canonical text of attributes', () => {
  test('does not depend on order and keeps its length in bounds', () => {
    expect(canonicalAttributes(attributes({ b: 1, a: 'x' }))).toBe(canonicalAttributes(attributes({ a: 'x', b: 1 })));
    expect(canonicalAttributes(attributes({ a: 'x'.repeat(100_000) })).length).toBeLessThan(600);
    expect(canonicalAttributes(attributes({ a: 'x'.repeat(1000) }))).not.toBe(canonicalAttributes(attributes({ a: 'x'.repeat(1001) })));
  });

  test('tells types, names and nesting apart', () => {
    const sets = [{ a: '1' }, { a: 1 }, { a: true }, { a: ['1'] }, { a: 1n }, { a: new Map([['b', '1']]) }, { a: '"],["b","1' }, { a: Number.NaN }, {}];
    expect(new Set(sets.map((set) => canonicalAttributes(attributes(set)))).size).toBe(sets.length);
  });

  test('survives nesting without end', () => {
    let value: readonly unknown[] = ['x'];
    for (let depth = 0; depth < 5000; depth += 1) value = [value];
    expect(canonicalAttributes(new Map([['a', value as never]])).length).toBeGreaterThan(0);
  });
});
