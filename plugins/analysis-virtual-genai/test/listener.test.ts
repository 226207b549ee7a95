import { noUsage, type AttributeValue, type ModelCall } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { ContentSplit } from '../src/content/content-split.js';
import { GenAiListener } from '../src/listener.js';
import { dialects, usualReading } from '../src/dialects/index.js';
import { gates } from '../src/dialects/gates.js';
import type { Field } from '../src/dialects/table.js';
import { notPriced } from '../src/normalise/facts.js';
import { Normaliser } from '../src/normalise/normaliser.js';
import type { PriceRequest } from '../src/pricing/price-book.js';
import { event, noAttributes, origin, span, startUs, type AttributeObject } from './spans.js';

function listening({ total }: { total: number | undefined } = { total: 48_000_000 }) {
  const asked: PriceRequest[] = [];
  const counted: (readonly [ModelCall, string])[] = [];
  const normaliser = new Normaliser(noAttributes);
  const listener = new GenAiListener({
    normalise: (one, from) => normaliser.normalise(one, from),
    book: () => ({
      price: (request) => (asked.push(request), { ...notPriced, source: 'computed', total }),
      chargesWrites: () => false, providerOf: () => undefined,
    }),
    count: (call, parent) => void counted.push([call, parent]),
    between: () => undefined,
    isPlain: (one) => normaliser.isPlain(one),
    split: new ContentSplit(),
    content: undefined,
    hasRoom: () => true,
  });
  return { listener, asked, counted };
}

const chat = {
  'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-1',
};

describe('a call', () => {
  test('is priced by all that decides a price', () => {
    const { listener, asked, counted } = listening();
    listener.listen(
      span(
        { ...chat, 'gen_ai.usage.cost': 0.5, 'server.address': 'h', 'openai.response.service_tier': 'flex' },
        { parentSpanId: 'p' },
      ),
      origin(),
    );
    expect(asked).toEqual([{
      provider: 'openai', model: 'gpt-4o-1', requestModel: 'gpt-4o', serverAddress: 'h', serviceTier: 'flex',
      operation: 'chat', usage: noUsage, status: 'ok',
      timeMs: startUs / 1000, reportedUsd: 0.5,
    }]);
    expect(counted.map(([{ cost }, parent]) => [cost.total, parent])).toEqual([[48_000_000, 'p']]);
  });

  test.each([[undefined], [0]])('of the cost %s has no cost on its span', (total) => {
    const one = span(chat);
    expect(listening({ total }).listener.listen(one, origin())).toBe(one);
  });
});

describe('no span makes it throw', () => {
  const fieldKeys = dialects.flatMap(({ fields }) => (Object.keys(usualReading) as Field[]).flatMap((field) => fields[field] ?? []));
  const keys = [...new Set([...fieldKeys.map((source) => (typeof source === 'string' ? source : source.key)), ...gates.map(({ key }) => key)])];
  const strange: readonly AttributeValue[] = [
    undefined, '', '\0', '{"a":', '[[[[', 'x'.repeat(100_000), '\ud800', Number.NaN, -0, 1e308, -1n, 2n ** 70n, true,
    [], [undefined], new Map(),
    new Map([['anthropic', new Map([['usage', 5]])]]), new Uint8Array(3), '__proto__', 'constructor', '{"__proto__":1}', "{'cache_read': 99999999999999999999}",
  ];

  test.each(strange.map((value) => [typeof value, value] as const))('with %s %s in every attribute', (_, value) => {
    const { listener } = listening();
    const all: AttributeObject = Object.fromEntries(keys.map((key) => [key, value]));
    for (const from of [
      origin(), origin({ protocol: 'skywalking' }), origin({ scope: 'ai' }),
      origin({ resource: { 'telemetry.sdk.name': 'openlit' } }),
    ]) {
      const events = [event('exception', -5, { 'exception.type': value }), event('First Token Stream Event', -9)];
      expect(() => listener.listen(span(all, { events }), from)).not.toThrow();
      for (const key of keys) expect(() => listener.listen(span({ 'gen_ai.operation.name': 'chat', [key]: value }, { status: 'error' }), from)).not.toThrow();
    }
  });

  test('of a duration of 0, and before the epoch', () => {
    const { listener, counted } = listening();
    listener.listen(
      span(
        { ...chat, 'gen_ai.usage.output_tokens': 5, 'gen_ai.response.time_to_first_chunk': 1 },
        { durationNs: 0, startUs: 0 },
      ),
      origin(),
    );
    expect(counted[0]?.[0]).toMatchObject({ durationMs: 0, timePerOutputTokenMs: undefined });
  });
});
