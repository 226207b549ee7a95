import { describe, expect, test } from 'vitest';
import type { AttributeValue } from '@meterlark/core';
import { call, event, type OriginWords } from '../spans.js';

const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm', 'gen_ai.usage.output_tokens': 66 };
const server = 'gen_ai.server.time_to_first_token';

function first(key: string, value: AttributeValue, from: OriginWords = {}): number | undefined {
  return call({ ...chat, [key]: value }, {}, from).timeToFirstTokenMs;
}

describe('the time to the first token', () => {
  test.each<[string, AttributeValue, OriginWords]>([
    ['gen_ai.response.time_to_first_chunk', 0.35, {}],
    ['gen_ai.response.time_to_first_chunk', '0.35', { protocol: 'zipkin' }],
    ['gen_ai.response.time_to_first_token', 350_000_000, {}],
    ['gen_ai.response.time_to_first_token', 350_000_000n, {}],
    [server, 350, {}],
    [server, '350', { protocol: 'zipkin' }],
    [server, 0.35, {}],
    [server, 0.35, { resource: { 'telemetry.sdk.name': 'openlit' } }],
    [server, '0.350', { protocol: 'zipkin' }],
    ['ai.response.msToFirstChunk', 350, { scope: 'ai' }],
    ['ai.stream.msToFirstChunk', 350, { scope: 'ai' }],
  ])('of %s = %s reads 350 ms (%j)', (key, value, from) => {
    expect(first(key, value, from)).toBe(350);
  });

  test("of a whole number of OpenLIT's is seconds, of SkyWalking's milliseconds, of one with a point seconds", () => {
    expect(first(server, 2, { resource: { 'telemetry.sdk.name': 'openlit' } })).toBe(2000);
    expect(first(server, 2, { scope: 'openlit.otel.tracing' })).toBe(2000);
    expect(call({ ...chat, 'gen_ai.sdk.version': '1.34', [server]: 2 }).timeToFirstTokenMs).toBe(2000);
    expect(first(server, 2)).toBe(2);
    expect(first(server, '2.0')).toBe(2000);
  });

  test('is exact to the nanosecond', () => {
    expect(first('gen_ai.response.time_to_first_chunk', 0.57)).toBe(570);
  });

  test.each(['First Token Stream Event', 'llm.content.completion.chunk'])('is the first event %s', (name) => {
    expect(call(chat, { events: [event('other', 10), event(name, 350), event(name, 900)] }).timeToFirstTokenMs).toBe(350);
  });

  test.each<AttributeValue>([0, -1, '', 'soon', Number.NaN, Number.POSITIVE_INFINITY, true, ['0.35'], 1e30])('is unknown when the sender says %s', (value) => {
    expect(first('gen_ai.response.time_to_first_chunk', value)).toBeUndefined();
  });

  test('is unknown, not 0, when nobody says it', () => {
    expect(call(chat)).toMatchObject({
      timeToFirstTokenMs: undefined, timePerOutputTokenMs: undefined, streaming: undefined,
    });
  });
});

describe('the time per output token', () => {
  test('is the rest of the answer over the tokens after the first', () => {
    expect(call({ ...chat, 'gen_ai.response.time_to_first_chunk': 0.35 }).timePerOutputTokenMs).toBe(10);
  });

  test('is what the sender says, when it does', () => {
    expect(call({ ...chat, 'gen_ai.response.time_to_first_chunk': 0.35, 'gen_ai.server.time_per_output_token': 0.02 }).timePerOutputTokenMs).toBe(20);
  });

  test('is unknown for a single token, and when the first came after the end', () => {
    expect(call({ ...chat, 'gen_ai.usage.output_tokens': 1, 'gen_ai.response.time_to_first_chunk': 0.35 }).timePerOutputTokenMs).toBeUndefined();
    expect(call({ ...chat, 'gen_ai.response.time_to_first_chunk': 2 }).timePerOutputTokenMs).toBeUndefined();
  });
});
