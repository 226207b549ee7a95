import { builtInLayers, endpointId, instanceId, serviceId } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { definition, graphql, nowMs, record } from './support.js';

const gateway = { name: 'e2e-ai-gateway', normal: true };
const gatewayId = serviceId(gateway);
const openaiId = 'b3BlbmFp.0';
const pod = instanceId(gateway, 'aigw-1');
const chat = endpointId(gateway, '/v1/chat');

function withData() {
  const server = graphql();
  server.metadata.records = [
    record({ id: gatewayId, scope: 'Service', name: gateway.name, serviceId: gatewayId, layers: ['ENVOY_AI_GATEWAY', 'MY_LAYER'] }),
    record({ id: openaiId, scope: 'Service', name: 'openai', serviceId: openaiId, layers: ['VIRTUAL_GENAI'] }),
    record({
      id: pod,
      scope: 'ServiceInstance',
      name: 'aigw-1',
      serviceId: gatewayId,
      properties: { language: 'go', host: 'a' },
      firstSeenMs: Date.UTC(2026, 0, 2, 3, 0),
      lastSeenMs: Date.UTC(2026, 0, 2, 3, 4),
    }),
    record({ id: chat, scope: 'Endpoint', name: '/v1/chat', serviceId: gatewayId }),
  ];
  server.metadata.definitions = [
    definition({ name: 'meter_b', labels: ['model'] }),
    definition({ name: 'meter_a', scope: 'ServiceInstance' }),
    definition({ name: 'meter_p', kind: 'histogram', percentiles: [50, 99] }),
    definition({ name: 'meter_h', kind: 'histogram', scope: 'All' }),
  ];
  return server;
}

describe('common fields', () => {
  test('version and time are what clients gate on', async () => {
    const { data } = await graphql().ask('{ version getTimeInfo { timezone currentTimestamp } }');
    expect(data).toEqual({ version: '10.4.0-meterlark-0.1.0', getTimeInfo: { timezone: '+0000', currentTimestamp: nowMs } });
    expect((await graphql().ask('mutation { version }')).data).toEqual({ version: '10.4.0-meterlark-0.1.0' });
  });

  test('health follows the server and the store', async () => {
    const server = graphql();
    const health = async () => (await server.ask('query { checkHealth { score details } }')).data.checkHealth;
    expect(await health()).toEqual({ score: 0, details: '' });
    server.storage.fault = new Error('away');
    expect(await health()).toEqual({ score: 1, details: 'storage,' });
    server.state.value = 'draining';
    expect(await health()).toEqual({ score: 1, details: 'draining,' });
    server.state.value = 'starting';
    expect((await health()).score).toBeLessThan(0);
  });

  test('a store that never answers is not healthy', async () => {
    const server = graphql({ healthTimeoutMs: 1 });
    server.storage.check = () => new Promise(() => undefined);
    expect((await server.ask('{ checkHealth { score } }')).data.checkHealth.score).toBe(1);
  });

  test('lifetimes are those of the store', async () => {
    const { data } = await graphql().ask(
      '{ getMetricsTTL { metadata minute hour day coldMinute coldHour coldDay } getRecordsTTL { normal trace zipkinTrace log browserErrorLog coldNormal coldLog } }',
    );
    expect(data.getMetricsTTL).toEqual({ metadata: 365, minute: 7, hour: 30, day: 365, coldMinute: -1, coldHour: -1, coldDay: -1 });
    expect(data.getRecordsTTL).toEqual({ normal: 7, trace: 7, zipkinTrace: 7, log: 7, browserErrorLog: 7, coldNormal: -1, coldLog: -1 });
  });
});

