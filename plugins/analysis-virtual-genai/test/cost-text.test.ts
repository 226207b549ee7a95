import { expect, test } from 'vitest';
import { costText } from '../src/cost-text.js';

test.each([
  [48_000_000, '0.000048'], [40_000_000, '0.00004'], [160_000, '0.00000016'], [1_000_000_000_000, '1'],
  [1_500_000_000_000, '1.5'], [149, '0.0000000001'],
  [150, '0.0000000002'], [49, ''], [50, '0.0000000001'], [0, ''], [-5, ''], [undefined, ''],
  [123_456_789_012_345_678, '123456.789012345'],
])('%s picodollars are "%s" dollars', (picodollars, text) => {
  const shown = costText(picodollars);
  expect(text === '123456.789012345' ? shown.slice(0, 16) : shown).toBe(text);
});
