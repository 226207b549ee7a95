import { describe, expect, test } from 'vitest';
import type { RecordRow } from '@meterlark/core';
import { span, startUs } from '../spans.js';
import { started } from '../started.js';
import { log } from './logs.js';
import { chat, failure, gateway, request, scene, storedCall, trace } from './scene.js';

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

  test('without a time is known when it is sent again, and another one under its request id is not', async () => {
    const { tells, waits, records, logs } = await scene();
    tells(request, { timeUs: 0 });
    waits(1000);
    tells(request, { timeUs: 0 });
    tells({ ...request, 'gen_ai.usage.input_tokens': '101' }, { timeUs: 0 });
    waits();
    expect([records.rows('model_calls').map((row) => row['input_tokens']), logs('again')]).toEqual([[100, 101], 1]);
  });

  test('without a time that an earlier run counted adds nothing', async () => {
    const before = await scene();
    before.tells(request, { timeUs: 0 });
    before.waits();
    const { id, time } = before.records.rows('model_calls')[0] ?? {};
    const { tells, waits, dialects, logs } = await scene([storedCall({ id, time, dialect: 'gateway-log', request_id: 'r-1', trace_id: '' })]);
    tells(request, { timeUs: 0 });
    waits();
    expect([dialects(), logs('again')]).toEqual([[], 1]);
  });

  test('of a request that goes on is none', async () => {
    const { tells, waits, records } = await scene();
    tells({ ...request, ...failure, response_code: '0', duration: '-' });
    waits();
    tells({ ...request, duration: '9000' });
    waits();
    expect(records.rows('model_calls')).toMatchObject([{ status: 'ok', end_state: 'complete', duration_ms: 9000, input_tokens: 100 }]);
  });

  test('that tells more than one of the same request that waits takes its place, and none that was counted', async () => {
    const { tells, waits, records, logs } = await scene();
    const begin = { ...request, ...failure, response_code: '0', duration: undefined };
    tells(begin);
    tells({ ...begin, response_code: '200' });
    tells(request);
    tells(begin);
    waits();
    expect([records.rows('model_calls').map((row) => [row['input_tokens'], row['status']]), logs('again')]).toEqual([[[100, 'ok']], 3]);
    tells({ ...begin, 'x-request-id': 'r-2' });
    waits();
    tells({ ...request, 'x-request-id': 'r-2' });
    waits();
    expect([records.rows('model_calls').length, logs('again')]).toEqual([2, 4]);
  });

  test('that takes the place of another finds the span that the other could not', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    sees({ 'gen_ai.usage.input_tokens': 100 }, { durationNs: 5e9 });
    tells({ ...request, ...failure, duration: undefined, response_code: '0' });
    tells({ ...request, duration: '5000' });
    waits();
    expect([dialects(), logs('again'), logs('joined')]).toEqual([['otel'], 1, 1]);
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

  test('that an earlier run counted is no outer view of the calls below the span that it names', async () => {
    const stored = storedCall({ id: 'x', dialect: 'gateway-log', span_id: 'e000000000000001', request_id: 'r-1' });
    const { sees, waits, dialects, passedOver } = await scene([stored]);
    sees(request, { spanId: 's1', parentSpanId: 'e000000000000001' });
    const later = { startUs: startUs + 9_000_000, parentSpanId: 'e000000000000001' };
    sees({ 'x-request-id': 'r-2', 'gen_ai.usage.input_tokens': 7 }, { ...later, spanId: 's2' });
    waits();
    expect([dialects(), passedOver('logged'), passedOver('nested')]).toEqual([['otel'], 1, 0]);
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
