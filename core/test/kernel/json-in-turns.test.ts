import { expect, test } from 'vitest';
import { jsonInTurns } from '../../src/kernel/json-in-turns.js';
import { LoopTurn } from '../../src/kernel/loop-turn.js';

test.each<[string, unknown]>([
  ['small data', { a: [1, null, 'x'], b: { c: true } }],
  ['text, numbers and nothing', ['"', -1.5, null]],
  ['what is absent', { a: undefined, b: [undefined], long: Array.from({ length: 3000 }, () => undefined), c: undefined }],
  ['a long list', Array.from({ length: 5000 }, (_, index) => ({ index, tags: [{ key: '"', value: 'ä' }] }))],
  ['lists in lists', { data: { traces: Array.from({ length: 300 }, () => ({ spans: Array.from({ length: 30 }, () => ({ id: 1 })) })) } }],
  ['an object of many keys, __proto__ among them', JSON.parse(`{"__proto__":1,${Array.from({ length: 3000 }, (_, index) => `"k${index}":[]`).join(',')}}`)],
])('%s become the same JSON', async (_what, value) => {
  expect(await jsonInTurns(value, new LoopTurn(0))).toBe(JSON.stringify(value));
});

test('large data leave turns of the event loop to others', async () => {
  let turns = 0;
  const ticker = setInterval(() => { turns += 1; }, 0);
  await jsonInTurns(Array.from({ length: 100_000 }, (_, index) => ({ index, text: 'x'.repeat(100) })));
  clearInterval(ticker);
  expect(turns).toBeGreaterThan(1);
});
