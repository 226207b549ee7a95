import { describe, expect, test } from 'vitest';
import {
  clockSlackUs, gatewayCallFacts, gatewayCallId, isGatewayLog, isSameCall, likenessOf, type CallView, type GatewayCallFacts, type GatewayLogOrigin,
} from '../../src/model/gateway-log.js';

const startUs = 1_781_000_000_000_000;
const at: GatewayLogOrigin = { timeUs: startUs, traceId: '', spanId: '', service: 'gateway', instance: 'aigw-1' };
const backend = 'default/openai/route/my-route/rule/0/ref/0';

/** As Envoy writes it: everything is text. */
const complete: Readonly<Record<string, string>> = {
  'gen_ai.request.model': 'gpt-4o', 'gen_ai.response.model': 'gpt-4o-2024-08-06', 'gen_ai.provider.name': backend,
  'gen_ai.usage.input_tokens': '100', 'gen_ai.usage.output_tokens': '50', 'gen_ai.usage.reasoning_tokens': '-', 'session.id': '-',
  start_time: '2026-06-09T10:13:20.000Z', method: 'POST', 'request.path': '/v1/chat/completions', 'x-envoy-origin-path': '/v1/chat/completions',
  response_code: '200', connection_termination_details: '-', upstream_transport_failure_reason: '-', duration: '1000', 'x-request-id': 'r-1',
  upstream_cluster: 'httproute/default/openai/rule/0',
};
const untold = { 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' };
/** Of a model that nobody serves. */
const notFound = {
  'gen_ai.request.model': 'nonexistent-model', 'gen_ai.response.model': '-', 'gen_ai.provider.name': '-', 'gen_ai.usage.input_tokens': '-',
  'gen_ai.usage.output_tokens': '-', response_code: '404', duration: '1', upstream_cluster: '-',
};

function factsOf(change: Readonly<Record<string, string>> = {}, origin: Partial<GatewayLogOrigin> = {}): GatewayCallFacts | undefined {
  const all: Readonly<Record<string, string>> = { ...complete, ...change };
  return gatewayCallFacts((key) => all[key] ?? '', { ...at, ...origin });
}

function facts(change: Readonly<Record<string, string>> = {}, origin: Partial<GatewayLogOrigin> = {}): GatewayCallFacts {
  const told = factsOf(change, origin);
  if (told === undefined) throw new Error('not of a call');
  return told;
}

function call(change: Partial<CallView> = {}): CallView {
  return {
    requestId: '', traceId: 't', service: 'gateway', gateway: 'gateway', operation: 'chat', model: 'gpt-4o-2024-08-06', requestModel: 'gpt-4o',
    status: 'ok', startUs, durationMs: 1000, usage: { input: 100, output: 50 }, ...change,
  };
}

test.each<readonly [string, readonly string[], boolean]>([
  ['ENVOY_AI_GATEWAY', ['gen_ai.request.model'], true], ['ENVOY_AI_GATEWAY', ['upstream_cluster'], false], ['GENERAL', ['gen_ai.request.model', 'upstream_cluster'], false],
  ['', ['gen_ai.request.model'], false], ['', ['gen_ai.request.model', 'upstream_cluster'], true], ['', ['gen_ai.request.model', 'x-envoy-origin-path'], true],
  ['', ['gen_ai.request.model', 'x-request-id'], false], ['', ['gen_ai.request.model', 'x-request-id', 'response_code'], true], ['', [], false],
])('a log of the layer "%s" with %j is of the gateway: %s', (layer, keys, expected) => {
  expect(isGatewayLog(layer, (key) => keys.includes(key))).toBe(expected);
});

describe('the facts of an access log', () => {
  test('are those that it tells, and nothing for what is missing', () => {
    expect(facts()).toMatchObject({
      startUs, durationMs: 1000, traceId: '', service: 'gateway', instance: 'aigw-1', requestId: 'r-1', requestModel: 'gpt-4o', responseModel: 'gpt-4o-2024-08-06',
      backend, route: 'my-route', session: '', operation: 'chat', streaming: undefined, responseCode: 200, upstreamFailure: '', failed: false, aborted: false,
      errorType: '', usage: { input: 100, output: 50, reasoning: undefined, cacheRead: undefined, cacheWrite5m: undefined },
    });
    expect(facts(notFound)).toMatchObject({
      requestModel: 'nonexistent-model', responseModel: '', backend: '', route: '', responseCode: 404, failed: true, errorType: '404', durationMs: 1,
      usage: { input: undefined, output: undefined },
    });
  });

  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['no model', { 'gen_ai.request.model': '' }], ['the model "-"', { 'gen_ai.request.model': '-' }],
    ['a method of MCP', { 'mcp.method.name': 'tools/call' }],
    ['a request that goes on', { duration: '-', ...untold }],
    ['a path that counts tokens', { 'x-envoy-origin-path': '/v1/messages/count_tokens' }],
    ['a path that tokenizes', { 'x-envoy-origin-path': '/tokenize?x=1' }],
  ])('of a log with %s are none', (_, change) => expect(factsOf(change)).toBeUndefined());

  test.each([
    ['/v1/chat/completions', 'chat'], ['/openai/v1/chat/completions/', 'chat'], ['/v1/messages?beta=true', 'chat'], ['/anthropic/v1/messages', 'chat'],
    ['/v1/completions', 'text_completion'], ['/v1/responses', 'chat'], ['/v1/embeddings', 'embeddings'], ['/cohere/v2/rerank', 'rerank'],
    ['/v1/images/generations', 'image_generation'], ['/v1/audio/speech', 'speech'], ['/v1/audio/transcriptions', 'transcription'],
    ['/v1/audio/translations', 'translation'], ['/something/else', ''], ['-', 'chat'], ['', 'chat'], [`/${'a'.repeat(5000)}`, ''],
  ])('have of the path %s the operation "%s"', (path, operation) => {
    // Without the client's path the one to the backend does.
    expect(facts({ 'x-envoy-origin-path': path }).operation).toBe(operation);
  });

  test.each(['-', '', 'abc', '-5', '+5', '1.5', '1e400', '1e13', '99999999999999999999999', 'NaN', 'Infinity', '0x10', ' 5', '５'])('read "%s" as no number of tokens', (text) => {
    expect(facts({ 'gen_ai.usage.input_tokens': text, 'gen_ai.usage.output_tokens': text }).usage).toMatchObject({ input: undefined, output: undefined });
  });

  test.each([['0', 0], ['12000', 12_000], ['1.2e+04', 12_000], ['12000.0', 12_000]])('read "%s" as %i tokens', (text, value) => {
    expect(facts({ 'gen_ai.usage.input_tokens': text }).usage.input).toBe(value);
  });

  test.each([['-', undefined], ['-1', undefined], ['soon', undefined], ['1e30', undefined], ['0', 0], ['12.5', 12.5]])('read the duration "%s" as %s', (text, value) => {
    expect(facts({ duration: text }).durationMs).toBe(value);
  });

  test.each(['gen_ai.usage.cached_input_tokens', 'gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens'])('know the cached tokens of %s', (key) => {
    expect(facts({ [key]: '40' }).usage.cacheRead).toBe(40);
  });

  test('know when the log began from its own words, where the record has no time', () => {
    expect(facts({}, { timeUs: 0 }).startUs).toBe(Date.parse('2026-06-09T10:13:20.000Z') * 1000);
    for (const text of ['-', 'yesterday', '2026-99-99T00:00:00Z']) expect(facts({ start_time: text }, { timeUs: 0 }).startUs).toBe(0);
  });

  test('bound every text, without halves of characters', () => {
    const { session, requestId } = facts({ 'session.id': 'x'.repeat(100_000), 'x-request-id': `${'x'.repeat(199)}😀` });
    expect([session.length, requestId]).toEqual([200, `${'x'.repeat(199)}\ufffd`]);
  });

  test.each<readonly [Readonly<Record<string, string>>, object]>([
    [{ response_code: '404' }, { failed: true, aborted: false, errorType: '404' }],
    [{ response_code: '399' }, { failed: false, errorType: '' }],
    [{ response_code: '503', upstream_transport_failure_reason: 'delayed connect error: Connection refused' }, { failed: true, errorType: '503' }],
    [{ response_code: '200', upstream_transport_failure_reason: 'TLS_error:|268435581:SSL routines', ...untold }, { failed: true, errorType: 'TLS_error' }],
    [{ response_code: '200', upstream_transport_failure_reason: 'delayed connect error: 111' }, { failed: false, aborted: false, errorType: '' }],
    [{ response_code: '0', upstream_transport_failure_reason: 'delayed connect error: 111' }, { failed: true, errorType: 'delayed_connect_error' }],
    [{ response_code: '-', upstream_transport_failure_reason: 'delayed connect error: 111' }, { failed: true, errorType: 'delayed_connect_error' }],
    [{ response_code: '-', upstream_transport_failure_reason: 'delayed connect error: 111' }, { failed: true, errorType: 'delayed_connect_error', responseCode: undefined }],
    [{ response_code: '0', response_flags: 'DC' }, { failed: true, aborted: true, errorType: 'DC' }],
    [{ response_code: '0' }, { failed: true, aborted: true, errorType: '_OTHER' }],
    [{ response_code: '499' }, { failed: true, aborted: true, errorType: '499' }],
    [{ response_code: '200', response_flags: 'DC' }, { failed: false, aborted: true, errorType: '' }],
    [{ response_code: 'abc' }, { failed: false, responseCode: undefined }],
    [{ response_code: '-404' }, { failed: false, responseCode: undefined }],
  ])('of %j tell how it ended', (change, ending) => expect(facts(change)).toMatchObject(ending));
});

