import { expect, test } from 'vitest';
import { LogqlParser } from '../src/language/parser.js';

test('the grammar of LogQL has no ambiguity', () => {
  expect(() => new LogqlParser(10, true)).not.toThrow();
});
