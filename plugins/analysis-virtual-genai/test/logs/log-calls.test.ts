import { describe, expect, test } from 'vitest';
import type { AttributeValue } from '@meterlark/core';
import { origin, span, startUs, type AttributeObject } from '../spans.js';
import { started } from '../started.js';
import { complete, log, logOrigin, notFound, plainLog, type LogOriginWords } from './logs.js';

async function told(change: AttributeObject = {}, from: LogOriginWords = {}, words: Parameters<typeof log>[1] = {}) {
  const all = await started({ dimensions: { project: ['project.id'] } }, async () => [], { logs: true });
  all.tell(log(change, words), logOrigin(from));
  all.settle();
  return { ...all, rows: all.records.rows('model_calls'), row: all.records.rows('model_calls')[0] ?? {} };
}

describe('a call that only a log tells of', () => {
  test('has what the log says, its gateway, and metrics and entities like any other', async () => {
    const { row, rows, sources, entities, metrics } = await told({ 'x-request-id': 'r-1', 'session.id': 's-1', 'user.id': '-', 'gen_ai.usage.reasoning_tokens': '20' }, {}, { traceId: 'abc' });
    expect(rows).toHaveLength(1);
    expect(row).toMatchObject({
      time: startUs, trace_id: 'abc', span_id: 'e000000000000001', request_id: 'r-1', protocol: 'otlp', dialect: 'gateway-log', service: 'gateway', instance: 'aigw-1',
      gateway: 'gateway', route: 'my-route', session: 's-1', user: '', provider: 'openai', model: 'gpt-4o-2024-08-06', request_model: 'gpt-4o',
      response_model: 'gpt-4o-2024-08-06', operation: 'chat', streaming: '', status: 'ok', error_type: '', end_state: 'complete', duration_ms: 1000,
      input_tokens: 100, output_tokens: 50, reasoning_tokens: 20,
    });
    expect(sources.events.map(({ source }) => source)).toEqual(['GenAIProviderAccess', 'GenAIModelAccess', 'GenAICallerAccess']);
    expect(entities.map(({ name }) => name)).toEqual(['openai', 'gpt-4o-2024-08-06']);
    expect(metrics.value('meterlark_genai_calls_total', { dialect: 'gateway-log' })).toBe(1);
  });

  test('takes who it was for from the log, else from its resource', async () => {
    const { row } = await told({ 'user.id': 'ann', 'project.id': '-' }, { resource: { 'user.id': 'bob', 'project.id': 'p', 'team.id': '-' } });
    expect(row).toMatchObject({ user: 'ann', team: '', dimensions: { project: 'p' } });
  });

  test.each<readonly [AttributeObject, object]>([
    [{ 'gen_ai.provider.name': 'azure.openai' }, { provider: 'azure.ai.openai' }],
    [{ 'gen_ai.provider.name': '-', 'gen_ai.response.model': '-', 'gen_ai.request.model': 'claude-sonnet-4-5' }, { provider: 'anthropic', model: 'claude-sonnet-4-5' }],
    [{ 'gen_ai.response.model': '-', 'gen_ai.request.model': 'my-own' }, { provider: 'unknown', model: 'my-own' }],
    [{ 'x-envoy-origin-path': '/v1/embeddings' }, { operation: 'embeddings' }],
    [{ 'x-envoy-origin-path': '/my/own' }, { operation: 'chat' }],
    [{ duration: '-' }, { duration_ms: 0 }],
    [{ duration: '-5' }, { duration_ms: 0 }],
    [{ 'gen_ai.usage.input_tokens': '-5', 'gen_ai.usage.output_tokens': '1e99' }, { end_state: 'usage-missing', input_tokens: undefined, output_tokens: undefined }],
    // Not all senders are Envoy.
    [{ 'gen_ai.usage.input_tokens': 7, 'gen_ai.usage.output_tokens': 8, response_code: 200, duration: 1.5 }, { input_tokens: 7, output_tokens: 8, duration_ms: 1.5 }],
  ])('of %j has %j', async (change, expected) => expect((await told(change)).row).toMatchObject(expected));

  test('began when it came, where nobody says when', async () => {
    const { row } = await told({}, {}, { timeUs: 0 });
    expect(row['time']).toBe(startUs);
  });

  test('began when its start_time says, where the record says nothing, unless that cannot be', async () => {
    const said = async (timeUs: number) => (await told({ start_time: new Date(timeUs / 1000).toISOString() }, {}, { timeUs: 0 })).row['time'];
    const [hour, year] = [3_600_000_000, 365 * 86_400_000_000];
    expect([await said(startUs - hour), await said(startUs - year), await said(startUs + hour)]).toEqual([startUs - hour, startUs, startUs]);
  });
});

const claude: AttributeObject = { 'gen_ai.request.model': 'claude-sonnet-4-5', 'gen_ai.response.model': 'claude-sonnet-4-5-20250929' };

