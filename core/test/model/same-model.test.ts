import { expect, test } from 'vitest';
import { isSameModel } from '../../src/model/same-model.js';

test.each([
  ['gpt-4o', 'gpt-4o-2024-08-06'], ['openai/gpt-4o', 'GPT-4o'], ['unknown', 'gpt-4o'], ['gpt-4', 'gpt-4-0613'], ['claude-3-haiku', 'claude-3-haiku@20240307'], ['nova-v1', 'nova-v1:0'],
])('%s and %s may be one model', (one, other) => expect([isSameModel(one, other), isSameModel(other, one)]).toEqual([true, true]));

test.each([
  ['gpt-4o', 'gpt-4o-mini'], ['gpt-4', 'gpt-4.1'], ['gpt-4', 'gpt-4-5'], ['a', ''], ['', ''], ['x/', 'y/'],
])('%s and %s are two', (one, other) => expect([isSameModel(one, other), isSameModel(other, one)]).toEqual([false, false]));