describe('the id', () => {
  test('is the same for the same log', () => expect(gatewayCallId(facts())).toBe(gatewayCallId(facts())));

  test.each<readonly [string, GatewayCallFacts]>([
    ['request', facts({ 'x-request-id': 'r-2' })], ['attempt of one request', facts({}, { timeUs: startUs + 1 })],
  ])('is another one for another %s', (_, other) => expect(gatewayCallId(other)).not.toBe(gatewayCallId(facts())));

  test.each<readonly [string, Readonly<Record<string, string>>, Partial<GatewayLogOrigin>]>([
    ['time', {}, { timeUs: startUs + 1 }], ['gateway', {}, { service: 'other' }], ['instance', {}, { instance: 'aigw-2' }], ['trace', {}, { traceId: 't' }],
    ['outcome', { response_code: '500' }, {}], ['model', { 'gen_ai.request.model': 'gpt-4' }, {}], ['usage', { 'gen_ai.usage.input_tokens': '-' }, {}],
  ])('of a log without a request id is another one for another %s', (_, change, origin) => {
    const unnamed = { 'x-request-id': '-' };
    expect(gatewayCallId(facts({ ...unnamed, ...change }, origin))).not.toBe(gatewayCallId(facts(unnamed)));
    expect(gatewayCallId(facts({ ...unnamed, ...change }, origin))).toBe(gatewayCallId(facts({ ...unnamed, ...change }, origin)));
  });
});

