import { describe, expect, test } from 'vitest';
import { entityText, plainText } from '../../src/schema/entity-text.js';

const texts = ['', 'plain', 'a|b', 'a\\b', '*', '?', '100%', '%7c', '%', 'a\nb\r\t\0\u007f', 'ä日本👩‍👩‍👧', ' ', '|'.repeat(1000)];

describe('the text of entity tags', () => {
  test.each(texts)('%j comes back as it was', (text) => {
    expect(plainText(entityText(text))).toBe(text);
  });

  test('no special character is left, and different texts stay different', () => {
    for (const text of texts) expect(entityText(text)).not.toMatch(/[|\\*?\n\r\t\0]/);
    expect(new Set(texts.map(entityText)).size).toBe(texts.length);
  });

  test('half a character is no text', () => {
    expect(entityText('a\ud800')).toBe('a\ufffd');
  });

  test('what the server gives back for an empty text is the empty text', () => {
    expect(plainText(null)).toBe('');
  });
});
