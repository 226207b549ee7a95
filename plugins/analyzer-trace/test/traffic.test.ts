import { endpointId, instanceId, minuteMs, serviceId } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { batchOf, nowMs, nowUs, resourceOf, sceneOf, segmentOf, shop, spanOf } from './scene.js';

const shopName = { name: 'shop', normal: true };
const minute = Math.floor(nowMs / minuteMs) * minuteMs;

describe('entities', () => {
  it('are the service, its instance and the endpoints of its entries', async () => {
    const { analyzer, seen } = await sceneOf();
    analyzer.accept(batchOf([spanOf(), spanOf({ kind: 'client', parentSpanId: '1', name: 'SELECT' })]));
    const common = { tenant: '', serviceId: serviceId(shopName), instanceId: '', layers: ['GENERAL'], properties: {}, firstSeenMs: minute, lastSeenMs: minute };
    expect(seen.observed).toEqual([
      { ...common, scope: 'Service', name: 'shop', id: serviceId(shopName) },
      { ...common, scope: 'ServiceInstance', name: 'shop-1', id: instanceId(shopName, 'shop-1') },
      { ...common, scope: 'Endpoint', name: 'GET /carts', id: endpointId(shopName, 'GET /carts') },
    ]);
  });

  it('are told once a minute, however many spans there are, and again for a late one', async () => {
    const { analyzer, seen } = await sceneOf();
    analyzer.accept(batchOf(Array.from({ length: 500 }, () => spanOf())));
    expect(seen.observed).toHaveLength(3);
    const laterUs = nowUs + minuteMs * 1000;
    analyzer.accept(batchOf([spanOf({ startUs: laterUs }), spanOf({ startUs: laterUs }), spanOf({ startUs: nowUs })]));
    expect(seen.observed).toHaveLength(6);
    analyzer.accept(batchOf([spanOf({ startUs: nowUs - 3_600_000_000 })]));
    expect(seen.observed.slice(6).map(({ firstSeenMs }) => firstSeenMs)).toEqual(Array.from({ length: 3 }, () => minute - 3_600_000));
  });

  it('over the limits are counted as the one named _overflow, and their spans stored as they are', async () => {
    const { analyzer, seen, sources, spans } = await sceneOf();
    seen.exceeds = (_scope, name) => ['/c', '/d', 'three'].includes(name);
    analyzer.accept(batchOf(['/a', '/b', '/c', '/d'].map((name) => spanOf({ name }))));
    expect(sources.of('Endpoint').map(({ values }) => values['name'])).toEqual(['/a', '/b', '_overflow', '_overflow']);
    expect(spans().map((row) => row['name'])).toEqual(['/a', '/b', '/c', '/d']);
    for (const name of ['two', 'three']) analyzer.accept(batchOf([spanOf()], { resource: resourceOf({ 'service.name': name }) }));
    expect(sources.of('Service').slice(4).map(({ entity }) => entity.id)).toEqual(['two', '_overflow'].map((name) => serviceId({ name, normal: true })));
    expect(spans().slice(4).map((row) => row['service'])).toEqual(['two', 'three']);
  });

  it('that were forgotten to make room come again, also within a batch', async () => {
    const { analyzer, seen, sources } = await sceneOf();
    analyzer.accept(batchOf([spanOf(), spanOf()]));
    const [first] = sources.of('Service');
    seen.exceeds = () => {
      seen.exceeds = () => false;
      seen.forget();
      return false;
    };
    analyzer.accept(batchOf([spanOf({ name: '/new' }), spanOf()], { resource: shop }));
    const services = sources.of('Service').map(({ entity }) => entity);
    expect(services).toHaveLength(4);
    expect(services[3]).not.toBe(first?.entity);
    expect(services[3]).toEqual(first?.entity);
    expect(seen.observed.filter(({ scope }) => scope === 'Service')).toHaveLength(2);
  });
});

