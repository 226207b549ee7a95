import { describe, expect, test } from 'vitest';
import { bookOf, request, top } from './books.js';
import type { PriceRequest } from '../../src/pricing/price-book.js';

const one = '{ input: 1, output: 1 }';
const gpt =
  'provider: openai\nsource: s\nread: 2026-01-02\nhosts: [api.openai.com]\nbegins: [gpt-, gpt-5-x, o1]\nstrip: [openai/]\ncompatible: true\nmodels:\n' +
  `  gpt-4.1: ${one}\n  gpt-4.1-mini: ${one}\n  gpt-4o: ${one}\n  gpt-4o-2024-05-13: ${one}\n  gpt-5: ${one}\n  o3: { versions: [], input: 1, output: 1 }\n  gpt-4-turbo:\n    aliases: [gpt-4-turbo-preview]\n    input: 1\n    output: 1\n`;
const claude =
  `provider: anthropic\nsource: s\nread: 2026-01-02\nbegins: [claude]\nstrip: [anthropic/]\nmodels:\n  claude-sonnet-4-5: ${one}\n  claude-sonnet-4: ${one}\n`;
const bedrock =
  'provider: aws.bedrock\nserves: [bedrock]\nsource: s\nread: 2026-01-02\nhosts: [bedrock-runtime.*.amazonaws.com]\nbegins: [anthropic.]\nstrip: [bedrock/, us., eu.]\nversions: [-YYYYMMDD, "-vN:N"]\nmodels:\n' +
  `  anthropic.claude-sonnet-4-5: ${one}\n`;
const azure = 'provider: azure.ai.openai\nsource: s\nread: 2026-01-02\nhosts: [.openai.azure.com]\nhosted: true\nuses: [openai]\nmodels: {}\n';
const groq = `provider: groq\nsource: s\nread: 2026-01-02\nhosts: [api.groq.com]\nhosted: true\nmodels:\n  openai/gpt-oss-20b: ${one}\n  gpt-5: { input: 7, output: 7 }\n`;
const files = [gpt, claude, bedrock, azure, groq];

function versionOf(some: Partial<PriceRequest>, deployments: Record<string, string> = {}): string {
  return bookOf([files], deployments).price(request({ provider: '', ...some })).priceVersion;
}

describe('the name of a model', () => {
  test.each([
    ['gpt-4.1', 'openai/gpt-4.1'],
    ['GPT-4.1', 'openai/gpt-4.1'],
    [' gpt-4.1 ', 'openai/gpt-4.1'],
    ['gpt-4.1-mini', 'openai/gpt-4.1-mini'],
    ['gpt-4.1-2025-04-14', 'openai/gpt-4.1'],
    ['gpt-4.1-20250414', 'openai/gpt-4.1'],
    ['gpt-4.1-latest', 'openai/gpt-4.1'],
    ['gpt-4o-2024-05-13', 'openai/gpt-4o-2024-05-13'],
    ['gpt-4o-2024-08-06', 'openai/gpt-4o'],
    ['gpt-4-turbo-preview', 'openai/gpt-4-turbo'],
    ['openai/gpt-4o', 'openai/gpt-4o'],
    ['openai/gpt-4.1-mini-2025-04-14', 'openai/gpt-4.1-mini'],
    ['claude-sonnet-4-5-20250929', 'anthropic/claude-sonnet-4-5'],
    ['claude-sonnet-4-5@20250929', 'anthropic/claude-sonnet-4-5'],
    ['anthropic/claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5'],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws.bedrock/anthropic.claude-sonnet-4-5'],
    ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws.bedrock/anthropic.claude-sonnet-4-5'],
    ['o3', 'openai/o3'],
  ])('%s is found as %s', (model, expected) => {
    expect(versionOf({ model })).toBe(expected);
  });

  test.each([
    'gpt-4.1-nano', 'gpt-4.1-mini-x', 'gpt-5-codex', 'gpt-5.5', 'gpt-5-mini', 'gpt-4o-audio-preview', 'gpt-4', 'gpt', 'gpt-4.1-2025-13-01', 'gpt-4.1-2025-04-14-x',
    'gpt-4.1-1999-01-01', 'xgpt-4.1', 'openrouter/openai/gpt-4o', 'o3-2025-04-16', 'claude-sonnet-4-6', 'jp.anthropic.claude-sonnet-4-5', 'openai/', '', 'unknown',
    'ft:gpt-4o-2024-08-06:org::id', 'openai/gpt-oss-20b', `gpt-4.1${'-latest'.repeat(5)}`, 'x'.repeat(100_000), '__proto__', 'constructor',
  ])('%s is not found', (model) => {
    expect(versionOf({ model })).toBe('');
  });

  test.each([
    ['a fuller name of it', 'claude-x-claude-sonnet-4', 'claude-x', ''],
    ['a fuller name of it', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'sonnet-4-5-20250929', 'aws.bedrock/anthropic.claude-sonnet-4-5'],
    ['a deployment', 'chat-prod', 'mystery', 'openai/gpt-4o'],
    ['another model', 'gpt-4o', 'mystery', ''],
    ['another model, while the one that answered is known', 'gpt-4o', 'gpt-4.1', 'openai/gpt-4.1'],
  ])('a request model that is %s: %s for %s', (_, requestModel, model, expected) => {
    expect(versionOf({ model, requestModel }, { 'chat-prod': 'gpt-4o' })).toBe(expected);
  });
});

