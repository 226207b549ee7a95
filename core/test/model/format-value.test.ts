import { describe, expect, test } from 'vitest';
import { formatMqeValue } from '../../src/model/format-value.js';

describe('formatMqeValue', () => {
  test.each([
    [1, '1'],
    [0, '0'],
    [-0, '-0'],
    [10, '10'],
    [100, '100'],
    [2.5, '2.5'],
    [1 / 3, '0.333'],
    [2 / 3, '0.667'],
    [0.0625, '0.062'],
    [0.1875, '0.188'],
    [0.3125, '0.312'],
    [0.4375, '0.438'],
    [-0.0625, '-0.062'],
    [1000.0625, '1000.062'],
    [0.0004, '0'],
    [-0.0004, '-0'],
    [0.0005, '0.001'],
    [0.9996, '1'],
    [1.005, '1.005'],
    [99.9999, '100'],
    [-12.3456, '-12.346'],
    [123456789, '123456789'],
    [1e15, '1000000000000000'],
    [1e21, '1000000000000000000000'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [NaN, 'NaN'],
    [Infinity, '∞'],
    [-Infinity, '-∞'],
  ])('shows %d as %s', (value, text) => {
    expect(formatMqeValue(value)).toBe(text);
  });

  test('leaves a gap a gap', () => {
    expect(formatMqeValue(undefined)).toBeUndefined();
  });
});
