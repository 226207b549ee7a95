import { describe, expect, test } from 'vitest';
import { call } from '../spans.js';
import { openExamples } from './examples.js';
import { productExamples } from './more-examples.js';

describe('a model call', () => {
  test.each([...openExamples, ...productExamples])('of $title is read whole', ({ attributes, span, from, reads }) => {
    expect(call(attributes, span, from)).toMatchObject(reads);
  });

  test('is known by its trace and span', () => {
    const facts = call({ 'gen_ai.response.model': 'gpt-4o' });
    expect(facts).toMatchObject({
      id: '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331', service: 'shop', instance: 'shop-1', durationMs: 1000,
      revision: 0,
    });
  });
});