describe('layers and services', () => {
  const fields = '{ id name group shortName layers normal }';
  const expected = {
    ...{ id: gatewayId, name: 'e2e-ai-gateway', group: '', shortName: 'e2e-ai-gateway' },
    ...{ layers: ['ENVOY_AI_GATEWAY', 'MY_LAYER'], normal: true },
  };

  test('every built-in layer is listed in order of ids, then those found in data', async () => {
    const { listLayers } = (await withData().ask('{ listLayers }')).data;
    expect(listLayers.slice(0, 3)).toEqual(['MESH', 'GENERAL', 'OS_LINUX']);
    expect(listLayers.indexOf('ENVOY_AI_GATEWAY')).toBe(45);
    expect(listLayers.at(-1)).toBe('MY_LAYER');
    expect(listLayers).not.toContain('UNDEFINED');
    expect(new Set(listLayers).size).toBe(listLayers.length);
  });

  test('layers that rules define are listed before data arrive, once each', async () => {
    const server = graphql();
    server.metadata.definitions = ['SHOP', '', 'UNDEFINED', 'GENERAL', 'ATTIC', 'SHOP'].map((layer, index) =>
      definition({ name: `meter_${index}`, layer }),
    );
    const { listLayers } = (await server.ask('{ listLayers }')).data;
    expect(listLayers.slice(-2)).toEqual(['ATTIC', 'SHOP']);
    expect(listLayers).toHaveLength(builtInLayers.length - 1 + 2);
    server.metadata.records = withData().metadata.records;
    expect((await server.ask('{ listLayers }')).data.listLayers.slice(-3)).toEqual(['ATTIC', 'MY_LAYER', 'SHOP']);
  });

  test('are listed by layer; null and "" mean all', async () => {
    const server = withData();
    expect((await server.ask(`{ listServices(layer: "ENVOY_AI_GATEWAY") ${fields} }`)).data.listServices).toEqual([expected]);
    for (const query of ['{ listServices { id } }', '{ listServices(layer: null) { id } }', '{ listServices(layer: "") { id } }']) {
      expect((await server.ask(query)).data.listServices).toEqual([{ id: gatewayId }, { id: openaiId }]);
    }
    expect((await server.ask('{ listServices(layer: "NO") { id } }')).data.listServices).toEqual([]);
  });

  test('are found by id, and by name only when normal', async () => {
    const server = withData();
    expect((await server.ask(`{ getService(serviceId: "${gatewayId}") ${fields} }`)).data.getService).toEqual(expected);
    expect((await server.ask(`{ getService(serviceId: "${openaiId}") ${fields} }`)).data.getService).toMatchObject({ normal: false });
    expect((await server.ask('{ getService(serviceId: "nonsense") { id } }')).data.getService).toBeNull();
    expect((await server.ask('{ findService(serviceName: "e2e-ai-gateway") { id } }')).data.findService).toEqual({ id: gatewayId });
    expect((await server.ask('{ findService(serviceName: "openai") { id } }')).data.findService).toBeNull();
  });

  test('of a group show it apart', async () => {
    const server = graphql();
    server.metadata.records = [record({ id: 'eDo6eQ==.1', scope: 'Service', name: 'x::y', serviceId: 'eDo6eQ==.1' })];
    const { data } = await server.ask('{ listServices { name group shortName } }');
    expect(data.listServices).toEqual([{ name: 'x::y', group: 'x', shortName: 'y' }]);
  });
});

describe('instances and endpoints', () => {
  const listInstances = `query ($serviceId: ID!, $duration: Duration!) {
    result: listInstances(duration: $duration, serviceId: $serviceId) { id name language instanceUUID attributes { name value } } }`;

  test('instances are those seen in the duration, with language apart', async () => {
    const server = withData();
    const ask = async (start: string, end: string, step = 'MINUTE') =>
      (await server.ask(listInstances, { serviceId: gatewayId, duration: { start, end, step, coldStage: false } })).data.result;
    const expected = [{ id: pod, name: 'aigw-1', language: 'GO', instanceUUID: pod, attributes: [{ name: 'host', value: 'a' }] }];
    expect(await ask('2026-01-02 0300', '2026-01-02 0310')).toEqual(expected);
    expect(await ask('2026-01-02 0304', '2026-01-02 0310')).toEqual(expected);
    expect(await ask('2026-01-02 0250', '2026-01-02 0300')).toEqual(expected);
    expect(await ask('2026-01-02', '2026-01-02', 'DAY')).toEqual(expected);
    expect(await ask('2026-01-02 03', '2026-01-02 03', 'HOUR')).toEqual(expected);
    expect(await ask('2026-01-02 030000', '2026-01-02 030130', 'SECOND')).toEqual(expected);
    expect(await ask('2026-01-02 0305', '2026-01-02 0310')).toEqual([]);
    expect(await ask('2026-01-02 0240', '2026-01-02 0259')).toEqual([]);
    expect(await ask('2026-01-02 0310', '2026-01-02 0300')).toEqual([]);
    expect(await ask('2026-01-02 0304', '2026-01-02 0304')).toEqual([]);
  });

  test('an instance without a known language is UNKNOWN', async () => {
    const server = withData();
    server.metadata.records = [record({ id: pod, scope: 'ServiceInstance', name: 'aigw-1', serviceId: gatewayId, properties: { language: 'cobol' } })];
    const { data } = await server.ask(`{ getInstance(instanceId: "${pod}") { language attributes { name } instanceUUID } }`);
    expect(data.getInstance).toEqual({ language: 'UNKNOWN', attributes: [], instanceUUID: pod });
    expect((await server.ask('{ getInstance(instanceId: "x") { id } }')).data.getInstance).toBeNull();
  });

  test('endpoints are found by keyword, limit and duration', async () => {
    const server = withData();
    const ask = async (args: string) =>
      (await server.ask(`{ result: findEndpoint(serviceId: "${gatewayId}", ${args}) { id name } }`)).data.result;
    expect(await ask('keyword: "chat", limit: 10')).toEqual([{ id: chat, name: '/v1/chat' }]);
    expect(await ask('keyword: "", limit: 10, duration: null')).toHaveLength(1);
    expect(await ask('limit: 10')).toHaveLength(1);
    expect(await ask('keyword: "nope", limit: 10')).toEqual([]);
    expect(await ask('limit: 0')).toEqual([]);
    expect(await ask('limit: -5')).toEqual([]);
    expect(await ask('limit: 10, duration: { start: "2020-01-01", end: "2020-01-02", step: DAY }')).toEqual([]);
  });

  test('a list is never longer than the setting, whatever is asked', async () => {
    const server = graphql({ maxRows: 7 });
    await server.ask('{ findEndpoint(serviceId: "x", limit: 2147483647) { id } listServices { id } }');
    expect(server.metadata.asked.map(({ limit }) => limit)).toEqual([7, 7]);
  });

  test('endpoint info is decoded from the id', async () => {
    const server = withData();
    const fields = '{ id name serviceId serviceName }';
    expect((await server.ask(`{ getEndpointInfo(endpointId: "${chat}") ${fields} }`)).data.getEndpointInfo).toEqual({
      id: chat,
      name: '/v1/chat',
      serviceId: gatewayId,
      serviceName: 'e2e-ai-gateway',
    });
    expect((await server.ask(`{ getEndpointInfo(endpointId: "_._") ${fields} }`)).data.getEndpointInfo).toBeNull();
  });

  test('names with a layer resolve to ids of conjectured services', async () => {
    const server = withData();
    const duration = '{ start: "2026-01-02", end: "2026-01-02", step: DAY }';
    await server.ask(`{ a: listInstancesByName(duration: ${duration}, service: { serviceName: "openai", layer: "VIRTUAL_GENAI" }) { id }
      b: listInstancesByName(duration: ${duration}, service: { serviceName: "openai", layer: "" }) { id } }`);
    expect(server.metadata.asked.map((query) => query.serviceId)).toEqual(['b3BlbmFp.0', 'b3BlbmFp.1']);
  });
});

