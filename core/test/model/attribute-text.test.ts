import { describe, expect, it } from 'vitest';
import { attributeText, canonicalJson } from '../../src/model/attribute-text.js';
import { boundedName, boundedText } from '../../src/model/bounded-text.js';

describe('the text of an attribute', () => {
  it.each([
    ['x', 'x'], [undefined, ''], [0, '0'], [1e21, '1e+21'], [Number.NaN, 'NaN'], [false, 'false'], [2n ** 53n, '9007199254740992'], [-(2n ** 63n), '-9223372036854775808'],
    [new Uint8Array(), ''], [new Uint8Array([255, 0]), '/wA='], [['a', new Uint8Array([1]), undefined, [2n ** 63n]], '["a","AQ==",null,["9223372036854775808"]]'],
    [new Map([['__proto__', 'x']]), '{"__proto__":"x"}'], [new Map(), '{}'],
  ] as const)('is readable whatever it is of (%#)', (value, text) => {
    expect(attributeText(value)).toBe(text);
  });

  it('of a list too deep for any reader ends', () => {
    let deep: readonly unknown[] = [];
    for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];
    expect(attributeText(deep as readonly string[])).toContain('null');
  });
});

describe('attributes as JSON', () => {
  it('are equal for equal sets in any order, and hold to their limits', () => {
    const cuts = { value: 0, name: 0, parts: 0 };
    const told = { value: () => { cuts.value += 1; }, name: () => { cuts.name += 1; }, parts: (count: number) => { cuts.parts += count; } };
    const limits = { maxValueBytes: 40, maxAttributes: 2 };
    const json = canonicalJson(new Map<string, string | number>([['b', 'x'.repeat(100)], ['a', 1], ['c', 2]]), limits, told);
    expect(json).toBe(canonicalJson(new Map<string, string | number>([['c', 2], ['a', 1], ['b', 'x'.repeat(100)]]), limits, told));
    expect(Object.keys(JSON.parse(json) as object)).toEqual(['a', 'b']);
    expect(cuts).toEqual({ value: 2, name: 0, parts: 2 });
  });
});

describe('bounded texts', () => {
  it('never halve a character, and say how long they were', () => {
    let cut = 0;
    const text = boundedText('é'.repeat(100), 50, () => { cut += 1; });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(50);
    expect(text).toMatch(/^é+…\[200 bytes\]$/);
    expect(cut).toBe(1);
  });

  it('keep different long names different', () => {
    const names = ['a', 'b'].map((end) => boundedName('n'.repeat(2000) + end, () => undefined));
    expect(names.map(({ length }) => length)).toEqual([1024, 1024]);
    expect(names[0]).not.toBe(names[1]);
  });
});
