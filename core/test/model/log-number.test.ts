import { expect, test } from 'vitest';
import { logCount, logNumber, maxLogTokens } from '../../src/model/log-number.js';

test.each<[string, number | undefined, number | undefined]>([
  ['0', 0, 0],
  ['007', 7, 7],
  ['1.5', 1.5, undefined],
  ['1.0', 1, 1],
  ['1.23457e+06', 1_234_570, 1_234_570],
  ['15e-1', 1.5, undefined],
  ['1000000000000', 1e12, 1e12],
  ['1000000000001', undefined, undefined],
  ['1e308', undefined, undefined],
  ['1e99', undefined, undefined],
  ['9'.repeat(100_000), undefined, undefined],
  ['0x10', undefined, undefined],
  ['0b1', undefined, undefined],
  ['1_000', undefined, undefined],
  [' 1', undefined, undefined],
  ['1\n', undefined, undefined],
  ['-1', undefined, undefined],
  ['+1', undefined, undefined],
  ['.5', undefined, undefined],
  ['', undefined, undefined],
  ['-', undefined, undefined],
  ['NaN', undefined, undefined],
  ['Infinity', undefined, undefined],
  ['٣', undefined, undefined],
])('%j as a number and as a count', (text, number, count) => {
  expect([logNumber(text, maxLogTokens), logCount(text, maxLogTokens)]).toEqual([number, count]);
});
