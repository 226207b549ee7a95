import { join } from 'node:path';
import { noUsage } from '@meterlark/core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FilePriceBook } from '../../src/pricing/file-price-book.js';
import { loadBook } from '../../src/pricing/load-book.js';
import type { PriceRequest } from '../../src/pricing/price-book.js';
import { differing, upstreamModels } from './upstream-models.js';

const rootFolder = join(import.meta.dirname, '../../../..');
const usage = (input: number | undefined, output?: number): PriceRequest['usage'] => ({ ...noUsage, input, output });
const base: PriceRequest = {
  provider: '', model: '', requestModel: '', serverAddress: '', serviceTier: '', operation: 'chat', usage: noUsage,
  status: 'ok', timeMs: Date.parse('2026-08-15T12:00:00Z'), reportedUsd: undefined,
};
let book: FilePriceBook;

beforeAll(async () => {
  const loaded = await loadBook({ files: ['config/pricing'], deployments: {} }, rootFolder);
  expect(loaded.faults.map(({ message }) => message)).toEqual([]);
  book = loaded.book;
});

/** USD per million input, cached input and output tokens; a dash where no price is known. */
function perMillion(provider: string, model: string, more: Partial<PriceRequest> = {}): string {
  const total = (tokens: PriceRequest['usage'], operation = 'chat'): string => {
    const cost = book.price({ ...base, provider, model, operation, usage: tokens, ...more }).total;
    return cost === undefined ? '-' : String(cost / 1e9);
  };
  return [
    total(usage(1000), 'embeddings'),
    total({ ...noUsage, input: 1000, cacheRead: 1000, output: 0 }),
    total({ ...noUsage, input: 0, output: 1000 }),
  ].join(' ');
}

/** Input, cached input, output. */
const known: readonly (readonly [string, string, string])[] = [
  ['openai', 'gpt-4o', '2.5 1.25 10'],
  ['openai', 'gpt-4o-2024-11-20', '2.5 1.25 10'],
  ['openai', 'gpt-4o-2024-05-13', '5 5 15'],
  ['openai', 'gpt-4o-mini', '0.15 0.075 0.6'],
  ['openai', 'gpt-4.1', '2 0.5 8'],
  ['openai', 'gpt-4.1-mini', '0.4 0.1 1.6'],
  ['openai', 'gpt-4.1-mini-2025-04-14', '0.4 0.1 1.6'],
  ['openai', 'gpt-5', '1.25 0.125 10'],
  ['openai', 'gpt-5-codex', '1.25 0.125 10'],
  ['openai', 'gpt-5-mini', '0.25 0.025 2'],
  ['openai', 'gpt-5.4', '2.5 0.25 15'],
  ['openai', 'o3', '2 0.5 8'],
  ['openai', 'o4-mini', '1.1 0.275 4.4'],
  ['openai', 'text-embedding-3-small', '0.02 0.02 -'],
  ['openai', 'text-embedding-3-large', '0.13 0.13 -'],
  ['openai', 'text-embedding-ada-002', '0.1 0.1 -'],
  ['anthropic', 'claude-sonnet-4-5', '3 0.3 15'],
  ['anthropic', 'claude-sonnet-4-5-20250929', '3 0.3 15'],
  ['anthropic', 'claude-opus-4-1-20250805', '15 1.5 75'],
  ['anthropic', 'claude-haiku-4-5', '1 0.1 5'],
  ['anthropic', 'claude-3-5-sonnet-20241022', '3 0.3 15'],
  ['gcp.gemini', 'gemini-2.5-flash', '0.3 0.03 2.5'],
  ['gcp.gemini', 'models/gemini-2.5-pro', '1.25 0.125 10'],
  ['gcp.vertex_ai', 'claude-sonnet-4-5@20250929', '3 0.3 15'],
  ['deepseek', 'deepseek-chat', '0.14 0.0028 0.28'],
  ['aws.bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', '3.3 0.33 16.5'],
  ['aws.bedrock', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', '3 0.3 15'],
  ['aws.bedrock', 'amazon.nova-pro-v1:0', '0.8 0.2 3.2'],
  ['azure.ai.openai', 'gpt-4o-2024-08-06', '2.5 1.25 10'],
  ['groq', 'llama-3.3-70b-versatile', '0.59 - 0.79'],
  ['openrouter', 'anthropic/claude-sonnet-4.5', '3 0.3 15'],
  ['x_ai', 'grok-3', '3 0.75 15'],
  ['openai', 'deepseek-chat', '0.14 0.0028 0.28'],
];

describe('the prices shipped', () => {
  test.each(known)('%s %s costs %s', (provider, model, expected) => {
    expect(perMillion(provider, model)).toBe(expected);
  });

  test.each([
    ['ollama', 'deepseek-chat'],
    ['openrouter', 'deepseek/deepseek-chat'],
    ['aws.bedrock', 'gpt-4o'],
    ['openai', 'gpt-5.99'],
    ['openai', 'gpt-4.1-micro'],
    ['openai', 'ft:gpt-4o-2024-08-06:org::id'],
    ['', ''],
  ])('no price is known for %s %s', (provider, model) => {
    expect(perMillion(provider, model)).toBe('- - -');
  });

  test('a host that sends the bill goes before the provider that the client library names', () => {
    expect(perMillion('openai', 'llama-3.3-70b-versatile', { serverAddress: 'api.groq.com' })).toBe('0.59 - 0.79');
    expect(perMillion('openai', 'qwen-plus', { serverAddress: 'dashscope.aliyuncs.com' })).toBe('- - -');
  });

  test('every name of the list that SkyWalking ships has a price: its own, or another for a reason', () => {
    const found = upstreamModels.map(([name, input, output]) => {
      const [ours = '', , out = ''] = perMillion('', name).split(' ');
      return ours === String(input) && out === String(output) ? [] : [name, ours, out];
    });
    expect(found.filter((row) => row.length > 0)).toEqual(differing.map(({ name, input, output }) => [name, input, output]));
    expect(upstreamModels).toHaveLength(81);
  });
});

test('a model and its dated name have one price, also for long requests', () => {
  const long = (model: string): number | undefined => book.price({ ...base, provider: 'x_ai', model, usage: usage(200_000, 1) }).total;
  expect([long('grok-4'), long('grok-4-0709'), long('grok-4-fast')]).toEqual([undefined, undefined, undefined]);
});

test('regional endpoints of Vertex AI have no price for the Claude models that cost more there', () => {
  const at = (serverAddress: string, model: string): string => perMillion('gcp.vertex_ai', model, { serverAddress });
  expect(at('us-east5-aiplatform.googleapis.com', 'claude-sonnet-4-5@20250929')).toBe('- - -');
  expect(at('aiplatform.googleapis.com', 'claude-sonnet-4-5@20250929')).toBe('3 0.3 15');
  expect(at('us-east5-aiplatform.googleapis.com', 'gemini-2.5-flash')).toBe(at('aiplatform.googleapis.com', 'gemini-2.5-flash'));
});
