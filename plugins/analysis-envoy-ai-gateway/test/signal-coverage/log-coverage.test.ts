import { gatewayLayer, isGatewayLog } from '@meterlark/core';
import { FakeSeenEntities, ManualClock } from '@meterlark/core/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CoverageCounter } from '../../src/signal-coverage/coverage-counter.js';
import { LogCoverage } from '../../src/signal-coverage/log-coverage.js';
import { Readings } from '../../src/signal-coverage/readings.js';
import { RecentRequests } from '../../src/signal-coverage/recent-requests.js';
import { accessLog, FakeStream, logOrigin, startUs, type Values } from '../kit.js';

let stream: FakeStream;
let entities: FakeSeenEntities;
let coverage: LogCoverage;
let unreadable: number;
const edge = logOrigin();

beforeEach(() => {
  stream = new FakeStream();
  entities = new FakeSeenEntities();
  unreadable = 0;
  coverage = new LogCoverage({
    counter: new CoverageCounter('logs', stream, entities), recent: new RecentRequests(1000), readings: new Readings(() => (unreadable += 1)),
    clock: new ManualClock(startUs / 1000 + 120_000),
  });
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

  test.each<[string, Values, number, number]>([
    ['"-"', { 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-', response_code: '404' }, 0, 0],
    ['only input', { 'gen_ai.usage.output_tokens': '-' }, 100, 0],
    ['zero', { 'gen_ai.usage.input_tokens': '0', 'gen_ai.usage.output_tokens': '0' }, 0, 0],
    ['no number', { 'gen_ai.usage.input_tokens': 'many', 'gen_ai.usage.output_tokens': '-1' }, 0, 2],
    ['with an exponent', { 'gen_ai.usage.input_tokens': '1.23457e+06', 'gen_ai.usage.output_tokens': '0' }, 1_234_570, 0],
    ['numbers', { 'gen_ai.usage.input_tokens': 7n, 'gen_ai.usage.output_tokens': 3 }, 10, 0],
    ['a total alone', { 'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': undefined, 'gen_ai.usage.total_tokens': '42' }, 42, 0],
    ['a total beside the parts', { 'gen_ai.usage.total_tokens': '9999' }, 120, 0],
    ['cached and reasoning ones beside', { 'gen_ai.usage.reasoning_tokens': '15', 'gen_ai.usage.cached_input_tokens': '80' }, 120, 0],
    ['infinite', { 'gen_ai.usage.input_tokens': 'Infinity', 'gen_ai.usage.output_tokens': '-' }, 0, 1],
    ['more than any call uses', { 'gen_ai.usage.input_tokens': '1e308', 'gen_ai.usage.output_tokens': 1e13 }, 0, 2],
    ['hexadecimal', { 'gen_ai.usage.input_tokens': '0x10' }, 20, 1],
    ['a fraction', { 'gen_ai.usage.input_tokens': '1.5', 'gen_ai.usage.output_tokens': 2.5 }, 0, 2],
  ])('tokens that are %s', (_what, values, tokens, faults) => {
    coverage.listen(accessLog(values), edge);
    expect(stream.counts['edge tokens gpt-4o logs +0'] ?? 0).toBe(tokens);
    expect(stream.counts['edge requests gpt-4o logs +0']).toBe(1);
    expect(unreadable).toBe(faults);
  });

  test('with a duration or a code that cannot be read count at their beginning, as what they are', () => {
    for (const values of [{ duration: '1e300' }, { duration: '-5' }, { duration: '0x10000' }, { response_code: 'teapot' }, { response_code: '1e9' }]) {
      coverage.listen(accessLog(values), edge);
    }
    expect(stream.counts).toEqual({ 'edge requests gpt-4o logs +0': 5, 'edge tokens gpt-4o logs +0': 600 });
    expect(unreadable).toBe(5);
  });

  test.each<[string, Values, number]>([
    ['/v1/messages/count_tokens', { 'x-envoy-origin-path': '/v1/messages/count_tokens?beta=true' }, 0],
    ['/v1/responses/input_tokens, told by the path of the request', { 'x-envoy-origin-path': '-', 'request.path': '/v1/responses/input_tokens' }, 0],
    ['/tokenize', { 'x-envoy-origin-path': '/tokenize' }, 0],
    ['/v1/messages', { 'x-envoy-origin-path': '/v1/messages' }, 120],
    ['a path that nobody knows', { 'x-envoy-origin-path': '/mine' }, 120],
  ])('of requests that only count tokens have none themselves, as in metrics and spans: %s', (_path, values, tokens) => {
    coverage.listen(accessLog(values), edge);
    expect(stream.counts['edge tokens gpt-4o logs +0'] ?? 0).toBe(tokens);
    expect(stream.counts['edge requests gpt-4o logs +0']).toBe(1);
  });

  test.each<[string, Values]>([
    ['of MCP', { 'gen_ai.request.model': undefined, 'mcp.method.name': 'tools/call' }],
    ['of MCP, though they name a model', { 'mcp.method.name': 'tools/call' }],
    ['whose model is "-"', { 'gen_ai.request.model': '-' }],
    ['whose model is empty', { 'gen_ai.request.model': '' }],
    ['whose model is no text', { 'gen_ai.request.model': ['gpt-4o'] }],
  ])('%s are no calls of a model', (_what, values) => {
    coverage.listen(accessLog(values), edge);
    expect(stream.counts).toEqual({});
    expect(entities.observed).toEqual([]);
  });

  test('are known by what core knows them by: one definition for all that reads them', () => {
    const all = { upstream_cluster: undefined, 'x-envoy-origin-path': undefined, 'x-request-id': undefined, response_code: undefined, 'mcp.method.name': '-' };
    const shapes: readonly (readonly [string, Values, string])[] = [
      ['a', { ...all, upstream_cluster: '-' }, ''], ['b', { ...all, 'x-envoy-origin-path': '/v1' }, ''],
      ['c', { ...all, 'x-request-id': 'r', response_code: '200' }, ''], ['d', { ...all, 'x-request-id': 'r' }, ''], ['e', { ...all, response_code: '200' }, ''],
      ['f', all, ''], ['g', all, gatewayLayer], ['h', { ...all, upstream_cluster: '-' }, 'GENERAL'],
    ];
    for (const [service, values, layer] of shapes) coverage.listen(accessLog(values), logOrigin({ layer, service }));
    const counted = shapes.map(([service]) => service).filter((service) => `${service} requests gpt-4o logs +0` in stream.counts);
    const known = shapes.filter(([, values, layer]) => isGatewayLog(layer, (key) => key === 'gen_ai.request.model' || values[key] !== undefined));
    expect(counted).toEqual(known.map(([service]) => service));
    expect(counted).toEqual(['a', 'b', 'c', 'g']);
  });

  test('make their gateway known in the layer', () => {
    coverage.listen(accessLog(), logOrigin({ layer: '' }));
    expect(entities.observed.map(({ name, scope, layers }) => [name, scope, layers])).toEqual([['edge', 'Service', ['ENVOY_AI_GATEWAY']]]);
  });

  test('without a time count when they come', () => {
    coverage.listen(accessLog({}, { timeUs: 0 }), edge);
    expect(Object.keys(stream.counts)).toEqual(['edge requests gpt-4o logs +2', 'edge tokens gpt-4o logs +2']);
  });

  test('without a time but with a start_time count in the minute of their end', () => {
    coverage.listen(accessLog({ start_time: new Date(startUs / 1000).toISOString(), duration: '60000' }, { timeUs: 0 }), edge);
    coverage.listen(accessLog({ start_time: '1999-01-01T00:00:00Z' }, { timeUs: 0 }), edge);
    expect(stream.counts['edge requests gpt-4o logs +1']).toBe(1);
    expect(entities.observed).toHaveLength(1);
  });

  test('without any time count once when they come again, and two attempts of one request twice', () => {
    const line = { 'x-request-id': 'r1', start_time: '-' };
    for (const change of [{}, {}, { response_code: '503', duration: '3' }, {}]) coverage.listen(accessLog({ ...line, ...change }, { timeUs: 0 }), edge);
    expect(stream.counts['edge requests gpt-4o logs +2']).toBe(2);
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

describe('a request that goes on', () => {
  const untold = { 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' };

  test('counts when it ends: not by the line of its begin, nor by those between', () => {
    const begin = { 'x-request-id': 'r1', ...untold, response_code: '0', duration: '-', upstream_host: '-' };
    coverage.listen(accessLog(begin), edge);
    coverage.listen(accessLog({ ...begin, upstream_host: '10.0.0.7:443', response_code: '200' }), edge);
    expect(stream.counts).toEqual({});
    coverage.listen(accessLog({ 'x-request-id': 'r1' }), edge);
    expect(stream.counts).toEqual({ 'edge requests gpt-4o logs +0': 1, 'edge tokens gpt-4o logs +0': 120 });
  });

  test.each<[string, Values]>([
    ['a format without a duration', { ...untold, duration: undefined }], ['an empty one', { ...untold, duration: '' }],
    ['tokens beside', { duration: '-' }], ['output alone', { duration: '-', 'gen_ai.usage.input_tokens': '-' }],
  ])('is not meant by %s', (_what, values) => {
    coverage.listen(accessLog(values), edge);
    expect(stream.counts['edge requests gpt-4o logs +0']).toBe(1);
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
    ['a counting of tokens, which has none of its own', { ...untold, 'x-envoy-origin-path': '/v1/messages/count_tokens' }, undefined],
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
    for (let round = 0; round < 2; round += 1) for (let model = 0; model < 20_000; model += 1) coverage.listen(accessLog({ 'gen_ai.request.model': `m${model}` }), edge);
    expect(Object.entries(stream.counts).filter(([name, count]) => name.includes(' requests ') && count === 2)).toHaveLength(20_000);
    coverage.listen(accessLog({ 'gen_ai.request.model': 'x'.repeat(100_000) }), edge);
    expect(stream.counts[`edge requests ${'x'.repeat(1024)} logs +0`]).toBe(1);
  });

  test('room is the stream’s', () => {
    expect(coverage.hasRoom()).toBe(true);
    stream.room = false;
    expect(coverage.hasRoom()).toBe(false);
  });
});