describe('who sends the bill', () => {
  test.each<[string, Partial<PriceRequest>, string]>([
    ['a host of others, by its name', { provider: 'groq', model: 'gpt-5' }, 'groq/gpt-5'],
    ['a host of others, by its address', { provider: 'openai', model: 'gpt-5', serverAddress: 'https://api.groq.com:443/openai/v1' }, 'groq/gpt-5'],
    ['nobody for what a host does not list', { provider: 'groq', model: 'gpt-4o' }, ''],
    ['the maker where the provider has no file', { provider: 'my-gateway', model: 'gpt-5' }, 'openai/gpt-5'],
    ['the maker where others speak the API of the provider', { provider: 'openai', model: 'claude-sonnet-4' }, 'anthropic/claude-sonnet-4'],
    ['nobody where the provider does not have the model', { provider: 'anthropic', model: 'gpt-5' }, ''],
    ['a deployment at the list price of the maker', { provider: 'azure.ai.openai', model: 'gpt-5' }, 'openai/gpt-5'],
    ['a domain', { provider: 'openai', model: 'gpt-5', serverAddress: 'mine.openai.azure.com' }, 'openai/gpt-5'],
    ['not the domain itself', { provider: 'groq', model: 'gpt-5', serverAddress: 'openai.azure.com' }, 'groq/gpt-5'],
    ['a host with a region', { model: 'claude-sonnet-4', serverAddress: 'bedrock-runtime.us-east-1.amazonaws.com' }, ''],
    ['not a machine of that cloud', { model: 'gpt-5', serverAddress: 'ec2-1-2-3-4.us-east-1.compute.amazonaws.com' }, 'openai/gpt-5'],
  ])('%s', (_, some, expected) => {
    expect(versionOf(some)).toBe(expected);
  });

  test('is nobody when two files know the name and neither claims it', () => {
    const twin = (provider: string): string => `provider: ${provider}\nsource: s\nread: 2026-01-02\nmodels:\n  same: ${one}\n`;
    const price = (begins: string): string => bookOf([[twin('a'), `${twin('b')}${begins}`]]).price(request({ provider: '', model: 'same' })).priceVersion;
    expect([price(''), price('begins: [sa]\n')]).toEqual(['', 'b/same']);
  });

  test('a file of the user goes before those shipped, for its models only', () => {
    const own = `provider: openai\nsource: our contract\nread: 2026-05-01\nmodels:\n  gpt-5: { input: 9, output: 9 }\n  gpt-inhouse: ${one}\n`;
    const book = bookOf([files, [own]]);
    const total = (model: string): number | undefined => book.price(request({ provider: 'openai', model, tokens: { input: 1, output: 0 } })).total;
    expect([total('gpt-5'), total('gpt-inhouse'), total('gpt-4o')]).toEqual([9_000_000, 1_000_000, 1_000_000]);
  });
});

describe('deployments', () => {
  const map = { 'chat-prod': 'gpt-4o', 'mine.openai.azure.com/chat-prod': 'gpt-4.1', 'vllm.svc/*': 'unpriced' };

  test.each<[Partial<PriceRequest>, string]>([
    [{ provider: 'azure.ai.openai', model: 'chat-prod' }, 'openai/gpt-4o'],
    [{ provider: 'azure.ai.openai', model: 'Chat-Prod', serverAddress: 'mine.openai.azure.com' }, 'openai/gpt-4.1'],
    [{ provider: 'openai', model: 'gpt-4o', serverAddress: 'vllm.svc:8000' }, ''],
    [{ provider: 'openai', model: 'gpt-4o', serverAddress: 'other.svc:8000' }, 'openai/gpt-4o'],
  ])('%j is priced as %j', (some, expected) => {
    expect(versionOf(some, map)).toBe(expected);
  });
});

describe('the provider of a model', () => {
  test('is told by the longest beginning, whatever the case, and never by a part inside', () => {
    const book = bookOf([files, [`${top}begins: [gpt-5-x]\n`]]);
    const names = ['gpt-4o', 'GPT-4o', 'gpt-5-x1', 'claude-9', 'anthropic.claude', 'o1-mini', 'my-gpt-4', ''];
    expect(names.map((name) => book.providerOf(name))).toEqual(['openai', 'openai', 'acme', 'anthropic', 'aws.bedrock', 'openai', undefined, undefined]);
  });
});