describe('the id of a log without a time', () => {
  test('is the same for the same log, and another one for another outcome or request', () => {
    const timeless = (change: Readonly<Record<string, string>> = {}): string => gatewayCallId(facts({ start_time: '-', ...change }, { timeUs: 0 }));
    expect(timeless()).toBe(timeless());
    expect(new Set([timeless(), timeless({ response_code: '503' }), timeless({ 'x-request-id': 'r-2' })]).size).toBe(3);
  });
});

const unnamed = { 'x-request-id': '-' };
const later = (ms: number) => ({ startUs: startUs + ms * 1000 });
const traced = facts(unnamed, { traceId: 't' });

describe('a call is the same', () => {
  test.each<readonly [string, GatewayCallFacts, CallView, boolean]>([
    ['by its request id, of whatever service and model', facts(), call({ requestId: 'r-1', model: 'm', requestModel: 'm', service: 'app', gateway: '' }), true],
    ['by its request id, when one side tells no tokens', facts(untold), call({ requestId: 'r-1', service: 'app', gateway: '' }), true],
    ['by its request id, when the client left', facts({ ...untold, response_code: '499' }), call({ requestId: 'r-1' }), true],
    ['by its request id, when it failed and the gateway did not', facts(), call({ requestId: 'r-1', status: 'error' }), true],
    ['not by its request id with other tokens', facts(), call({ requestId: 'r-1', usage: { input: 101, output: 50 } }), false],
    ['not by its request id, when another attempt succeeded', facts({ ...untold, response_code: '503' }), call({ requestId: 'r-1' }), false],
    ['not by an id that is used all day', facts(), call({ requestId: 'r-1', ...later(3_600_000) }), false],
    ['not of another request id of the gateway', facts({}, { traceId: 't' }), call({ requestId: 'r-2' }), false],
    ["by the trace, when the application's id is another", facts({}, { traceId: 't' }), call({ requestId: 'req_1', service: 'app', gateway: '' }), true],
    ['by its trace', traced, call({ service: 'app', gateway: '' }), true],
    ['by its trace, when the span tells no tokens', traced, call({ service: 'app', gateway: '', usage: { input: undefined, output: undefined } }), true],
    ['by its trace, when the log tells none', facts({ ...unnamed, ...untold }, { traceId: 't' }), call({ service: 'app', gateway: '' }), true],
    ['not of its trace with other input', traced, call({ service: 'app', gateway: '', usage: { input: 101, output: 50 } }), false],
    ['not of its trace with other output', traced, call({ service: 'app', gateway: '', usage: { input: undefined, output: 51 } }), false],
    ['by its trace, when the span counts cached input in', traced, call({ service: 'app', gateway: '', usage: { input: 500, output: 50, cacheRead: 300, cacheWrite5m: 100 } }), true],
    ['by its trace, when the span leaves cached input out', traced, call({ service: 'app', gateway: '', usage: { input: 60, output: 50, cacheRead: 40 } }), true],
    ['by its trace, when the log leaves it out', facts({ ...unnamed, 'gen_ai.usage.cached_input_tokens': '30' }, { traceId: 't' }), call({ service: 'app', gateway: '', usage: { input: 130, output: 50 } }), true],
    ['by its trace, when the log leaves reasoning out', traced, call({ service: 'app', gateway: '', usage: { input: 100, output: 70, reasoning: 20 } }), true],
    ['not of its trace with other input that was partly cached', traced, call({ service: 'app', gateway: '', usage: { input: 500, output: 50, cacheRead: 300 } }), false],
    ["by the gateway's own span of another trace, when Envoy traces by itself", traced, call({ traceId: 'u' }), true],
    ["not by the gateway's own span of another trace with other tokens", traced, call({ traceId: 'u', usage: { input: 100, output: 51 } }), false],
    ['when its last attempt was answered', facts({ ...unnamed, ...untold, upstream_transport_failure_reason: 'delayed connect error: 111' }, { traceId: 't' }), call(), true],
    ['by its trace, spelled longer', facts(unnamed, { traceId: `${'0'.repeat(16)}00000000000000ab` }), call({ traceId: '00000000000000AB', service: 'app', gateway: '' }), true],
    ['not of another trace of an application', traced, call({ traceId: 'u', service: 'app', gateway: '' }), false],
    ['not of a trace with another model', traced, call({ model: 'gpt-4o-mini', requestModel: 'gpt-4o-mini' }), false],
    ['by the model that was asked for when the answer names none', facts({ ...unnamed, 'gen_ai.response.model': '-' }, { traceId: 't' }), call(), true],
    ['by the model that answered for a name of the gateway', facts({ ...unnamed, 'gen_ai.request.model': 'fast' }, { traceId: 't' }), call({ requestModel: 'gpt-4o-2024-08-06' }), true],
    ['not of another operation', traced, call({ operation: 'embeddings' }), false],
    ['by words for a chat', traced, call({ operation: 'generate_content' }), true],
  ])('%s', (_, log, one, expected) => expect(isSameCall(log, one)).toBe(expected));
});

