import { noSpanAttributes, spansModel, type StoredEvent, type StoredLink } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { attributesOf, batchOf, noScope, nowUs, resourceOf, sceneOf, segmentOf, shop, spanOf } from './scene.js';

describe('stored spans', () => {
  it('carry every column of the model, by its name', async () => {
    const { analyzer, spans } = await sceneOf();
    const scope = { name: 'http', version: '1.2', attributes: new Map([['short', true]]) };
    const span = spanOf({
      parentSpanId: 'b2'.repeat(8), traceState: 'vendor=1', kind: 'consumer', status: 'error', statusMessage: 'boom', peer: 'kafka:9092',
    });
    expect(analyzer.accept(batchOf([span], { scope, tenant: 'acme', protocol: 'zipkin' }))).toEqual({ rejected: 0, reason: '' });
    const [row] = spans();
    expect(Object.keys(row ?? {})).toEqual(spansModel.columns.map(({ name }) => name));
    expect(row).toEqual({
      tenant: 'acme', time: nowUs, trace_id: span.traceId, span_id: span.spanId, parent_span_id: 'b2'.repeat(8), trace_state: 'vendor=1',
      service: 'shop', instance: 'shop-1', layer: 'GENERAL', name: 'GET /carts', kind: 'consumer', entry: true, duration_ns: 25_000_000,
      status: 'error', status_message: 'boom', peer: 'kafka:9092', protocol: 'zipkin', scope: 'http', scope_version: '1.2',
      resource: '{"service.instance.id":"shop-1","service.name":"shop"}', scope_attributes: '{"short":"true"}',
      attributes: {}, numbers: {}, events: '', links: '', segment: '',
    });
  });

  it('split attributes into texts and numbers by their values, also when a key changes its kind', async () => {
    const { analyzer, spans } = await sceneOf();
    const nested = new Map<string, string | Uint8Array>([['__proto__', 'x'], ['b', Buffer.from('hi')]]);
    const kinds = { text: 'a', flag: false, whole: 7, part: 0.5, big: 2n ** 60n, small: 12n, none: undefined, list: ['a', 1n, 2.5], nested };
    analyzer.accept(batchOf([spanOf({ attributes: kinds }), spanOf({ attributes: { ...kinds, whole: 'seven', none: 1, part: NaN } })]));
    const [first, second] = spans();
    expect(first?.['attributes']).toEqual({ text: 'a', flag: 'false', big: '1152921504606846976', list: '["a",1,2.5]', nested: '{"__proto__":"x","b":"aGk="}' });
    expect(first?.['numbers']).toEqual({ whole: 7, part: 0.5, small: 12 });
    expect(second?.['attributes']).toMatchObject({ whole: 'seven', part: 'NaN', text: 'a' });
    expect(second?.['numbers']).toEqual({ small: 12, none: 1 });
  });

  it('carry events, links and the segment as JSON', async () => {
    const { analyzer, spans } = await sceneOf();
    const event = { timeUs: nowUs, name: 'exception', attributes: attributesOf({ 'exception.type': 'E', code: 7, none: undefined }) };
    const link = { traceId: 'c3', spanId: 'd4', traceState: 'x=y', attributes: noSpanAttributes };
    const segment = segmentOf({ refs: [{ type: 'CROSS_PROCESS', traceId: 't', parentSegmentId: 's', parentSpanId: 2, parentService: 'web', parentInstance: 'i', parentEndpoint: '/', networkAddress: 'a:1' }] });
    analyzer.accept(batchOf([spanOf({ events: [event], links: [link], segment })]));
    const [row] = spans();
    expect(JSON.parse((row?.['events'] as string))).toEqual([{ timeUs: nowUs, name: 'exception', attributes: { 'exception.type': 'E', code: 7 } }] satisfies StoredEvent[]);
    expect(JSON.parse((row?.['links'] as string))).toEqual([{ traceId: 'c3', spanId: 'd4', traceState: 'x=y', attributes: {} }] satisfies StoredLink[]);
    expect(JSON.parse((row?.['segment'] as string))).toEqual(segment);
  });

  it('keep a resource as equal text whatever the order of its attributes', async () => {
    const { analyzer, spans } = await sceneOf();
    analyzer.accept(batchOf([spanOf()], { resource: resourceOf({ 'service.name': 'a', b: 1 }) }));
    analyzer.accept(batchOf([spanOf()], { resource: resourceOf({ b: 1, 'service.name': 'a' }) }));
    expect(spans().map((row) => row['resource'])).toEqual(['{"b":1,"service.name":"a"}', '{"b":1,"service.name":"a"}']);
  });

  it('cut long values to the limit with a mark of their size, whole characters only, and count it', async () => {
    const { analyzer, spans, metrics } = await sceneOf({ settings: { maxValueBytes: 64 } });
    analyzer.accept(batchOf([spanOf({ statusMessage: 'é'.repeat(100), attributes: { long: 'x'.repeat(65), fits: 'y'.repeat(64) } })]));
    const [row] = spans();
    const { long, fits } = row?.['attributes'] as Record<string, string>;
    expect(long).toBe(`${'x'.repeat(51)}…[65 bytes]`);
    expect(Buffer.byteLength(long ?? '')).toBe(64);
    expect(fits).toBe('y'.repeat(64));
    expect(row?.['status_message']).toMatch(/^é+…\[200 bytes\]$/);
    expect(metrics.value('meterlark_trace_values_cut_total')).toBe(2);
  });

  it('bound attributes, events, links and names', async () => {
    const { analyzer, spans, metrics } = await sceneOf({ settings: { maxAttributes: 3 } });
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, place) => [`k${place}`, 'v']));
    const event = { timeUs: nowUs, name: 'e', attributes: attributesOf(many) };
    const name = 'n'.repeat(2000);
    const events = Array.from({ length: 1025 }, () => event);
    analyzer.accept(batchOf([spanOf({ name, attributes: many, events, links: [{ traceId: 't'.repeat(5000), spanId: 's', traceState: '', attributes: noSpanAttributes }] })]));
    const [row] = spans();
    expect(Object.keys(row?.['attributes'] as object)).toEqual(['k0', 'k1', 'k2']);
    const stored = JSON.parse((row?.['events'] as string)) as StoredEvent[];
    expect([stored.length, Object.keys(stored[0]?.attributes ?? {})]).toEqual([1024, ['k0', 'k1', 'k2']]);
    expect((row?.['name'] as string)).toMatch(/^n{1001}#[\w-]{22}$/);
    expect((row?.['links'] as string).length).toBeLessThan(1200);
    expect(metrics.value('meterlark_trace_parts_dropped_total')).toBe(7 + 1024 * 7 + 1);
    expect(metrics.value('meterlark_trace_names_cut_total')).toBeGreaterThan(1);
  });

  it('keep different long names different', async () => {
    const { analyzer, spans } = await sceneOf();
    const long = 'n'.repeat(5000);
    analyzer.accept(batchOf([spanOf({ name: `${long}1` }), spanOf({ name: `${long}2` }), spanOf({ name: `${long}1` })]));
    const [one, two, again] = spans().map((row) => row['name']);
    expect(one).not.toBe(two);
    expect(again).toBe(one);
  });

  it('survive text that is no text: halves of characters, NUL, JSON within JSON', async () => {
    const { analyzer, spans } = await sceneOf({ settings: { maxValueBytes: 20 } });
    const odd = { 'a"\\\n': '\ud83d', nul: '\u0000', json: '{"a":1}', emoji: '😀'.repeat(20) };
    analyzer.accept(batchOf([spanOf({ attributes: odd, events: [{ timeUs: 1, name: '"', attributes: attributesOf(odd) }] })]));
    const [row] = spans();
    expect(Object.keys(row?.['attributes'] as object)).toEqual(Object.keys(odd));
    expect(JSON.parse((row?.['events'] as string))).toMatchObject([{ name: '"', attributes: { json: '{"a":1}', nul: '\u0000' } }]);
    expect((row?.['attributes'] as Record<string, string>)['emoji']).toMatch(/^(😀)*…\[80 bytes\]$/u);
  });
});