describe('events of sources', () => {
  it('say of an entry what SkyWalking says, about the service, its instance and the endpoint', async () => {
    const { analyzer, sources } = await sceneOf();
    const attributes = { 'http.request.method': 'GET', 'http.response.status_code': 404, 'rpc.grpc.status_code': 5n };
    analyzer.accept(batchOf([spanOf({ status: 'error', attributes })]));
    const request = { latency: 25, status: false, httpResponseStatusCode: 404, rpcStatusCode: '5', type: 'HTTP' };
    const delay = { 'tag["transmission.latency"]': undefined };
    expect(sources.events).toEqual([
      {
        source: 'Service', timeMs: nowMs, weight: 1, entity: { tenant: '', id: serviceId(shopName) },
        values: { ...request, ...delay, name: 'shop', layer: 'GENERAL', serviceInstanceName: 'shop-1', endpointName: 'GET /carts' },
      },
      {
        source: 'ServiceInstance', timeMs: nowMs, weight: 1, entity: { tenant: '', id: instanceId(shopName, 'shop-1') },
        values: { ...request, name: 'shop-1', serviceName: 'shop', endpointName: 'GET /carts' },
      },
      {
        source: 'Endpoint', timeMs: nowMs, weight: 1, entity: { tenant: '', id: endpointId(shopName, 'GET /carts') },
        values: { ...request, ...delay, name: 'GET /carts', serviceName: 'shop', serviceInstanceName: 'shop-1' },
      },
    ]);
  });

  it('are about one object per entity, so that the sink may cache by it', async () => {
    const { analyzer, sources } = await sceneOf();
    analyzer.accept(batchOf([spanOf(), spanOf()]));
    analyzer.accept(batchOf([spanOf()]));
    for (const source of ['Service', 'ServiceInstance', 'Endpoint']) expect(new Set(sources.of(source).map(({ entity }) => entity)).size).toBe(1);
  });

  it.each([
    ['a client span', spanOf({ kind: 'client', parentSpanId: '1' })],
    ['a root that is a client', spanOf({ kind: 'client' })],
    ['an inner span', spanOf({ kind: 'internal', parentSpanId: '1' })],
    ['an exit of a segment', spanOf({ segment: segmentOf({ type: 'Exit' }) })],
    ['a local span of a segment', spanOf({ segment: segmentOf({ type: 'Local' }) })],
    ['an entry that the agent does not want analysed', spanOf({ segment: segmentOf({ skipAnalysis: true }) })],
  ])('are not made of %s', async (_what, span) => {
    const { analyzer, sources, spans } = await sceneOf();
    analyzer.accept(batchOf([span]));
    expect([sources.events, spans().length]).toEqual([[], 1]);
  });

  it.each([
    ['gRPC', spanOf({ attributes: { 'rpc.system': 'grpc', 'http.method': 'POST' } })],
    ['RPC', spanOf({ attributes: { 'rpc.system': 'dubbo' } })],
    ['RPC', spanOf()],
    ['MQ', spanOf({ kind: 'consumer' })],
    ['MQ', spanOf({ attributes: { 'messaging.system': 'kafka', 'http.method': 'POST' } })],
    ['HTTP', spanOf({ segment: segmentOf() })],
    ['DATABASE', spanOf({ segment: segmentOf({ layer: 'Database' }) })],
    ['RPC', spanOf({ segment: segmentOf({ layer: 'Unknown' }), attributes: { 'http.method': 'GET' } })],
  ])('have the request type %s (%#)', async (type, span) => {
    const { analyzer, sources } = await sceneOf();
    analyzer.accept(batchOf([span]));
    expect(sources.of('Service')[0]?.values['type']).toBe(type);
  });

  it.each([['200', 200], [' ', undefined], ['2e999', undefined], ['abc', undefined], [503n, 503], [true, undefined]])(
    'read the status code %s as %s',
    async (given, read) => {
      const { analyzer, sources } = await sceneOf();
      analyzer.accept(batchOf([spanOf({ attributes: { 'http.status_code': given } })]));
      expect(sources.of('Service')[0]?.values['httpResponseStatusCode']).toBe(read);
    },
  );

  it('carry the time that a message was on its way', async () => {
    const { analyzer, sources } = await sceneOf();
    analyzer.accept(batchOf([spanOf({ segment: segmentOf({ layer: 'MQ' }), attributes: { 'transmission.latency': '120' } })]));
    for (const source of ['Service', 'Endpoint']) expect(sources.of(source)[0]?.values['tag["transmission.latency"]']).toBe('120');
  });

  it('of a function have no endpoint, and without an instance name no instance', async () => {
    const { analyzer, sources } = await sceneOf();
    analyzer.accept(batchOf([spanOf({ segment: segmentOf({ layer: 'FAAS' }) })], { resource: resourceOf({ 'service.name': 'fn' }) }));
    expect(sources.events.map(({ source }) => source)).toEqual(['Service']);
  });

  it.each([
    ['a local span that is one', { type: 'Local' as const }, '{"logic-span":true}', { name: 'GET /carts', latency: 25, status: true }],
    ['a part of an entry', {}, '{"name":"pay","latency":7,"status":false}', { name: 'pay', latency: 7, status: false }],
  ])('of a logic endpoint: %s', async (_what, segment, le, expected) => {
    const { analyzer, sources } = await sceneOf();
    analyzer.accept(batchOf([spanOf({ segment: segmentOf(segment), attributes: { 'x-le': le } })]));
    const events = sources.of('Endpoint').filter(({ values }) => values['type'] === 'LOGIC');
    expect(events.map(({ values }) => values)).toMatchObject([expected]);
  });

  it.each(['', 'null', '[]', '{', '{"name":"x"}', '{"name":"","latency":1,"status":true}', '{"name":"x","latency":"1","status":true}', 'x'.repeat(5000)])(
    'are not made of a broken mark of a logic endpoint (%#)',
    async (le) => {
      const { analyzer, sources } = await sceneOf();
      analyzer.accept(batchOf([spanOf({ segment: segmentOf({ type: 'Local' }), attributes: { 'x-le': le } })]));
      expect(sources.events).toEqual([]);
    },
  );

  it('are none without an analyzer of sources; entities are told all the same', async () => {
    const { analyzer, seen, spans } = await sceneOf({ withoutSources: true });
    analyzer.accept(batchOf([spanOf()]));
    expect(spans()).toHaveLength(1);
    expect(seen.observed.map(({ scope }) => scope)).toEqual(['Service', 'ServiceInstance', 'Endpoint']);
  });
});
