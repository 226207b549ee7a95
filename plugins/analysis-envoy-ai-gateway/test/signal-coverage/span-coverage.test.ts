import { FakeSeenEntities } from '@meterlark/core/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CoverageCounter } from '../../src/signal-coverage/coverage-counter.js';
import { Readings } from '../../src/signal-coverage/readings.js';
import { RecentRequests } from '../../src/signal-coverage/recent-requests.js';
import { SpanCoverage } from '../../src/signal-coverage/span-coverage.js';
import { FakeStream, gatewaySpan, scope, spanOrigin, startUs, type Values } from '../kit.js';

let stream: FakeStream;
let coverage: SpanCoverage;
let unreadable: number;
const edge = spanOrigin();

beforeEach(() => {
  stream = new FakeStream();
  unreadable = 0;
  coverage = new SpanCoverage({
    counter: new CoverageCounter('spans', stream, new FakeSeenEntities()), recent: new RecentRequests(1000), readings: new Readings(() => (unreadable += 1)),
  });
});

const openInference: Values = {
  'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'gpt-4o-2024-08-06',
  'llm.invocation_parameters': '{"model":"gpt-4o","temperature":0.2,"response_format":{"model":"another"}}', 'llm.token_count.prompt': 100,
  'llm.token_count.completion': 20, 'llm.token_count.total': 120, 'llm.token_count.prompt_details.cache_read': 80,
};
const genAi: Values = {
  'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.response.model': 'gpt-4o-2024-08-06', 'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 20, 'gen_ai.usage.cache_read.input_tokens': 80,
};

describe('spans of the gateway', () => {
  test.each<[string, Values, string, number]>([
    ['OpenInference', openInference, 'gpt-4o', 120],
    ['gen_ai', genAi, 'gpt-4o', 120],
    ['a failed call', { 'openinference.span.kind': 'LLM', 'llm.model_name': 'gpt-4o' }, 'gpt-4o', 0],
    ['hidden parameters: the model that answered', { ...openInference, 'llm.invocation_parameters': '__REDACTED__' }, 'gpt-4o-2024-08-06', 120],
    ['parameters without a model', { ...openInference, 'llm.invocation_parameters': '{"n":1}' }, 'gpt-4o-2024-08-06', 120],
    ['parameters that are no object', { ...openInference, 'llm.invocation_parameters': '[1]' }, 'gpt-4o-2024-08-06', 120],
    ['parameters too long to parse', { ...openInference, 'llm.invocation_parameters': `{"model":"gpt-4o","x":"${'y'.repeat(70_000)}"}` }, 'gpt-4o-2024-08-06', 120],
    ['parameters too long to keep', { ...openInference, 'llm.invocation_parameters': `{"x":"${'y'.repeat(1000)}","model":"gpt-4o"}` }, 'gpt-4o', 120],
    ['embeddings', { 'openinference.span.kind': 'EMBEDDING', 'embedding.invocation_parameters': '{"model":"ada"}', 'embedding.model_name': 'ada-002', 'llm.token_count.prompt': 8 }, 'ada', 8],
    ['reranking', { 'openinference.span.kind': 'RERANKER', 'reranker.model_name': 'rerank-v3' }, 'rerank-v3', 0],
    ['no model at all', { 'openinference.span.kind': 'EMBEDDING' }, 'unknown', 0],
    ['counting tokens, whose tokens nobody pays', { 'openinference.span.kind': 'TOKEN_COUNTER', 'llm.model_name': 'gpt-4o', 'llm.token_count.prompt': 100 }, 'gpt-4o', 0],
    ['the same in gen_ai', { 'gen_ai.operation.name': 'tokenize', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 100 }, 'gpt-4o', 0],
  ])('%s', (_what, values, model, tokens) => {
    for (const each of [gatewaySpan(values), gatewaySpan(values)]) coverage.listen(each, edge);
    expect(stream.counts).toEqual({ [`edge requests ${model} spans +0`]: 2, ...(tokens === 0 ? {} : { [`edge tokens ${model} spans +0`]: 2 * tokens }) });
  });

  test.each<[string, Values, number, number]>([
    ['more than any call uses', { 'gen_ai.usage.input_tokens': 1e308 }, 20, 1],
    ['hexadecimal', { 'gen_ai.usage.input_tokens': '0x10' }, 20, 1],
    ['fractions', { 'gen_ai.usage.input_tokens': 1.5, 'gen_ai.usage.output_tokens': '2.5' }, 0, 2],
    ['negative', { 'gen_ai.usage.output_tokens': -1 }, 100, 1],
    ['missing', { 'gen_ai.usage.output_tokens': undefined }, 100, 0],
  ])('with tokens that are %s count without them', (_what, values, tokens, faults) => {
    coverage.listen(gatewaySpan({ ...genAi, ...values }), edge);
    expect([stream.counts['edge requests gpt-4o spans +0'], stream.counts['edge tokens gpt-4o spans +0'] ?? 0, unreadable]).toEqual([1, tokens, faults]);
  });

  test('count in the minute of their end', () => {
    coverage.listen(gatewaySpan(genAi, { durationNs: 49_999_000_000 }), edge);
    coverage.listen(gatewaySpan(genAi, { durationNs: 50_000_000_000 }), edge);
    expect(stream.counts).toMatchObject({ 'edge requests gpt-4o spans +0': 1, 'edge requests gpt-4o spans +1': 1 });
  });

  test.each<[string, Values, string]>([
    ['of MCP', { 'mcp.method.name': 'tools/call', 'gen_ai.operation.name': 'execute_tool' }, scope.name],
    ['that are no calls', { 'http.request.method': 'POST' }, scope.name],
    ['of applications', genAi, 'openai-instrumentation'],
  ])('%s are not counted', (_what, values, name) => {
    coverage.listen(gatewaySpan(values), spanOrigin({ scope: { ...scope, name } }));
    expect(stream.counts).toEqual({});
  });

  test('are given back as they came', () => {
    const span = gatewaySpan(openInference);
    expect(coverage.listen(span, edge)).toBe(span);
  });

  test('that come again count once; another of the same time counts', () => {
    const span = gatewaySpan(genAi);
    for (const each of [span, span, { ...span, spanId: 'ffffffffffffffff' }, { ...span, startUs: startUs + 1 }]) coverage.listen(each, edge);
    expect(stream.counts['edge requests gpt-4o spans +0']).toBe(3);
  });
});

describe('recent requests', () => {
  test('are forgotten when half as many came after them, twice', () => {
    const recent = new RecentRequests(4);
    const verdicts = [1, 2, 1, 3, 1, 4, 5, 1].map((time) => recent.isNew('', time, 'r'));
    expect(verdicts).toEqual([true, true, false, true, false, true, true, true]);
  });

  test('of one time are kept apart by id and bounded all the same', () => {
    const recent = new RecentRequests(100);
    const news = Array.from({ length: 1000 }, (_, id) => recent.isNew('', 7, String(id)));
    expect(news.every((each) => each)).toBe(true);
    expect(recent.isNew('', 7, '999')).toBe(false);
    expect(recent.isNew('', 7, '1')).toBe(true);
  });

  test('with a bound of 0 nothing is remembered', () => {
    const recent = new RecentRequests(0);
    expect([recent.isNew('', 1, 'r'), recent.isNew('', 1, 'r')]).toEqual([true, true]);
  });
});
