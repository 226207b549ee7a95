import { describe, expect, test } from 'vitest';
import type { span} from '../spans.js';
import { origin, startUs, type AttributeObject } from '../spans.js';
import type { log} from './logs.js';
import { logOrigin, notFound } from './logs.js';
import { app, failure, gateway, request, scene, trace } from './scene.js';

const silent = { 'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': undefined };
const reasoned = { 'gen_ai.usage.reasoning_tokens': '20' };

/** Ways in which a log and a span tell that they are of one call. */
const ways: readonly (readonly [string, AttributeObject, Parameters<typeof log>[1], AttributeObject, Parameters<typeof span>[1], typeof gateway])[] = [
  ['the request id', request, {}, request, {}, gateway],
  ['the request id as the header of a span', request, {}, { 'http.request.header.x-request-id': ['r-1', 'r-2'] }, {}, app],
  ['the trace', {}, { traceId: trace }, {}, {}, gateway],
  ["the trace of the application's span", {}, { traceId: trace }, {}, { startUs: startUs - 500_000, durationNs: 2e9 }, app],
  ['the trace, although the request id is known to one only', request, { traceId: trace }, {}, {}, app],
  ['gateway, model and tokens', {}, {}, {}, {}, gateway],
  ['the same, although Envoy traces by itself', {}, { traceId: 'f'.repeat(32) }, {}, {}, gateway],
  ['the same, although an attempt failed before', { upstream_transport_failure_reason: 'delayed connect error: 111' }, {}, {}, {}, gateway],
  ['the same, although its span counts cached input in', {}, {}, { 'gen_ai.usage.cache_read.input_tokens': 400 }, {}, gateway],
  ['gateway, model and times, where the log has no tokens', { 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' }, {}, {}, {}, gateway],
  ['gateway, model and tokens, where the span counts reasoning in', {}, {}, { 'gen_ai.usage.output_tokens': 70, 'gen_ai.usage.reasoning.output_tokens': 20 }, {}, gateway],
  ['gateway, model and tokens, where the log tells reasoning beside', reasoned, {}, { 'gen_ai.usage.output_tokens': 70 }, {}, gateway],
  ['gateway, model and tokens, where the log counts reasoning in', reasoned, {}, { 'gen_ai.usage.output_tokens': 30 }, {}, gateway],
  ['gateway, model and input, where the span has no output', {}, {}, { 'gen_ai.usage.output_tokens': undefined }, {}, gateway],
  ['gateway, model and input, where the log has no output', { 'gen_ai.usage.output_tokens': '-' }, {}, {}, {}, gateway],
  ...['200', '499', '0'].flatMap((code) => [{ 'error.type': 'cancelled' }, {}].flatMap((ending) => [failure, {}].flatMap((told) => [silent, {}].map((seen) => [
    `gateway, model and times, where the client left (${code}, ${told === failure ? 'without' : 'with'} tokens) and the span ${'error.type' in ending ? 'failed' : 'did not fail'}, ${seen === silent ? 'without' : 'with'} tokens`,
    { ...told, response_code: code, response_flags: code === '499' ? '-' : 'DC' }, {}, { ...seen, ...ending }, {}, gateway,
  ] as const)))),
  ['gateway, model and failure', { ...notFound, 'gen_ai.request.model': 'gpt-4o' }, {}, {
    'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': undefined, 'gen_ai.response.model': undefined, 'error.type': '404',
  }, { durationNs: 1e6 }, gateway],
];

describe.each(ways)('a call known by %s', (_, told, words, seen, of, from) => {
  test('is counted once when its span comes first', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    sees(seen, of, from);
    tells(told, words);
    waits();
    expect([dialects(), logs('joined'), logs('counted')]).toEqual([['otel'], 1, 0]);
  });

  test('is counted once, as its span tells it, when its log comes first', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    tells(told, words);
    waits(5000);
    sees(seen, of, from);
    waits();
    expect([dialects(), logs('joined'), logs('counted')]).toEqual([['otel'], 1, 0]);
  });

  test('is counted once, as its log tells it, when its span comes late', async () => {
    const { sees, tells, waits, dialects, logs, passedOver } = await scene();
    tells(told, words);
    waits();
    sees(seen, of, from);
    expect([dialects(), logs('counted'), passedOver('logged')]).toEqual([['gateway-log'], 1, 1]);
  });

  test('is counted once, however often both are sent', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    tells(told, words);
    sees(seen, of, from);
    tells(told, words);
    sees(seen, of, from);
    waits();
    tells(told, words);
    expect([dialects(), logs('again')]).toEqual([['otel'], 1]);
    waits();
    expect([dialects(), logs('again')]).toEqual([['otel'], 2]);
  });
});

describe('calls are two', () => {
  test.each<readonly [string, AttributeObject, Parameters<typeof log>[1], AttributeObject, Parameters<typeof span>[1], typeof gateway]>([
    ['of other request ids of the gateway', request, { traceId: trace }, { 'x-request-id': 'r-2' }, {}, gateway],
    ['of other traces', {}, { traceId: 'f'.repeat(32) }, {}, {}, app],
    ['of one trace with other tokens', {}, { traceId: trace }, { 'gen_ai.usage.input_tokens': 101 }, {}, app],
    ['of other models', {}, { traceId: trace }, { 'gen_ai.request.model': 'o1', 'gen_ai.response.model': 'o1' }, {}, gateway],
    ['long after each other', {}, { traceId: trace, at: 4000 }, {}, {}, gateway],
    ['of other tokens', {}, {}, { 'gen_ai.usage.input_tokens': 101 }, {}, gateway],
    ['of another service, without ids', {}, {}, {}, {}, app],
    ['of another tenant', request, {}, request, {}, origin({ service: 'gateway', tenant: 't' })],
    ['when one failed and the other did not', { response_code: '429', 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' }, { traceId: trace }, {}, {}, gateway],
  ])('%s', async (_, told, words, seen, of, from) => {
    for (const first of ['span', 'log']) {
      const { sees, tells, waits, dialects } = await scene();
      if (first === 'log') tells(told, words);
      sees(seen, of, from);
      if (first === 'span') tells(told, words);
      waits();
      expect(dialects()).toEqual(['otel', 'gateway-log']);
    }
  });

  test('for equal ids of two tenants', async () => {
    const { tells, waits, dialects } = await scene();
    tells(request, {}, logOrigin({ tenant: 'a' }));
    tells(request, {}, logOrigin({ tenant: 'b' }));
    waits();
    expect(dialects()).toHaveLength(2);
  });
});