describe('a call is the same by times, outcome and tokens', () => {
  test.each<readonly [string, GatewayCallFacts, CallView, boolean]>([
    ['within the slack of clocks', traced, call(later(1000 + clockSlackUs / 1000)), true],
    ['not beyond it', traced, call(later(1001 + clockSlackUs / 1000)), false],
    ['when it encloses it', traced, call({ startUs: startUs - 9_000_000, durationMs: 20_000, service: 'app', gateway: '' }), true],
    ['not when it succeeded, and the gateway failed', facts({ ...unnamed, response_code: '429' }, { traceId: 't' }), call(), false],
    ['when it failed, and the gateway did not', traced, call({ status: 'error' }), true],
    ['when the client left a call that was fine so far', facts({ ...unnamed, response_code: '0', response_flags: 'DC' }, { traceId: 't' }), call(), true],
    ['by gateway, model and tokens without any id', facts(unnamed), call(), true],
    ['by the service when nobody names the gateway', facts(unnamed), call({ gateway: '' }), true],
    ['by gateway and request id of one side', facts(), call(), true],
    ['not by an application, without any id', facts(unnamed), call({ service: 'app', gateway: '' }), false],
    ['with cached input beside it', facts(unnamed), call({ usage: { input: 500, output: 50, cacheRead: 400 } }), true],
    ['not with other tokens', facts(unnamed), call({ usage: { input: 100, output: 51 } }), false],
    ['by embeddings without output', facts({ ...unnamed, 'gen_ai.usage.output_tokens': '0' }), call({ usage: { input: 100, output: undefined } }), true],
    ['by failing alike', facts({ ...unnamed, ...notFound }), call({ status: 'error', model: 'nonexistent-model', requestModel: 'nonexistent-model', usage: { input: undefined, output: undefined }, durationMs: 2 }), true],
    ['not by failing long after', facts({ ...unnamed, ...notFound }), call({ status: 'error', model: 'nonexistent-model', requestModel: 'nonexistent-model', usage: { input: undefined, output: undefined }, durationMs: 2, ...later(1500) }), false],
    ['by its times when the log has no tokens', facts({ ...unnamed, 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' }), call(later(10)), true],
    ['not by its times when those are others', facts({ ...unnamed, 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' }), call({ durationMs: 5000 }), false],
  ])('%s', (_, log, one, expected) => expect(isSameCall(log, one)).toBe(expected));
});

describe('of several calls that are the same by this, the likest', () => {
  const log = facts({}, { traceId: 't' });
  /** From the likest to the least like. */
  const calls = [
    call({ requestId: 'r-1', service: 'app', gateway: '', traceId: 'u' }),
    call({ requestId: 'r-1', service: 'app', gateway: '', traceId: 'u', startUs: startUs + 900_000 }),
    call({ requestId: 'r-1', usage: { input: undefined, output: undefined } }),
    call({ startUs: startUs - 1 }),
    call({ startUs: startUs - 900_000_000, durationMs: 901_000 }),
    call({ usage: { input: undefined, output: undefined } }),
    call({ traceId: 'u' }),
    call({ traceId: 'u', startUs: startUs + 1_000_000 }),
    call({ traceId: 'u', usage: { input: undefined, output: undefined } }),
  ];

  test('names the request, then is of the trace, then tells equal tokens, then is near', () => {
    const scores = calls.map((one) => likenessOf(log, one));
    expect(scores).toEqual([...scores].sort((one, other) => (one ?? Infinity) - (other ?? Infinity)));
    expect(new Set(scores).size).toBe(calls.length);
    expect(scores.every((one) => one !== undefined && Number.isSafeInteger(one))).toBe(true);
  });

  test('is no other call', () => expect(likenessOf(log, call({ requestId: 'r-2' }))).toBeUndefined());
});
