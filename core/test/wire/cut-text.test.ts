import { describe, expect, test } from 'vitest';
import { cutText } from '../../src/wire/cut-text.js';

const cut = (text: string, limit: number): string => cutText(Buffer.from(`[${text}]`), 1, Buffer.byteLength(text), limit);

describe('a text that is cut', () => {
  test.each([
    ['', 0, ''],
    ['abc', 3, 'abc'],
    ['abc', 2, 'ab'],
    ['abc', 0, ''],
    ['aü', 2, 'a'],
    ['aü', 3, 'aü'],
    ['東京', 5, '東'],
    ['🦦🦦', 7, '🦦'],
    ['🦦🦦', 3, ''],
  ])('%j at %i bytes is %j', (text, limit, kept) => {
    expect(cut(text, limit)).toBe(kept);
  });

  test('of every mix of characters is the longest beginning that fits', () => {
    const text = 'aü東🦦zß京🦦🦦é'.repeat(3);
    for (let limit = 0; limit <= Buffer.byteLength(text); limit += 1) {
      const kept = cut(text, limit);
      const next = String.fromCodePoint(text.codePointAt(kept.length) ?? 0);
      expect(text.startsWith(kept)).toBe(true);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(limit);
      if (kept !== text) expect(Buffer.byteLength(kept + next)).toBeGreaterThan(limit);
    }
  });

  test('of bytes that are no UTF-8 ends where it is told to', () => {
    expect(cutText(Buffer.alloc(100, 0x80), 0, 100, 10)).toBe('\ufffd'.repeat(10));
  });
});
