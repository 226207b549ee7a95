import { describe, expect, test } from 'vitest';
import type { RecordRow } from '@meterlark/core';
import { origin, span, startUs, type AttributeObject } from '../spans.js';
import { started } from '../started.js';
import { complete, log, logOrigin, notFound } from './logs.js';

const chat: AttributeObject = {
  'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 50,
};
const gateway = origin({ service: 'gateway', scope: 'envoyproxy/ai-gateway' });
const app = origin({ service: 'shop' });
const trace = span({}).traceId;
const request = { 'x-request-id': 'r-1' };

async function scene(stored: readonly RecordRow[] = []) {
  const all = await started({}, async () => stored, { logs: true });
  // The ledger is read.
  await new Promise((resolve) => setImmediate(resolve));
  const { listen, tell, clock, flush, records, metrics } = all;
  return {
    ...all,
    sees: (change: AttributeObject = {}, of: Parameters<typeof span>[1] = {}, from = gateway) => {
      listen(span({ ...chat, ...change }, of), from);
      flush();
    },
    tells: (change: AttributeObject = {}, words: Parameters<typeof log>[1] = {}, from = logOrigin()) => tell(log(change, words), from),
    waits: (ms = 6000) => {
      clock.advance(ms);
      flush();
    },
    dialects: () => records.rows('model_calls').map((row) => row['dialect']),
    logs: (outcome: string) => metrics.value('meterlark_genai_log_calls_total', { outcome }),
    passedOver: (reason: string) => metrics.value('meterlark_genai_calls_passed_over_total', { reason }),
  };
}

