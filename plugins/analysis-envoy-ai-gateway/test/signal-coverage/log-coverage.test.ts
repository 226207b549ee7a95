import { FakeSeenEntities, ManualClock } from '@meterlark/core/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CoverageCounter } from '../../src/signal-coverage/coverage-counter.js';
import { LogCoverage } from '../../src/signal-coverage/log-coverage.js';
import { RecentRequests } from '../../src/signal-coverage/recent-requests.js';
import { accessLog, FakeStream, logOrigin, startUs, type Values } from '../kit.js';

let stream: FakeStream;
let entities: FakeSeenEntities;
let coverage: LogCoverage;
const edge = logOrigin();

beforeEach(() => {
  stream = new FakeStream();
  entities = new FakeSeenEntities();
  coverage = new LogCoverage(new CoverageCounter('logs', stream, entities), new RecentRequests(1000), new ManualClock(startUs / 1000 + 120_000));
});

describe('access logs', () => {
  test('count a request and its input and output tokens to the model that was asked for, in the minute of its end', () => {
    coverage.listen(accessLog(), edge);
    coverage.listen(accessLog({ 'gen_ai.response.model': 'gpt-4o-2024-08-06' }), edge);
    coverage.listen(accessLog({ duration: '49999' }), edge);
    coverage.listen(accessLog({ duration: '50000' }), edge);
    expect(stream.counts).toEqual({
      'edge requests gpt-4o logs +0': 3, 'edge tokens gpt-4o logs +0': 360, 'edge requests gpt-4o logs +1': 1, 'edge tokens gpt-4o logs +1': 120,
    });
  });

  test.each<[string, Values, number]>([
    ['"-"', { 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-', response_code: '404' }, 0],
    ['only input', { 'gen_ai.usage.output_tokens': '-' }, 100],
    ['zero', { 'gen_ai.usage.input_tokens': '0', 'gen_ai.usage.output_tokens': '0' }, 0],
    ['no number', { 'gen_ai.usage.input_tokens': 'many', 'gen_ai.usage.output_tokens': '-1' }, 0],
    ['with an exponent', { 'gen_ai.usage.input_tokens': '1.23457e+06', 'gen_ai.usage.output_tokens': '0' }, 1_234_570],
    ['numbers', { 'gen_ai.usage.input_tokens': 7n, 'gen_ai.usage.output_tokens': 3 }, 10],
    ['a total alone', { 'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': undefined, 'gen_ai.usage.total_tokens': '42' }, 42],
    ['a total beside the parts', { 'gen_ai.usage.total_tokens': '9999' }, 120],
    ['cached and reasoning ones beside', { 'gen_ai.usage.reasoning_tokens': '15', 'gen_ai.usage.cached_input_tokens': '80' }, 120],
    ['infinite', { 'gen_ai.usage.input_tokens': 'Infinity', 'gen_ai.usage.output_tokens': '-' }, 0],
  ])('tokens that are %s', (_what, values, tokens) => {
    coverage.listen(accessLog(values), edge);
    expect(stream.counts['edge tokens gpt-4o logs +0'] ?? 0).toBe(tokens);
    expect(stream.counts['edge requests gpt-4o logs +0']).toBe(1);
  });

  test.each<[string, Values]>([
    ['of MCP', { 'gen_ai.request.model': undefined, 'mcp.method.name': 'tools/call' }],
    ['whose model is "-"', { 'gen_ai.request.model': '-' }],
    ['whose model is empty', { 'gen_ai.request.model': '' }],
    ['whose model is no text', { 'gen_ai.request.model': ['gpt-4o'] }],
  ])('%s are no calls of a model', (_what, values) => {
    coverage.listen(accessLog(values), edge);
    expect(stream.counts).toEqual({});
    expect(entities.observed).toEqual([]);
  });

  test('without a layer are known by what only Envoy writes; those of another layer are not the gateway’s', () => {
    const bare = { upstream_cluster: undefined, 'x-envoy-origin-path': undefined };
    coverage.listen(accessLog(), logOrigin({ layer: '', service: 'a' }));
    coverage.listen(accessLog({ ...bare, upstream_cluster: '-' }), logOrigin({ layer: '', service: 'b' }));
    coverage.listen(accessLog(bare), logOrigin({ layer: '', service: 'an app' }));
    coverage.listen(accessLog(bare), logOrigin({ service: 'c' }));
    coverage.listen(accessLog(), logOrigin({ layer: 'GENERAL', service: 'another app' }));
    expect(Object.keys(stream.counts).filter((name) => name.includes('requests'))).toEqual(['a', 'b', 'c'].map((name) => `${name} requests gpt-4o logs +0`));
  });

  test('make their gateway known in the layer', () => {
    coverage.listen(accessLog(), logOrigin({ layer: '' }));
    expect(entities.observed.map(({ name, scope, layers }) => [name, scope, layers])).toEqual([['edge', 'Service', ['ENVOY_AI_GATEWAY']]]);
  });

  test('without a time count when they come', () => {
    coverage.listen(accessLog({}, { timeUs: 0 }), edge);
    expect(Object.keys(stream.counts)).toEqual(['edge requests gpt-4o logs +2', 'edge tokens gpt-4o logs +2']);
  });

  test('of minutes that are not accepted make nothing known', () => {
    coverage.listen(accessLog({}, { timeUs: startUs - 48 * 3_600_000_000 }), edge);
    expect(entities.observed).toEqual([]);
  });
});

describe('an access log that comes again', () => {
  test('counts once, while another request under the same id counts', () => {
    const line = accessLog({ 'x-request-id': 'r1' });
    for (const origin of [edge, edge, logOrigin()]) coverage.listen(line, origin);
    coverage.listen(accessLog({ 'x-request-id': 'r1' }, { timeUs: startUs + 1 }), edge);
    expect(stream.counts['edge requests gpt-4o logs +0']).toBe(2);
  });

  test('is known by its span or its client when it has no request id', () => {
    const bySpan = accessLog({ 'x-request-id': '-' }, { spanId: '00f067aa0ba902b7' });
    const byClient = accessLog({ 'x-request-id': undefined, downstream_remote_address: '10.1.2.3:40122' });
    for (const line of [bySpan, byClient, bySpan, byClient]) coverage.listen(line, edge);
    expect(stream.counts['edge requests gpt-4o logs +0']).toBe(2);
  });

  test('counts as another where nothing tells it apart: a lost request would be worse', () => {
    const line = accessLog({ 'x-request-id': undefined });
    for (const each of [line, line]) coverage.listen(each, edge);
    expect(stream.counts['edge requests gpt-4o logs +0']).toBe(2);
  });

  test('of another tenant counts for that one', () => {
    const line = accessLog({ 'x-request-id': 'r1' });
    coverage.listen(line, edge);
    coverage.listen(line, logOrigin({ tenant: 'acme/' }));
    expect(stream.counts).toMatchObject({ 'edge requests gpt-4o logs +0': 1, 'acme/edge requests gpt-4o logs +0': 1 });
  });
});

describe('requests that only access logs tell of', () => {
  const untold = { 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' };
  test.each<[string, Values, string | undefined]>([
    ['no route', { ...untold, response_code: '404', upstream_host: '-', upstream_cluster: '-' }, 'no_backend'],
    ['no healthy backend', { ...untold, response_code: '503', upstream_host: '-' }, 'no_backend'],
    ['a client that left before the answer', { ...untold, response_code: '0' }, 'unfinished'],
    ['a stream that broke off', untold, 'unfinished'],
    ['a backend that answered with an error', { ...untold, response_code: '500' }, undefined],
    ['a success', {}, undefined],
    ['a success without output, as embeddings have', { 'gen_ai.usage.output_tokens': '-' }, undefined],
    ['a format that does not tell', { 'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': undefined, upstream_host: undefined }, undefined],
  ])('%s', (_what, values, reason) => {
    coverage.listen(accessLog(values), edge);
    const found = Object.keys(stream.counts).filter((name) => name.includes('log_only'));
    expect(found).toEqual(reason === undefined ? [] : [`edge log_only_requests gpt-4o ${reason} +0`]);
  });
});

describe('what was remembered of a gateway', () => {
  test('is asked for again in a new epoch of the stream, and when entities were forgotten', () => {
    coverage.listen(accessLog(), edge);
    stream.forget();
    coverage.listen(accessLog({ response_code: '0' }), edge);
    entities.forget();
    coverage.listen(accessLog({ response_code: '0' }), edge);
    expect(stream.counts).toMatchObject({ 'edge requests gpt-4o logs +0': 3, 'edge log_only_requests gpt-4o unfinished +0': 2 });
    expect(entities.observed).toHaveLength(2);
  });

  test('stays right with more models than are remembered, and with names of any length', () => {
    for (let round = 0; round < 2; round += 1) for (let model = 0; model < 5000; model += 1) coverage.listen(accessLog({ 'gen_ai.request.model': `m${model}` }), edge);
    expect(Object.entries(stream.counts).filter(([name, count]) => name.includes(' requests ') && count === 2)).toHaveLength(5000);
    coverage.listen(accessLog({ 'gen_ai.request.model': 'x'.repeat(100_000) }), edge);
    expect(stream.counts[`edge requests ${'x'.repeat(1024)} logs +0`]).toBe(1);
  });

  test('room is the stream’s', () => {
    expect(coverage.hasRoom()).toBe(true);
    stream.room = false;
    expect(coverage.hasRoom()).toBe(false);
  });
});
