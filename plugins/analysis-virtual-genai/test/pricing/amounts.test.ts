import { picodollarsToUsd } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { isFault, picodollarsOf, picodollarsPerToken, timesFactor, usdPerMillion } from '../../src/pricing/amounts.js';

describe('prices as text', () => {
  test.each([
    ['1', 1_000_000], ['0.02', 20_000], ['0.000001', 1], ['2.50', 2_500_000], ['0', 0], ['0.0', 0], ['0.1000000', 100_000], ['1000000', 1_000_000_000_000],
  ])('%s USD per million is %i picodollars a token', (text, expected) => {
    expect(picodollarsPerToken(text)).toBe(expected);
  });

  test.each(['', '-1', '+1', '1e3', '.5', '5.', '1,5', 'free', 'NaN', '0.0000001', '1000000.000001', '0x10', '١', '1 USD'])('%j is refused', (text) => {
    expect(isFault(picodollarsPerToken(text))).toBe(true);
  });

  test.each([[2_500_000, '0.5', 1_250_000], [1, '2', 2], [3, '0.333334', undefined], [2_500_000, '-1', undefined], [1, '0.5', undefined]])('%i times %s is %s', (price, factor, expected) => {
    const product = timesFactor(price, factor);
    expect(isFault(product) ? undefined : product).toBe(expected);
  });
});

describe('amounts', () => {
  test.each([[0.00004, 40_000_000], [0, 0], [0.1, 100_000_000_000], [1e-12, 1], [4.9e-13, 0], [9000.12345678901, 9_000_123_456_789_010], [1.5e-7, 150_000]])('%d USD are %i picodollars', (usd, expected) => {
    expect(picodollarsOf(usd)).toBe(expected);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e9])('%d USD are no amount', (usd) => {
    expect(picodollarsOf(usd)).toBeUndefined();
  });

  test('are shown in full, without zeros at the end', () => {
    expect([picodollarsToUsd(40_000_000), picodollarsToUsd(0), picodollarsToUsd(1), picodollarsToUsd(-1_500_000_000_000n), usdPerMillion(2_500_000), usdPerMillion(1)]).toEqual([
      '0.00004', '0', '0.000000000001', '-1.5', '2.5', '0.000001',
    ]);
  });
});