describe('what is refused', () => {
  it.each([
    ['late', { startUs: nowUs - 24.5 * 3_600_000_000 }],
    ['late', { startUs: nowUs - 9 * 24 * 3_600_000_000, durationNs: 9 * 24 * 3600 * 1e9 }],
    ['future', { startUs: nowUs + 11 * 60_000_000 }],
    ['malformed', { traceId: '' }],
    ['malformed', { spanId: '' }],
    ['malformed', { spanId: 's'.repeat(2000) }],
    ['malformed', { durationNs: -1 }],
    ['malformed', { durationNs: Number.NaN }],
    ['malformed', { durationNs: 2 ** 60 }],
    ['malformed', { startUs: Number.POSITIVE_INFINITY }],
  ])('a span that is %s is rejected with the reason, counted, and the others are stored (%#)', async (reason, parts) => {
    const { analyzer, spans, metrics, seen, sources } = await sceneOf();
    const outcome = analyzer.accept(batchOf([spanOf(parts), spanOf(), spanOf(parts)]));
    expect(outcome).toEqual({ rejected: 2, reason: expect.stringMatching(/^2: the span /) as string });
    expect(spans()).toHaveLength(1);
    expect(metrics.value('meterlark_trace_rejected_spans_total', { reason })).toBe(2);
    expect([seen.observed.length, sources.of('Service').length]).toEqual([3, 1]);
    expect(analyzer.accept(batchOf([spanOf()]))).toEqual({ rejected: 0, reason: '' });
  });

  it('is not a span that lasted longer than a day and has just ended', async () => {
    const { analyzer, spans } = await sceneOf();
    const dayUs = 24 * 3_600_000_000;
    analyzer.accept(batchOf([spanOf({ startUs: nowUs - 3 * dayUs, durationNs: 3 * dayUs * 1000 })]));
    expect(spans()).toHaveLength(1);
  });

  it('is not a batch of another signal, nor an empty one', async () => {
    const { analyzer, spans } = await sceneOf();
    expect(analyzer.accept({ signal: 'metrics', tenant: '', resources: [], points: 0 })).toEqual({ rejected: 0, reason: '' });
    expect(analyzer.accept(batchOf([]))).toEqual({ rejected: 0, reason: '' });
    expect(analyzer.accept({ ...batchOf([]), resources: [] })).toEqual({ rejected: 0, reason: '' });
    expect(spans()).toEqual([]);
  });
});

