import { expect, test } from 'vitest';
import { redactUrl } from '../../src/kernel/redact.js';

test.each([
  ['http://me:hunter2@db:8123', 'http://***@db:8123'],
  ['http://hunter2@db:8123/x', 'http://***@db:8123/x'],
  ['HTTPS://me:hunter2@db', 'HTTPS://***@db'],
  ['http://me:hunt@er2@db', 'http://***@db'],
  ['http://me:hunter2/x y@db', 'http://***@db'],
  ['http:me:hunter2@db', 'http:***@db'],
  ['http:\\\\me:hunter2@db', 'http:\\\\***@db'],
  ['no way to http://me:hunter2@db or http://db', 'no way to http://***@db or http://db'],
  ['http://db:8123/?user=me&password=hunter2&x=1', 'http://db:8123/?user=***&password=***&x=1'],
  ['me:hunter2@db', 'me:***@db'],
])('%s is shown as %s', (text, shown) => {
  expect(redactUrl(text)).toBe(shown);
  expect(redactUrl(text)).not.toContain('hunter2');
});

test.each(['', 'http://db:8123', './data', '0.0.0.0', 'envoy-ai-gateway', 'localhost:8123'])('%j is shown as it is', (text) => {
  expect(redactUrl(text)).toBe(text);
});

test('a long text of one scheme after another is left as it is', () => {
  expect(redactUrl('http://'.repeat(20_000))).toBe('http://'.repeat(20_000));
});
