import { describe, expect, test } from 'vitest';
import { at, captured, encode, malformed, pairs } from './support/messages.js';
import { codeOf, Service } from './support/service.js';

describe('instances', () => {
  const properties = encode('InstanceProperties', {
    service: 'shop', serviceInstance: 'shop-1', layer: 'FAAS',
    properties: [...pairs({ language: 'java', 'OS Name': 'Linux' }), { key: 'ipv4', value: '10.0.0.1' }, { key: 'ipv4', value: '10.0.0.2' }],
  });

  test('of the Node.js agent are known with their properties', async () => {
    const service = new Service();
    await service.call('/skywalking.v3.ManagementService/reportInstanceProperties', captured('shop.properties'));
    expect(service.entities).toEqual([
      { tenant: '', scope: 'Service', id: 'c2hvcA==.1', name: 'shop', serviceId: 'c2hvcA==.1', instanceId: '', layers: ['GENERAL'], firstSeenMs: at + 5_000, lastSeenMs: at + 5_000, properties: {} },
      {
        tenant: '', scope: 'ServiceInstance', id: 'c2hvcA==.1_c2hvcC0x', name: 'shop-1', serviceId: 'c2hvcA==.1', instanceId: '', layers: ['GENERAL'],
        firstSeenMs: at + 5_000, lastSeenMs: at + 5_000,
        properties: { language: 'NodeJS', 'OS Name': 'linux', hostname: expect.any(String), 'Process No.': expect.stringMatching(/^\d+$/) },
      },
    ]);
  });

  test('have a layer, and their addresses in one list', async () => {
    const service = new Service();
    await service.call('/ManagementService/reportInstanceProperties', properties);
    expect(service.entities.map(({ layers }) => layers)).toEqual([['FAAS'], ['FAAS']]);
    expect(service.entities[1]?.properties).toEqual({ language: 'java', 'OS Name': 'Linux', ipv4s: '10.0.0.1,10.0.0.2' });
  });

  test.each(['MADE_UP_LAYER', 'general; drop', 'UNDEFINED', 'VIRTUAL_GENAI'])('cannot put a service into the layer %s', async (layer) => {
    const service = new Service();
    await service.call('/ManagementService/keepAlive', encode('InstancePingPkg', { service: 'shop', serviceInstance: 'shop-1', layer }));
    await service.post('/v3/management/reportProperties', { service: 'edge', serviceInstance: 'e-1', layer });
    expect(service.entities.map(({ layers }) => layers)).toEqual(Array.from({ length: 4 }, () => ['GENERAL']));
  });

  test('stay known by their pings, which say nothing of properties', async () => {
    const service = new Service();
    await service.call('/skywalking.v3.ManagementService/keepAlive', captured('stock.ping'));
    await service.call('/ManagementService/keepAlive', encode('InstancePingPkg', { service: 'stock', serviceInstance: 'stock-1', layer: 'FAAS' }));
    expect(service.entities.map(({ name, layers, properties: none }) => [name, layers, none])).toEqual([
      ['stock', ['GENERAL'], {}],
      ['stock-1', ['GENERAL'], {}],
      ['stock', ['FAAS'], {}],
      ['stock-1', ['FAAS'], {}],
    ]);
    expect(service.count('instance_reports')).toBe(2);
  });

  test('come in JSON, with properties in either way of writing', async () => {
    const service = new Service();
    const list = [{ key: 'language', value: 'Lua' }, { 'OS Name': 'Linux', ipv4: '10.0.0.1' }, { ipv4: '10.0.0.2', number: 5 }, 7];
    const answer = await service.post('/v3/management/reportProperties', { service: 'edge', serviceInstance: 'e-1', properties: list });
    expect(answer.body).toBe('{}');
    expect(service.entities[1]?.properties).toEqual({ language: 'Lua', 'OS Name': 'Linux', ipv4s: '10.0.0.1,10.0.0.2' });
    await service.post('/v3/management/keepAlive', { service: 'edge', serviceInstance: 'e-1' });
    expect(service.entities).toHaveLength(4);
  });

  test('may name a property as JavaScript names its own', async () => {
    const service = new Service();
    const list = pairs({ constructor: 'c', toString: 's' });
    await service.call('/ManagementService/reportInstanceProperties', encode('InstanceProperties', { service: 'a', serviceInstance: 'b', properties: [...list, { key: '__proto__', value: 'p' }] }));
    expect(Object.entries(service.entities[1]?.properties ?? {})).toEqual([['constructor', 'c'], ['toString', 's'], ['__proto__', 'p']]);
  });

  test.each([
    ['no service', { serviceInstance: 'x' }],
    ['a blank instance', { service: 'x', serviceInstance: ' ' }],
    ['a long service', { service: 'x'.repeat(1_025), serviceInstance: 'x' }],
    ['a long property', { service: 'x', serviceInstance: 'x', properties: pairs({ a: 'x'.repeat(4_097) }) }],
  ])('with %s are refused', async (_name, report) => {
    const service = new Service();
    const body = encode('InstanceProperties', report);
    expect(await codeOf(service.call('/ManagementService/reportInstanceProperties', body))).toBe('METERLARK_RECEIVER_SKYWALKING_UNUSABLE');
    expect(await codeOf(service.post('/v3/management/reportProperties', report))).toBe('METERLARK_RECEIVER_SKYWALKING_UNUSABLE');
    expect(service.entities).toEqual([]);
  });

  test.each(['', 'null', '[]', '"x"', '{'])('in the JSON %s are refused', async (body) => {
    expect(await codeOf(new Service().post('/v3/management/keepAlive', body))).toBe('METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON');
  });

  test('with too many properties are refused, in both forms', async () => {
    const report = { service: 'x', serviceInstance: 'x', properties: Array.from({ length: 257 }, (_, index) => ({ key: `k${index}`, value: '' })) };
    const service = new Service();
    expect(await codeOf(service.call('/ManagementService/reportInstanceProperties', encode('InstanceProperties', report)))).toBe('METERLARK_RECEIVER_SKYWALKING_TOO_MANY_ITEMS');
    expect(await codeOf(service.post('/v3/management/reportProperties', report))).toBe('METERLARK_RECEIVER_SKYWALKING_UNUSABLE');
    const wide = { service: 'x', serviceInstance: 'x', properties: [Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, '']))] };
    expect(await codeOf(service.post('/v3/management/reportProperties', wide))).toBe('METERLARK_RECEIVER_SKYWALKING_UNUSABLE');
  });

  test('that are no protobuf are refused', async () => {
    expect(await codeOf(new Service().call('/ManagementService/keepAlive', malformed))).toBe('METERLARK_RECEIVER_SKYWALKING_MALFORMED');
  });
});
