import { describe, expect, test } from 'vitest';
import type { Span } from '@meterlark/core';
import { ContentSplit } from '../../src/content/content-split.js';
import { CallCounter } from '../../src/counting/call-counter.js';
import { RecentCalls } from '../../src/counting/recent-calls.js';
import { TransportLinks } from '../../src/counting/transport-links.js';
import { GenAiListener } from '../../src/listener.js';
import { notPriced } from '../../src/normalise/facts.js';
import { Normaliser } from '../../src/normalise/normaliser.js';
import { noAttributes, origin, span, type AttributeObject } from '../spans.js';

function listening({ maxLinks = 1000 } = {}) {
  const counted: string[] = [];
  const normaliser = new Normaliser(noAttributes);
  const links = new TransportLinks(maxLinks);
  const counter = new CallCounter({
    maxPending: 10_000, recent: new RecentCalls(10_000, links),
    onCounted: ({ spanId }) => counted.push(spanId),
    onPassedOver: () => undefined, onSettled: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  const listener = new GenAiListener({
    normalise: (one, from) => normaliser.normalise(one, from), isPlain: (one) => normaliser.isPlain(one),
    between: (tenant, one) => links.note(tenant, one),
    book: () => ({ price: () => notPriced, chargesWrites: () => false, providerOf: () => undefined }),
    count: (call, parent) => counter.add(call, parent), split: new ContentSplit(), content: undefined, hasRoom: () => true,
  });
  const batch = (...spans: readonly Span[]): void => {
    for (const one of spans) listener.listen(one, origin());
    counter.settle();
  };
  return { batch, counted };
}

type Place = Partial<Pick<Span, 'kind' | 'traceId'>>;
const chat = (spanId: string, parentSpanId = '', model = 'gpt-4o'): Span =>
  span({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': model }, { spanId, parentSpanId });
const gateway = (spanId: string, parentSpanId: string): Span =>
  span({ 'openinference.span.kind': 'LLM', 'llm.model_name': 'gpt-4o' }, { spanId, parentSpanId, kind: 'internal', name: 'ChatCompletion' });
const http = (spanId: string, parentSpanId: string, place: Place = {}, values: AttributeObject = { 'http.request.method': 'POST' }): Span =>
  span(values, { spanId, parentSpanId, kind: 'client', ...place });

function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((one, place) => orders(items.filter((_, other) => other !== place)).map((rest) => [one, ...rest]));
}

describe('one call seen by an application and by a gateway, with HTTP between,', () => {
  const three = [chat('app'), http('post', 'app'), gateway('gate', 'post')];

  test.each(orders(three))('is counted once, the inner view, in one batch of any order', (...spans) => {
    const { batch, counted } = listening();
    batch(...spans);
    expect(counted).toEqual(['gate']);
  });

  test('is counted once whichever batch comes first', () => {
    const appFirst = listening();
    appFirst.batch(three[0]!, three[1]!);
    appFirst.batch(three[2]!);
    expect(appFirst.counted).toEqual(['app']);
    const gatewayFirst = listening();
    gatewayFirst.batch(three[2]!);
    gatewayFirst.batch(three[1]!, three[0]!);
    expect(gatewayFirst.counted).toEqual(['gate']);
    const piecemeal = listening();
    for (const one of [three[2]!, three[1]!, three[0]!]) piecemeal.batch(one);
    expect(piecemeal.counted).toEqual(['gate']);
  });

  test('is counted once through a proxy and a server, also those that say whose session it is', () => {
    const { batch, counted } = listening();
    const between = [
      http('post', 'app', {}, { 'session.id': 's', 'traceloop.association.properties.user_id': 'u' }),
      http('envoy', 'post', { kind: 'server' }), http('egress', 'envoy'), http('proxy', 'egress', { kind: 'server' }),
    ];
    batch(gateway('gate', 'proxy'));
    for (const one of between) batch(one);
    batch(chat('app'));
    expect(counted).toEqual(['gate']);
  });

  test('stays two when the calls are side by side, of other models, or further apart than eight spans', () => {
    const { batch, counted } = listening();
    batch(http('server', 'x', { kind: 'server' }), chat('a', 'server'), chat('b', 'server'));
    batch(chat('c'), http('p', 'c'), chat('d', 'p', 'gpt-4o-mini'));
    const chain = Array.from({ length: 9 }, (_, place) => http(`h${place + 1}`, place === 0 ? 'far' : `h${place}`));
    batch(chat('far'), ...chain, gateway('deep', 'h9'));
    expect(counted).toEqual(['a', 'b', 'c', 'd', 'far', 'deep']);
  });

  test('stays two when a tool or an agent lies between, or a link is of another trace', () => {
    const { batch, counted } = listening();
    batch(chat('a'), http('t', 'a', {}, { 'gen_ai.operation.name': 'execute_tool' }), chat('b', 't'));
    batch(chat('c'), http('i', 'c', { kind: 'internal' }), chat('d', 'i'));
    batch(chat('e'), http('o', 'e', { traceId: 'another' }), chat('f', 'o'));
    expect(counted).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('is counted once in a trace of many calls, the gateway first', () => {
    const { batch, counted } = listening();
    const all = Array.from({ length: 60 }, (_, place) => place);
    batch(...all.map((place) => gateway(`gate${place}`, `post${place}`)));
    for (const place of all) batch(http(`post${place}`, `app${place}`), chat(`app${place}`));
    expect(counted).toEqual(all.map((place) => `gate${place}`));
  });
});

describe('links', () => {
  test('in a circle end', () => {
    const { batch, counted } = listening();
    batch(http('x', 'y'), http('y', 'x'), http('z', 'z'), chat('a', 'x'), chat('b', 'z'));
    batch(chat('x2', 'y'));
    expect(counted).toEqual(['a', 'b', 'x2']);
  });

  test('are forgotten when too many follow, and the newest is known', () => {
    const links = new TransportLinks(2);
    for (const spanId of ['a', 'b', 'c']) links.note('', http(spanId, `over-${spanId}`, { traceId: 't' }));
    const over = (spanId: string): string => {
      const climber = { parentSpanId: spanId, hopsLeft: 8 };
      links.climb(climber, '', 't');
      return climber.parentSpanId;
    };
    expect([over('a'), over('b'), over('c')]).toEqual(['a', 'over-b', 'over-c']);
    expect(links.climb({ parentSpanId: 'c', hopsLeft: 8 }, 'other tenant', 't')).toBe(false);
  });
});
