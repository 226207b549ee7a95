import { attributeOf, isEntry, type Resource, type Span, type SpanAttributes } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { SegmentReader } from '../src/segment-reader.js';
import { at, captured, encode, pairs, segmentOf, spanOf, type Plain } from './support/messages.js';

const newReader = (maxSources = 100): SegmentReader => new SegmentReader({ maxItems: 1_000, maxSources });

interface Read {
  readonly resource: Resource;
  readonly spans: readonly Span[];
}

function read(body: Buffer, reader = newReader()): Read {
  const { resource, scopes } = reader.segment(body);
  return { resource, spans: scopes.flatMap(({ spans }) => spans) };
}

const readPlain = (segment: Plain): Read => read(encode('SegmentObject', segment));

function first(segment: Plain): Span {
  const [span] = readPlain(segment).spans;
  if (span === undefined) throw new Error('no span');
  return span;
}

function tagsOf({ shape, values }: SpanAttributes): Readonly<Record<string, unknown>> {
  return Object.fromEntries(shape.keys.map((key, place) => [key, values[place]]));
}

function reasonOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { reason: string }).reason;
  }
  return undefined;
}

describe('a segment of the Node.js agent', () => {
  const shop = read(captured('shop.segment'));
  const stock = read(captured('stock.segment'));

  test('gives its service and instance', () => {
    expect(shop.resource.attributes).toEqual(new Map([['service.name', 'shop'], ['service.instance.id', 'shop-1']]));
    expect(stock.resource.attributes.get('service.name')).toBe('stock');
  });

  test('gives spans that hang together within the segment', () => {
    const [exit, entry] = shop.spans;
    expect(shop.spans.map(({ name, kind }) => [name, kind])).toEqual([['/stock/7', 'client'], ['GET:/order', 'server']]);
    expect([entry?.parentSpanId, exit?.parentSpanId]).toEqual(['', entry?.spanId]);
    expect(entry?.spanId).toMatch(/^[0-9a-f]{32}\.0$/);
    expect(exit?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(exit?.segment).toMatchObject({ spanId: 1, parentSpanId: 0, type: 'Exit', layer: 'Http', refs: [] });
    expect(shop.spans.map(isEntry)).toEqual([false, true]);
  });

  test('gives times and tags', () => {
    for (const { startUs, durationNs, status, attributes } of shop.spans) {
      expect(startUs).toBeGreaterThan(1.7e15);
      expect(durationNs % 1_000_000).toBe(0);
      expect(status).toBe('unset');
      expect(tagsOf(attributes)).toMatchObject({ 'http.method': 'GET', 'http.status_code': '200', 'http.status.msg': 'OK' });
    }
  });

  test('hangs on the span that called it', () => {
    const [exit] = shop.spans;
    const [entry] = stock.spans;
    expect(entry?.traceId).toBe(exit?.traceId);
    expect(entry?.parentSpanId).toBe(exit?.spanId);
    expect(entry?.segment?.refs).toEqual([
      {
        type: 'CROSS_PROCESS',
        traceId: exit?.traceId,
        parentSegmentId: exit?.segment?.segmentId,
        parentSpanId: 1,
        parentService: 'shop',
        parentInstance: 'shop-1',
        parentEndpoint: expect.any(String),
        networkAddress: exit?.peer,
      },
    ]);
  });
});

describe('a segment of the Java agent with Spring AI', () => {
  const tags = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4.1-mini',
    'gen_ai.response.model': 'gpt-4.1-mini-2025-04-14',
    'gen_ai.usage.input_tokens': '1000',
    'gen_ai.usage.output_tokens': '500',
    'gen_ai.server.time_to_first_token': '231',
  };
  const exit = spanOf({ spanId: 1, parentSpanId: 0, spanType: 'Exit', spanLayer: 'GenAI', componentId: 173, operationName: 'Spring-ai/openai/call', peer: 'api.openai.com:443', tags: pairs(tags) });

  test('is a client span of the layer GenAI with all its tags', () => {
    const [, span] = readPlain(segmentOf({ spans: [spanOf(), exit] })).spans;
    expect(span).toMatchObject({ kind: 'client', name: 'Spring-ai/openai/call', peer: 'api.openai.com:443', parentSpanId: 's-1.0' });
    expect(span?.segment).toMatchObject({ layer: 'GenAI', type: 'Exit', componentId: 173 });
    expect(span?.attributes.shape.keys).toEqual(Object.keys(tags));
    expect(span && tagsOf(span.attributes)).toEqual(tags);
  });

  test('shares the list of its keys with the next such span', () => {
    const reader = newReader();
    const body = encode('SegmentObject', segmentOf({ spans: [exit] }));
    const [one, two] = [read(body, reader), read(body, reader)].map(({ spans }) => spans[0]?.attributes.shape);
    expect(one).toBe(two);
  });
});