describe('origins', () => {
  it.each([
    ['faas.name', { 'faas.name': 'f', 'k8s.deployment.name': 'd', 'process.executable.name': 'p' }, 'f'],
    ['k8s.deployment.name', { 'k8s.deployment.name': 'd', 'process.executable.name': 'p' }, 'd'],
    ['process.executable.name', { 'service.name': ' ', 'process.executable.name': 'p' }, 'p'],
    ['nothing', { 'service.name': ['a'] }, 'unknown'],
  ])('take the service from %s when there is no name', async (_key, attributes, service) => {
    const { analyzer, spans, metrics } = await sceneOf();
    analyzer.accept(batchOf([spanOf(), spanOf()], { resource: resourceOf(attributes) }));
    expect(spans().map((row) => [row['service'], row['instance']])).toEqual([[service, ''], [service, '']]);
    expect(metrics.value('meterlark_trace_unnamed_spans_total')).toBe(service === 'unknown' ? 2 : 0);
  });

  it.each([
    [{ 'service.instance.id': 'a', 'k8s.pod.name': 'b' }, 'a'],
    [{ 'service.instance': 'x', 'host.name': 'b' }, 'x'],
    [{ 'k8s.pod.name': 'pod', 'host.name': 'b' }, 'pod'],
    [{ 'host.name': 42 }, '42'],
  ])('take the instance from the first attribute that says it', async (attributes, instance) => {
    const { analyzer, spans } = await sceneOf();
    analyzer.accept(batchOf([spanOf()], { resource: resourceOf({ 'service.name': 's', ...attributes }) }));
    expect(spans()[0]?.['instance']).toBe(instance);
  });

  it.each([
    ['ENVOY_AI_GATEWAY', 'ENVOY_AI_GATEWAY'],
    ['K8S_SERVICE', 'K8S_SERVICE'],
    ['VIRTUAL_GENAI', 'GENERAL'],
    ['no layer', 'GENERAL'],
    [7, 'GENERAL'],
  ])('take the layer %s as %s', async (given, layer) => {
    const { analyzer, spans, seen } = await sceneOf();
    analyzer.accept(batchOf([spanOf()], { resource: resourceOf({ 'service.name': 's', 'service.layer': given }) }));
    expect(spans()[0]?.['layer']).toBe(layer);
    expect(seen.observed[0]?.layers).toEqual([layer]);
  });

  it('are one object per resource and scope, so that listeners may cache by it', async () => {
    const { analyzer } = await sceneOf();
    const seen = new Set<object>();
    analyzer.add({ hasRoom: () => true, listen: (span, origin) => { seen.add(origin); return span; } });
    for (let round = 0; round < 3; round += 1) analyzer.accept(batchOf([spanOf(), spanOf()]));
    expect(seen.size).toBe(1);
    analyzer.accept(batchOf([spanOf()], { scope: { ...noScope, name: 'other' } }));
    expect(seen.size).toBe(2);
  });

  it('tell apart tenants and protocols that share a resource object', async () => {
    const { analyzer, spans } = await sceneOf();
    for (const [tenant, protocol] of [['a', 'otlp'], ['b', 'otlp'], ['b', 'zipkin'], ['a', 'otlp']] as const) {
      analyzer.accept(batchOf([spanOf()], { tenant, protocol, resource: shop }));
    }
    expect(spans().map((row) => [row['tenant'], row['protocol']])).toEqual([['a', 'otlp'], ['b', 'otlp'], ['b', 'zipkin'], ['a', 'otlp']]);
  });

  it('are one service when several SDKs send one resource each in its own words', async () => {
    const { analyzer, seen } = await sceneOf();
    const sdks = ['node', 'python'].map((language) => resourceOf({ 'service.name': 'shop', 'service.instance.id': 'shop-1', 'telemetry.sdk.language': language }));
    for (const resource of sdks) analyzer.accept(batchOf([spanOf()], { resource }));
    expect(seen.observed.map(({ scope, name }) => `${scope} ${name}`)).toEqual(['Service shop', 'ServiceInstance shop-1', 'Endpoint GET /carts']);
  });
});