describe('the older fields that swctl asks', () => {
  test('answer like their successors', async () => {
    const server = withData();
    const { data, errors } = await server.ask(
      `query ($duration: Duration!) {
        result: getAllServices(duration: $duration, group: "") { id name group shortName layers normal }
        searchService(serviceCode: "e2e-ai-gateway") { id }
        searchServices(duration: $duration, keyword: "open") { id }
        getServiceInstances(duration: $duration, serviceId: "${gatewayId}") { id }
        searchEndpoint(keyword: "", serviceId: "${gatewayId}", limit: 3) { id }
        getAllDatabases(duration: $duration) { id name type } }`,
      { duration: { start: '2026-01-02 03', end: '2026-01-02 04', step: 'HOUR' } },
    );
    expect(errors).toBeUndefined();
    expect(data.result).toHaveLength(2);
    expect(data).toMatchObject({
      searchService: { id: gatewayId },
      searchServices: [{ id: openaiId }],
      getServiceInstances: [{ id: pod }],
      searchEndpoint: [{ id: chat }],
      getAllDatabases: [],
    });
  });
});

describe('metric names', () => {
  test('have the type and catalog that clients draw by', async () => {
    const { data } = await withData().ask('{ listMetrics { name type catalog } }');
    expect(data.listMetrics).toEqual([
      { name: 'meter_a', type: 'REGULAR_VALUE', catalog: 'SERVICE_INSTANCE' },
      { name: 'meter_b', type: 'LABELED_VALUE', catalog: 'SERVICE' },
      { name: 'meter_h', type: 'HEATMAP', catalog: 'ALL' },
      { name: 'meter_p', type: 'LABELED_VALUE', catalog: 'SERVICE' },
    ]);
  });

  test('are matched as a whole', async () => {
    const server = withData();
    const names = async (regex: string) =>
      (await server.ask('query ($regex: String) { listMetrics(regex: $regex) { name } }', { regex })).data?.listMetrics?.map((row: { name: string }) => row.name);
    expect(await names('meter_a')).toEqual(['meter_a']);
    expect(await names('meter')).toEqual([]);
    expect(await names('.*_(a|b)')).toEqual(['meter_a', 'meter_b']);
    expect(await names('meter_a|x')).toEqual(['meter_a']);
    expect(await names('')).toHaveLength(4);
  });

  test('an expression that is wrong, long or not to be run in linear time is refused', async () => {
    const server = withData();
    server.metadata.definitions = [definition({ name: 'a'.repeat(60) + '!' })];
    for (const regex of ['(', 'x'.repeat(2_000), 'a(?=b)']) {
      const { data, errors } = await server.ask('query ($regex: String) { listMetrics(regex: $regex) { name } }', { regex });
      expect(data).toBeNull();
      expect(errors?.[0].extensions).toMatchObject({ code: 'METERLARK_GRAPHQL_BAD_REGEX' });
    }
  });

  test('typeOfMetrics knows UNKNOWN', async () => {
    const { data } = await withData().ask('{ a: typeOfMetrics(name: "meter_b") b: typeOfMetrics(name: "nope") c: typeOfMetrics(name: "constructor") }');
    expect(data).toEqual({ a: 'LABELED_VALUE', b: 'UNKNOWN', c: 'UNKNOWN' });
  });
});