describe('a span', () => {
  test.each([
    ['Entry', 'Http', 'server'],
    ['Entry', 'MQ', 'consumer'],
    ['Exit', 'Database', 'client'],
    ['Exit', 'MQ', 'producer'],
    ['Local', 'Unknown', 'internal'],
  ])('of type %s and layer %s is of kind %s', (spanType, spanLayer, kind) => {
    expect(first(segmentOf({ spans: [spanOf({ spanType, spanLayer })] }))).toMatchObject({ kind, segment: { type: spanType, layer: spanLayer } });
  });

  test('of a type or layer that is not known is local and unknown', () => {
    expect(first(segmentOf({ spans: [spanOf({ spanType: 7, spanLayer: 99 })] }))).toMatchObject({ kind: 'internal', segment: { type: 'Local', layer: 'Unknown' } });
  });

  test('has microseconds, and nanoseconds of duration', () => {
    expect(first(segmentOf())).toMatchObject({ startUs: at * 1000, durationNs: 120_000_000 });
  });

  test('that ends before it starts lasts no time', () => {
    expect(first(segmentOf({ spans: [spanOf({ endTime: at - 5 })] })).durationNs).toBe(0);
    expect(first(segmentOf({ spans: [spanOf({ endTime: 0 })] })).durationNs).toBe(0);
  });

  test('of a repeated tag keeps the last value, at the place of the first', () => {
    const tags = [...pairs({ a: '1', b: '2' }), { key: 'a', value: '3' }, { key: 'empty' }];
    const { attributes } = first(segmentOf({ spans: [spanOf({ tags })] }));
    expect([attributes.shape.keys, attributes.values]).toEqual([['a', 'b', 'empty'], ['3', '2', '']]);
  });

  test('with an error has the status and its logs as events', () => {
    const data = pairs({ event: 'error', 'error.kind': 'IOException', message: 'broken pipe', stack: 'at x\nat y' });
    const logs = [{ time: at + 7, data }, { time: at + 8, data: pairs({ note: 'n' }) }];
    const span = first(segmentOf({ spans: [spanOf({ isError: true, tags: pairs({ 'http.status_code': '500' }), logs })] }));
    expect(span.status).toBe('error');
    expect(tagsOf(span.attributes)).toEqual({ 'http.status_code': '500' });
    expect(span.events.map(({ timeUs, name }) => [timeUs, name])).toEqual([[(at + 7) * 1000, 'error'], [(at + 8) * 1000, '']]);
    expect(attributeOf(span.events[0]?.attributes ?? span.attributes, 'message')).toBe('broken pipe');
  });

  test('keeps tags and logs apart however they are mixed on the wire', () => {
    const log = encode('SpanObject', { logs: [{ time: at, data: pairs({ l: '1' }) }] });
    const tag = encode('SpanObject', { tags: pairs({ t: '1' }) });
    const span = Buffer.concat([log, tag, encode('SpanObject', spanOf()), log, encode('SpanObject', { tags: pairs({ u: '2' }) })]);
    const segment = Buffer.concat([field(3, span), encode('SegmentObject', segmentOf({ spans: [] }))]);
    const [found] = read(segment).spans;
    expect(found && tagsOf(found.attributes)).toEqual({ t: '1', u: '2' });
    expect(found?.events.map(({ attributes }) => tagsOf(attributes))).toEqual([{ l: '1' }, { l: '1' }]);
  });

  test('of several parents has the first as parent and the others as links', () => {
    const ref = (segment: string, id: number): Plain => ({ refType: 1, traceId: `t-${segment}`, parentTraceSegmentId: segment, parentSpanId: id, parentService: 'p', parentServiceInstance: 'i', parentEndpoint: 'e', networkAddressUsedAtPeer: 'n' });
    const span = first(segmentOf({ spans: [spanOf({ refs: [ref('a', 3), ref('b', 4)] })] }));
    expect(span.parentSpanId).toBe('a.3');
    expect(span.links.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([['t-b', 'b.4']]);
    expect(span.segment?.refs[0]).toEqual({ type: 'CROSS_THREAD', traceId: 't-a', parentSegmentId: 'a', parentSpanId: 3, parentService: 'p', parentInstance: 'i', parentEndpoint: 'e', networkAddress: 'n' });
  });

  test('that leaves out its parent is a root when it is span 0, else the child of span 0', () => {
    const spans = [spanOf({ parentSpanId: 0 }), spanOf({ spanId: 1, parentSpanId: 0 })];
    expect(readPlain(segmentOf({ spans })).spans.map(({ parentSpanId }) => parentSpanId)).toEqual(['', 's-1.0']);
  });

  test('may ask not to be analysed', () => {
    expect(first(segmentOf({ spans: [spanOf({ skipAnalysis: true })] })).segment?.skipAnalysis).toBe(true);
  });
});

describe('a segment', () => {
  test('of one service and instance has one resource, of another another', () => {
    const reader = newReader();
    const resources = ['shop-1', 'shop-1', 'shop-2'].map((serviceInstance) => read(encode('SegmentObject', segmentOf({ serviceInstance })), reader).resource);
    expect(resources[0]).toBe(resources[1]);
    expect(resources[0]).not.toBe(resources[2]);
    expect(reader.sources.size).toBe(2);
  });

  test('of no instance has a resource without one', () => {
    expect([...readPlain(segmentOf({ serviceInstance: '' })).resource.attributes.keys()]).toEqual(['service.name']);
  });

  test('of more sources than are kept is read nevertheless', () => {
    const reader = newReader(10);
    for (let index = 0; index < 100; index += 1) {
      const service = `shop ${index}`;
      expect(read(encode('SegmentObject', segmentOf({ service })), reader).resource.attributes.get('service.name')).toBe(service);
      expect(reader.sources.size).toBeLessThanOrEqual(10);
    }
  });

  test.each([
    ['no_id', { traceId: '' }],
    ['no_id', { traceSegmentId: '' }],
    ['no_service', { service: ' ' }],
    ['no_span', { spans: [] }],
    ['bad_span', { spans: [spanOf({ spanId: -3 })] }],
    ['bad_time', { spans: [spanOf({ startTime: 0 })] }],
    ['bad_time', { spans: [spanOf({ startTime: -5 })] }],
    ['bad_time', { spans: [spanOf({ startTime: '9223372036854775807', endTime: '9223372036854775807' })] }],
    ['bad_time', { spans: [spanOf({ endTime: '9223372036854775807' })] }],
    ['long_name', { service: 'x'.repeat(1_025) }],
    ['long_name', { serviceInstance: 'x'.repeat(1_025) }],
    ['long_name', { traceId: 'x'.repeat(1_025) }],
    ['long_name', { spans: [spanOf({ operationName: 'x'.repeat(1_025) })] }],
    ['too many items', { spans: Array.from({ length: 1_001 }, () => spanOf()) }],
    ['too many items', { spans: [spanOf({ tags: Array.from({ length: 1_001 }, () => ({})) })] }],
    ['too many items', { spans: [spanOf({ logs: Array.from({ length: 1_001 }, () => ({})) })] }],
  ])('is refused: %s', (reason, over) => {
    expect(reasonOf(() => readPlain(segmentOf(over)))).toBe(reason);
  });

  test('that was refused half-way leaves nothing to the next', () => {
    const reader = newReader();
    const broken = Buffer.concat([encode('SpanObject', { tags: pairs({ secret: 'x' }) }), Buffer.from([0x62, 0x7f])]);
    expect(reasonOf(() => reader.segment(Buffer.concat([encode('SegmentObject', segmentOf({ spans: [] })), field(3, broken)])))).toContain('passes the end');
    const [span] = read(encode('SegmentObject', segmentOf({ spans: [spanOf({ tags: pairs({ mine: 'y' }) })] })), reader).spans;
    expect(span && tagsOf(span.attributes)).toEqual({ mine: 'y' });
  });

  test('cut off anywhere is refused or read as less, never misread', () => {
    const whole = captured('stock.segment');
    for (let length = 0; length < whole.length; length += 1) {
      const reason = reasonOf(() => read(whole.subarray(0, length)));
      if (reason === undefined) expect(read(whole.subarray(0, length)).resource.attributes.get('service.name')).toBe('stock');
    }
  });

  test('of noise is refused or read, within its limits', () => {
    const reader = newReader();
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647);
    for (let round = 0; round < 2_000; round += 1) {
      const noise = Buffer.from(captured('shop.segment'));
      for (let change = 0; change < 4; change += 1) noise[random() % noise.length] = random() % 256;
      const reason = reasonOf(() => reader.segment(noise));
      expect(reason === undefined || typeof reason === 'string').toBe(true);
    }
  });
});

/** A length-delimited field, shorter than 16 KiB. */
function field(number: number, body: Buffer): Buffer {
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), body]);
}
