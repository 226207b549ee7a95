import { describe, expect, test } from 'vitest';
import { countJsonParts } from '../../src/kernel/json-parts.js';

const many = { objects: 1_000, parts: 1_000 };
const count = (text: string, limits = many) => countJsonParts(Buffer.from(text), limits);

/** What JSON.parse makes of it: objects, and values inside of others. */
function parsed(text: string) {
  let objects = 0;
  let values = 0;
  JSON.parse(text, (_key, value: unknown) => {
    values += 1;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) objects += 1;
    return value;
  });
  return { objects, values };
}

describe('counting the parts of JSON', () => {
  test.each([
    '{}',
    '[]',
    '7',
    '[{},{},{"a":[1,2,3]}]',
    '{"a":{"b":[{},[]]},"c":"x"}',
    String.raw`{"quote \" { [ ,":"\\","b":["\\\"{",1]}`,
    '[[[[[[1]]]]]]',
    ' [ { } , { } ] ',
    '{"ü{":"{,[","🎉":[null,true]}',
  ])('%s has its objects and at least as many parts as values', (text) => {
    const { objects, parts } = count(text);
    const truth = parsed(text);
    expect(objects).toBe(truth.objects);
    expect(parts + 1).toBeGreaterThanOrEqual(truth.values);
  });

  test('stops one past the limit', () => {
    expect(count('{},'.repeat(1_000_000), { objects: 10, parts: 1_000 })).toEqual({ objects: 11, parts: 21 });
    expect(count('[1,'.repeat(1_000_000), { objects: 10, parts: 1_000 })).toEqual({ objects: 0, parts: 1_001 });
  });

  test.each(['', '"', '"\\', '{"a', '\\{', '\u0000\ufffd'])('takes %j, which is no JSON', (text) => {
    expect(count(text).parts).toBeLessThan(2);
  });
});