/** Ways in which a log and a span tell that they are of one call. */
const ways: readonly (readonly [string, AttributeObject, Parameters<typeof log>[1], AttributeObject, Parameters<typeof span>[1], typeof gateway])[] = [
  ['the request id', request, {}, request, {}, gateway],
  ['the request id as the header of a span', request, {}, { 'http.request.header.x-request-id': ['r-1', 'r-2'] }, {}, app],
  ['the trace', {}, { traceId: trace }, {}, {}, gateway],
  ["the trace of the application's span", {}, { traceId: trace }, {}, { startUs: startUs - 500_000, durationNs: 2e9 }, app],
  ['the trace, although the request id is known to one only', request, { traceId: trace }, {}, {}, app],
  ['gateway, model and tokens', {}, {}, {}, {}, gateway],
  ['gateway, model and times, where the log has no tokens', { 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' }, {}, {}, {}, gateway],
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
    ['of other traces', {}, { traceId: 'f'.repeat(32) }, {}, {}, gateway],
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

describe('several calls', () => {
  test('of one trace, side by side, are each counted once, whatever the order', async () => {
    const orders = [['s', 's', 's', 'l', 'l', 'l'], ['l', 'l', 'l', 's', 's', 's'], ['l', 's', 's', 'l', 'l', 's']];
    for (const order of orders) {
      const { sees, tells, waits, dialects, logs } = await scene();
      const next = { s: 0, l: 0 };
      for (const what of order) {
        // Logs in the opposite order; tokens tell the calls apart.
        if (what === 's') sees({ 'gen_ai.usage.input_tokens': next.s }, { spanId: `s${next.s}` }, app);
        else tells({ 'gen_ai.usage.input_tokens': String(2 - next.l) }, { traceId: trace, at: next.l });
        next[what as 's' | 'l'] += 1;
      }
      waits();
      expect([dialects(), logs('joined')]).toEqual([['otel', 'otel', 'otel'], 3]);
    }
  });

  test('of one trace, of which the spans of some are missing, are all counted', async () => {
    const { sees, tells, waits, records } = await scene();
    for (const place of [0, 1, 2]) tells({ 'gen_ai.usage.input_tokens': String(place) }, { traceId: trace, at: place });
    sees({ 'gen_ai.usage.input_tokens': 1 });
    waits();
    expect(records.rows('model_calls').map((row) => [row['dialect'], row['input_tokens']])).toEqual([['otel', 1], ['gateway-log', 0], ['gateway-log', 2]]);
  });

  test('without ids, alike in everything, are as many as the more of both sides', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    for (let place = 0; place < 20; place += 1) tells({}, { at: place * 10 });
    for (let place = 0; place < 30; place += 1) sees({}, { spanId: `s${place}`, startUs: startUs + place * 10_000 });
    for (let place = 20; place < 35; place += 1) tells({}, { at: place * 10 });
    waits();
    expect([dialects().filter((one) => one === 'otel').length, logs('joined'), logs('counted')]).toEqual([30, 30, 5]);
  });

  test('that a client tries again under one request id are counted each', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    const failed = { ...request, response_code: '503', 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' };
    tells(failed);
    tells(failed, { at: 1500 });
    tells(request, { at: 3000 });
    sees(request, { startUs: startUs + 3_000_000 });
    waits();
    // All of them again.
    tells(failed);
    tells(failed, { at: 1500 });
    tells(request, { at: 3000 });
    waits();
    expect([dialects(), logs('joined'), logs('counted'), logs('again')]).toEqual([['otel', 'gateway-log', 'gateway-log'], 1, 2, 3]);
  });

  test('of a request that two gateways passed on are one', async () => {
    const { tells, waits, dialects, logs } = await scene();
    tells(request);
    tells(request, { at: 5 }, logOrigin({ service: 'inner-gateway' }));
    waits();
    expect([dialects(), logs('joined')]).toEqual([['gateway-log'], 1]);
  });
});

describe('nested views', () => {
  test('of the application and its gateway, and the log of the gateway, are one call', async () => {
    const orders = [['app', 'gate', 'log'], ['app', 'log', 'gate'], ['log', 'app', 'gate'], ['log', 'gate', 'app'], ['gate', 'log', 'app'], ['gate', 'app', 'log']];
    for (const order of orders) {
      // The log names no trace, and the application knows nothing of the gateway.
      const { sees, tells, waits, dialects, logs } = await scene();
      const steps: Readonly<Record<string, () => void>> = {
        app: () => sees({}, { spanId: 'app' }, app), gate: () => sees({}, { spanId: 'gate', parentSpanId: 'app' }), log: () => tells(),
      };
      for (const step of order) steps[step]!();
      waits();
      expect([order, dialects(), logs('joined')]).toEqual([order, ['otel'], 1]);
    }
  });

  test('of late spans are passed over, both of them', async () => {
    const { sees, tells, waits, dialects, passedOver } = await scene();
    tells({}, { traceId: trace });
    waits();
    sees({}, { spanId: 'app' }, app);
    sees({}, { spanId: 'gate', parentSpanId: 'app' });
    expect([dialects(), passedOver('logged'), passedOver('nested')]).toEqual([['gateway-log'], 1, 1]);
  });

  test('take one log of their trace, not two', async () => {
    const { sees, tells, waits, dialects } = await scene();
    tells({}, { traceId: trace });
    tells({}, { traceId: trace, at: 1 });
    sees({}, { spanId: 'app' }, app);
    sees({}, { spanId: 'gate', parentSpanId: 'app' });
    waits();
    expect(dialects()).toEqual(['otel', 'gateway-log']);
  });
});

describe('a log', () => {
  test('waits by the clock, and not longer', async () => {
    const { tells, waits, dialects } = await scene();
    tells();
    // What would miss the flush by less than 0.8 s does not wait for the next.
    waits(5199);
    expect(dialects()).toEqual([]);
    waits(1);
    expect(dialects()).toEqual(['gateway-log']);
  });

  test('waits no longer when someone waits for it, or the server stops', async () => {
    const flushed = await scene();
    flushed.tells();
    flushed.settle();
    expect(flushed.dialects()).toEqual(['gateway-log']);
    const stopped = await scene();
    stopped.tells();
    await stopped.stop();
    expect(stopped.dialects()).toEqual(['gateway-log']);
  });

  test('gives its place to a span of the same last batch', async () => {
    const { tells, listen, stop, dialects } = await scene();
    tells();
    listen(span(chat), gateway);
    await stop();
    expect(dialects()).toEqual(['otel']);
  });

  test('of a call that an earlier run counted from its span adds nothing', async () => {
    const { tells, waits, dialects, logs } = await scene([storedCall({ dialect: 'otel', id: 'x', span_id: 's' })]);
    tells({}, { traceId: trace });
    waits();
    expect([dialects(), logs('joined')]).toEqual([[], 1]);
  });

  test('that an earlier run counted adds nothing, nor does its span', async () => {
    const before = await scene();
    before.tells(request);
    before.waits();
    const id = before.records.rows('model_calls')[0]?.['id'] as string;
    const { tells, sees, waits, dialects, logs, passedOver } = await scene([storedCall({ id, dialect: 'gateway-log', request_id: 'r-1', trace_id: '' })]);
    tells(request);
    sees(request);
    waits();
    expect([dialects(), logs('again'), passedOver('logged')]).toEqual([[], 1, 1]);
  });

  test('that came before the ledger was read adds nothing either', async () => {
    let answer: (rows: readonly RecordRow[]) => void = () => undefined;
    const { tell, clock, flush, stop, records, metrics } = await started({}, () => new Promise((resolve) => (answer = resolve)), { logs: true });
    tell(log(request));
    tell(log({}, { traceId: trace }));
    clock.advance(6000);
    flush();
    expect(records.rows('model_calls')).toEqual([]);
    answer([storedCall({ dialect: 'otel', request_id: 'r-1', trace_id: 'u' }), storedCall({ dialect: 'otel', id: 'y' })]);
    await stop();
    expect([records.rows('model_calls'), metrics.value('meterlark_genai_log_calls_total', { outcome: 'joined' })]).toEqual([[], 2]);
  });
});

function storedCall(change: RecordRow): RecordRow {
  return {
    tenant: '', time: startUs, trace_id: trace, span_id: '', request_id: '', service: 'gateway', instance: 'aigw-1', gateway: 'gateway', operation: 'chat',
    model: 'gpt-4o-2024-08-06', request_model: complete['gen_ai.request.model'] as string, response_model: 'gpt-4o-2024-08-06', status: 'ok',
    end_state: 'complete', duration_ms: 1000, input_tokens: 100, output_tokens: 50, ...change,
  };
}
