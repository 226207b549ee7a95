import { describe, expect, test } from 'vitest';
import { noUsage, type AttributeValue, type TokenUsage } from '@meterlark/core';
import { call, type AttributeObject } from '../spans.js';

const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' };

function usage(values: AttributeObject): TokenUsage {
  return call({ ...chat, ...Object.fromEntries(Object.entries(values).map(([key, value]) => [`gen_ai.usage.${key}`, value])) }).usage;
}

describe('cached input', () => {
  test.each([
    'cache_read.input_tokens', 'cache_read_input_tokens', 'cache_read_tokens', 'details.cache_read_tokens',
    'details.cache_read_input_tokens',
    'prompt_details.cache_read', 'input_cached_tokens', 'prompt_tokens_details.cached_tokens',
  ])('is read from %s and is part of the input', (key) => {
    expect(usage({ input_tokens: 100, [key]: 20 })).toMatchObject({ input: 100, cacheRead: 20 });
  });

  test.each([
    'cache_creation.input_tokens', 'cache_creation_input_tokens', 'cache_write_tokens', 'details.cache_write_tokens',
    'details.cache_creation_input_tokens', 'prompt_details.cache_write', 'input_cache_creation',
    'prompt_tokens_details.cache_creation_tokens',
  ])('is written as %s says', (key) => {
    expect(usage({ input_tokens: 100, [key]: 20 })).toMatchObject({
      input: 100, cacheWrite5m: 20, cacheWrite1h: undefined,
    });
  });

  test('of more tokens than the input was left out of it', () => {
    expect(usage({ input_tokens: 7, cache_read_input_tokens: 16_399, cache_creation_input_tokens: 2089 })).toMatchObject({ input: 18_495, cacheRead: 16_399 });
  });

  test('was left out of the input when the total needs it', () => {
    expect(usage({ input_tokens: 100, output_tokens: 50, cache_read_input_tokens: 20, total_tokens: 170 })).toMatchObject({ input: 120 });
    expect(usage({ input_tokens: 100, output_tokens: 50, cache_read_input_tokens: 20, total_tokens: 150 })).toMatchObject({ input: 100 });
  });

  test('written for an hour is told apart from the total of both', () => {
    const told = { cache_creation_input_tokens: 30, 'cache_creation.ephemeral_1h_input_tokens': 10 };
    expect(usage({ input_tokens: 100, ...told })).toMatchObject({ cacheWrite5m: 20, cacheWrite1h: 10, input: 100 });
  });

  test('alone is at least the input', () => {
    expect(usage({ cache_read_input_tokens: 20 })).toMatchObject({ input: 20, cacheRead: 20 });
  });
});

describe('reasoning', () => {
  test.each(['reasoning.output_tokens', 'reasoning_tokens', 'completion_tokens_details.reasoning_tokens', 'details.reasoning_tokens'])(
    'is read from %s and is part of the output',
    (key) => expect(usage({ output_tokens: 50, [key]: 10 })).toMatchObject({ output: 50, reasoning: 10 }),
  );

  test('of more tokens than the output was left out of it', () => {
    expect(usage({ output_tokens: 10, reasoning_tokens: 40 })).toMatchObject({ output: 50, reasoning: 40 });
  });

  test('was left out of the output when the total needs it, with or without cached input', () => {
    expect(usage({ input_tokens: 100, output_tokens: 50, reasoning_tokens: 30, total_tokens: 180 })).toMatchObject({ input: 100, output: 80 });
    expect(
      usage({ input_tokens: 100, output_tokens: 50, reasoning_tokens: 30, cache_read_tokens: 20, total_tokens: 200 }),
    ).toMatchObject({ input: 120, output: 80 });
    expect(
      usage({ input_tokens: 100, output_tokens: 50, reasoning_tokens: 30, cache_read_tokens: 20, total_tokens: 180 }),
    ).toMatchObject({ input: 100, output: 80 });
  });
});