describe('its cost', () => {
  test.each<readonly [string, AttributeObject, object]>([
    ['is estimated when nobody says how many tokens were cached', {}, { cost_source: 'estimated', total_cost: 750_000_000 }],
    ['is computed when the log says it', { 'gen_ai.usage.cached_input_tokens': '0' }, { cost_source: 'computed', total_cost: 750_000_000 }],
    ['is less for cached tokens', { 'gen_ai.usage.cache_read.input_tokens': '100' }, { cost_source: 'computed', cache_read_tokens: 100, total_cost: 625_000_000 }],
    ['is estimated when nobody says how many were written to a cache that costs more', { ...claude, 'gen_ai.usage.cached_input_tokens': '20' }, { cost_source: 'estimated' }],
    ['is computed when the log says that as well', { ...claude, 'gen_ai.usage.cached_input_tokens': '20', 'gen_ai.usage.cache_creation.input_tokens': '0' }, { cost_source: 'computed' }],
    ['is computed when all of the input was read from the cache', { ...claude, 'gen_ai.usage.cached_input_tokens': '100' }, { cost_source: 'computed' }],
    ['is estimated for many tokens', { 'gen_ai.usage.input_tokens': '12000' }, { cost_source: 'estimated', total_cost: 30_500_000_000 }],
    ['is computed when no input could have been cached', { 'gen_ai.usage.input_tokens': '0' }, { cost_source: 'computed', total_cost: 500_000_000 }],
    ['is none for a model that is not there', notFound, { cost_source: 'none', total_cost: undefined, status: 'error', error_type: '404', end_state: 'upstream-failed' }],
    [
      'is none for an upstream that failed',
      { ...notFound, response_code: '503', upstream_transport_failure_reason: 'delayed connect error: Connection refused' },
      { cost_source: 'none', status: 'error', error_type: '503', end_state: 'upstream-failed' },
    ],
    [
      'is none for an upstream that failed without a response',
      { ...notFound, response_code: '-', upstream_transport_failure_reason: 'delayed connect error: Connection refused' },
      { cost_source: 'none', status: 'error', error_type: 'delayed_connect_error', end_state: 'upstream-failed' },
    ],
    ['is none for a client that left', { ...notFound, response_code: '499' }, { cost_source: 'none', status: 'error', error_type: '499', end_state: 'client-aborted' }],
    ['is unknown for a success without tokens', { ...notFound, response_code: '200' }, { cost_source: 'unknown', total_cost: undefined, status: 'ok', end_state: 'usage-missing' }],
    ['is unknown without a price', { 'gen_ai.request.model': 'my-own', 'gen_ai.response.model': '-' }, { cost_source: 'unknown', total_cost: undefined }],
  ])('%s', async (_, change, expected) => expect((await told(change)).row).toMatchObject(expected));

  test('of spans is no estimate, whatever they say of cached tokens', async () => {
    const { listen, settle, records } = await started({}, async () => [], { logs: true });
    listen(span({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 50 }), origin());
    settle();
    expect(records.rows('model_calls')).toMatchObject([{ cost_source: 'computed' }]);
  });
});

describe('no call is', () => {
  test.each<readonly [string, ReturnType<typeof log>, LogOriginWords]>([
    ['a log of another layer', log(), { layer: 'GENERAL' }],
    ['a log of another layer that looks like one', log({ response_code: '200', 'x-request-id': 'r' }), { layer: 'MESH' }],
    ['a log without attributes', plainLog(), {}],
    ['a log of no layer without the shape of one', log({ upstream_cluster: undefined, 'x-envoy-origin-path': undefined }), { layer: 'OTHER' }],
    ['a log without a model', log({ 'gen_ai.request.model': '-' }), {}],
    ['a log of a model that is no text', log({ 'gen_ai.request.model': ['gpt-4o'] }), {}],
    ['a log of MCP', log({ 'mcp.method.name': 'tools/call' }), {}],
    ['a log of counted tokens', log({ 'x-envoy-origin-path': '/v1/messages/count_tokens' }), {}],
  ])('%s', async (_, one, from) => {
    const { tell, settle, records } = await started({}, async () => [], { logs: true });
    tell(one, logOrigin(from));
    settle();
    expect(records.rows('model_calls')).toEqual([]);
  });

  test('but a log of no layer is one when it looks like the gateway', async () => {
    expect((await told({}, { layer: '' })).rows).toHaveLength(1);
  });
});

describe('no log makes it throw', () => {
  const strange: readonly AttributeValue[] = [
    undefined, '', '-', '\0', '{"a":', 'x'.repeat(1_000_000), '\ud800', '/'.repeat(100_000), Number.NaN, -0, -5, 1e308, -1n, 2n ** 70n, true, [], [undefined], new Map(), new Uint8Array(3),
    '__proto__', 'constructor', '-1', '99999999999999999999', '1e5', '0x10',
  ];

  test.each(strange.map((value) => [typeof value, value] as const))('with %s %s in any attribute, or in all', async (_, value) => {
    const { tell, settle, records } = await started({}, async () => [], { logs: true });
    const keys = [...Object.keys(complete), 'start_time', 'response_flags', 'gen_ai.usage.cached_input_tokens', 'user.id'];
    for (const key of keys) expect(() => tell(log({ [key]: value }))).not.toThrow();
    expect(() => tell(log(Object.fromEntries(keys.map((key) => [key, value]))))).not.toThrow();
    expect(() => settle()).not.toThrow();
    for (const row of records.rows('model_calls')) {
      for (const column of ['input_tokens', 'output_tokens', 'total_cost', 'duration_ms']) expect([undefined, true]).toContain(row[column] === undefined ? undefined : Number(row[column]) >= 0);
    }
  });
});

test('has room while both streams have', async () => {
  const { logListeners, records } = await started({}, async () => [], { logs: true });
  expect(logListeners[0]?.hasRoom()).toBe(true);
  records.room = false;
  expect(logListeners[0]?.hasRoom()).toBe(false);
});

test('without an analyzer of logs spans are counted as ever', async () => {
  const { logListeners, listen, settle, records } = await started();
  listen(span({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 1 }));
  settle();
  expect([logListeners, records.rows('model_calls').length]).toEqual([[], 1]);
});