describe('counts', () => {
  test.each<AttributeValue>([-1, 1.5, '', 'many', Number.NaN, 1e15, '1e15', null as unknown as undefined, [5], true])('of %s are unknown, not 0', (value) => {
    expect(usage({ input_tokens: value })).toBe(noUsage);
  });

  test.each<[AttributeValue, number]>([[0, 0], ['12', 12], [12n, 12], ['12.0', 12]])('of %s are %s', (value, count) => {
    expect(usage({ input_tokens: value }).input).toBe(count);
  });

  test('nobody told are unknown, each by itself', () => {
    expect(usage({ output_tokens: 5 })).toEqual({ ...noUsage, output: 5 });
    expect(usage({})).toBe(noUsage);
  });

  test('of embeddings are the total when only that is told', () => {
    expect(call({ ...chat, 'gen_ai.operation.name': 'embeddings', 'gen_ai.usage.total_tokens': 8 }).usage).toMatchObject({ input: 8, output: undefined });
    expect(usage({ total_tokens: 8 })).toMatchObject({ input: undefined, output: undefined });
    expect(usage({ total_tokens: 8, output_tokens: 3 })).toMatchObject({ input: 5, output: 3 });
  });

  test('in JSON that is broken, huge or no map are unknown', () => {
    const vercel = { 'ai.operationId': 'ai.generateText.doGenerate', 'ai.model.id': 'm' };
    for (const text of [
      '{', '[1]', '"x"', 'null', '{"anthropic":null}', '{"anthropic":{"usage":[]}}',
      `{"a":"${'x'.repeat(70_000)}","openai":{"cachedPromptTokens":1}}`,
    ]) {
      expect(call({ ...vercel, 'ai.response.providerMetadata': text }).usage).toBe(noUsage);
    }
  });

  test('are not looked up in what every object has', () => {
    expect(call({ ...chat, 'langsmith.usage_metadata': '{"__proto__":{"input_tokens":5}}' }).usage).toBe(noUsage);
  });
});

describe("Langfuse's usage details", () => {
  const told = (details: unknown): TokenUsage => call({
    'langfuse.observation.type': 'generation', 'langfuse.observation.model.name': 'm',
    'langfuse.observation.usage_details': JSON.stringify(details),
  }).usage;

  test.each([
    [{ input: 20, input_cache_read: 80, output: 10, total: 110 }, { input: 100, cacheRead: 80, output: 10 }],
    [{ input: 100, input_cached_tokens: 80, output: 10 }, { input: 180, cacheRead: 80, output: 10 }],
    [{ input: 100, input_cached_tokens: 80, output: 10, total: 110 }, { input: 100, cacheRead: 80 }],
    [{ input: 20, cache_read_input_tokens: 50, input_cache_creation: 30, output: 10 }, { input: 100, cacheRead: 50, cacheWrite5m: 30 }],
    [{ input: 100, output: 40, output_reasoning: 10 }, { input: 100, output: 50, reasoning: 10 }],
    [{ input: 100, output: 50, output_reasoning_tokens: 10, total: 150 }, { output: 50, reasoning: 10 }],
    [{ input: 20, input_cached_tokens: 80, output: 40, output_reasoning_tokens: 10, total: 150 }, { input: 100, output: 50 }],
  ])('in its own words share no token: %j', (details, reads) => {
    expect(told(details)).toMatchObject(reads);
  });

  test.each([
    [{ prompt_tokens: 100, completion_tokens: 10, prompt_tokens_details: { cached_tokens: 80 } }, { input: 100, cacheRead: 80, output: 10 }],
    [{ prompt_tokens: 100, completion_tokens: 50, completion_tokens_details: { reasoning_tokens: 10 } }, { output: 50, reasoning: 10 }],
    [{ input_tokens: 100, output_tokens: 10, input_tokens_details: { cached_tokens: 80 } }, { input: 100, cacheRead: 80, output: 10 }],
    [{ input_tokens: 20, output_tokens: 10, cache_read_input_tokens: 80 }, { input: 100, cacheRead: 80, output: 10 }],
  ])("in a provider's words are what it said: %j", (details, reads) => {
    expect(told(details)).toMatchObject(reads);
  });
});

describe("the AI SDK's input", () => {
  const told = (values: AttributeObject): TokenUsage => call({
    'ai.operationId': 'ai.generateText.doGenerate', 'ai.usage.inputTokens': 100, 'ai.usage.outputTokens': 10,
    'ai.usage.cachedInputTokens': 80, ...values,
  }).usage;
  const cacheTold = '{"anthropic":{"cacheCreationInputTokens":0}}';

  test.each<AttributeObject>([
    { 'ai.model.provider': 'vertex.anthropic.messages', 'ai.model.id': 'claude-sonnet-4-5@20250929' },
    { 'ai.model.provider': 'gateway', 'ai.model.id': 'm', 'ai.response.providerMetadata': cacheTold },
    { 'ai.model.provider': 'gateway', 'ai.model.id': 'm', 'ai.response.providerMetadata': new Map([['anthropic', new Map()]]) },
  ])('leaves cached tokens out wherever Claude answers: %j', (values) => {
    expect(told(values)).toMatchObject({ input: 180, cacheRead: 80 });
  });

  test.each<AttributeObject>([
    { 'ai.model.provider': 'google.vertex.chat', 'ai.model.id': 'gemini-2.5-pro' },
    { 'ai.model.provider': 'gateway', 'ai.model.id': 'm', 'ai.response.providerMetadata': '{"anthropic":null,"openai":{}}' },
  ])('includes them otherwise: %j', (values) => {
    expect(told(values)).toMatchObject({ input: 100, cacheRead: 80 });
  });
});
