import { PipelineModule, ServerModule, StreamModule } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import provider from '../src/index.js';
import { at, captured, encode, malformed, segmentOf, spanOf } from './support/messages.js';
import { codeOf, Service } from './support/service.js';

const collect = '/skywalking.v3.TraceSegmentReportService/collect';
const inSync = '/skywalking.v3.TraceSegmentReportService/collectInSync';
const good = encode('SegmentObject', segmentOf());
const useless = encode('SegmentObject', segmentOf({ service: '' }));

describe('receiver/skywalking', () => {
  test('is a receiver that needs the pipeline, the servers and the stream', () => {
    expect([provider.module.name, provider.name, provider.requires]).toEqual(['receiver', 'skywalking', [PipelineModule, ServerModule, StreamModule]]);
  });

  test('serves protocol 3, the paths of before there was a package, and JSON; all for senders of telemetry only', () => {
    const { unary, streams, routes, access } = new Service();
    const services = (paths: Iterable<string>): string[] => [...paths].map((path) => path.replace('/skywalking.v3.', '/')).sort();
    expect([...new Set(services(streams.keys()))]).toEqual([
      '/EventService/collect',
      '/LogReportService/collect',
      '/MeterReportService/collect',
      '/MeterReportService/collectBatch',
      '/ProfileTask/collectSnapshot',
      '/SpanAttachedEventReportService/collect',
      '/TraceSegmentReportService/collect',
    ]);
    expect([...new Set(services(unary.keys()))]).toEqual([
      '/CLRMetricReportService/collect',
      '/ConfigurationDiscoveryService/fetchConfigurations',
      '/JVMMetricReportService/collect',
      '/ManagementService/keepAlive',
      '/ManagementService/reportInstanceProperties',
      '/ProfileTask/getProfileTaskCommands',
      '/ProfileTask/reportTaskFinish',
      '/TraceSegmentReportService/collectInSync',
    ]);
    const old = [...streams.keys(), ...unary.keys()].filter((path) => !path.startsWith('/skywalking.v3.'));
    expect(new Set(old.map((path) => path.split('/')[1]))).toEqual(
      new Set(['TraceSegmentReportService', 'MeterReportService', 'ManagementService', 'JVMMetricReportService', 'CLRMetricReportService', 'ProfileTask']),
    );
    expect([...routes.keys()]).toEqual(['POST /v3/segment', 'POST /v3/segments', 'POST /v3/management/reportProperties', 'POST /v3/management/keepAlive', 'POST /v3/logs']);
    expect([...access]).toEqual(['receiver']);
  });

  test('takes logs at the path of protocol 3 only', () => {
    const { unary, streams } = new Service();
    expect([...unary.keys(), ...streams.keys()].filter((path) => path.includes('LogReport'))).toEqual(['/skywalking.v3.LogReportService/collect']);
  });
});

describe('segments', () => {
  test.each([collect, '/TraceSegmentReportService/collect'])('of a stream at %s go on one by one', async (path) => {
    const service = new Service();
    expect(await service.send(path, [good, captured('shop.segment'), good])).toHaveLength(0);
    expect(service.spanBatches.map(({ points, protocol, tenant }) => [points, protocol, tenant])).toEqual([
      [1, 'skywalking', ''],
      [2, 'skywalking', ''],
      [1, 'skywalking', ''],
    ]);
    expect([service.count('segments'), service.count('spans')]).toEqual([3, 4]);
    expect(service.count('received_bytes', { kind: 'segments' })).toBe(2 * good.length + captured('shop.segment').length);
  });

  test('that cannot be used are counted, and those beside them taken', async () => {
    const service = new Service();
    await service.send(collect, [good, malformed, useless, good]);
    expect(service.spanBatches).toHaveLength(2);
    expect(service.count('rejected', { kind: 'segments', reason: 'malformed' })).toBe(1);
    expect(service.count('rejected', { kind: 'segments', reason: 'no_service' })).toBe(1);
  });

  test('that came before a stream broke off are kept', async () => {
    const service = new Service();
    const broken = (async function* () {
      yield good;
      throw new Error('gone');
    })();
    await expect(service.send(collect, broken)).rejects.toThrow('gone');
    expect(service.spanBatches).toHaveLength(1);
  });

  test('wait for the pipeline before the next is read', async () => {
    const service = new Service();
    const seen: number[] = [];
    const watched = (async function* () {
      for (let index = 0; index < 3; index += 1) {
        seen.push(service.spanBatches.length);
        yield good;
      }
    })();
    await service.send(collect, watched);
    expect(seen).toEqual([0, 1, 2]);
  });

  test('of an empty stream are none', async () => {
    const service = new Service();
    expect(await service.send(collect, [])).toHaveLength(0);
    expect(service.batches).toEqual([]);
  });

  test('end their stream as retryable when there is no room', async () => {
    const service = new Service();
    service.isFull = true;
    expect(await codeOf(service.send(collect, [good, good]))).toBe('METERLARK_FAKE_FULL');
    expect([service.count('refused', { kind: 'segments' }), service.count('segments')]).toEqual([1, 0]);
  });

  test('that an analyzer refuses are counted', async () => {
    const service = new Service();
    service.outcome = { rejected: 1, reason: 'late' };
    await service.send(collect, [good]);
    expect(service.count('rejected', { kind: 'segments', reason: 'analyzer' })).toBe(1);
  });

  test('of a collection are one batch, without those that cannot be used', async () => {
    const service = new Service();
    const body = encode('SegmentCollection', { segments: [segmentOf(), segmentOf({ traceId: '' }), segmentOf({ service: 'stock' })] });
    expect(await service.call(inSync, body)).toHaveLength(0);
    const [batch] = service.spanBatches;
    expect(batch?.points).toBe(2);
    expect(batch?.resources.map(({ resource }) => resource.attributes.get('service.name'))).toEqual(['shop', 'stock']);
    expect(service.count('rejected', { kind: 'segments', reason: 'no_id' })).toBe(1);
    await service.call(inSync, Buffer.alloc(0));
    expect(service.spanBatches).toHaveLength(1);
  });

  test('of a collection that is no protobuf are told to its sender', async () => {
    expect(await codeOf(new Service().call(inSync, malformed))).toBe('METERLARK_RECEIVER_SKYWALKING_MALFORMED');
  });
});

describe('segments in JSON', () => {
  const span = {
    spanId: 0, parentSpanId: -1, startTime: at, endTime: String(at + 120), operationName: 'GET:/order', spanType: 'Entry', spanLayer: 3, componentId: 49,
    isError: true, skipAnalysis: false, peer: 'p:1', tags: [{ key: 'a', value: '1' }], logs: [{ time: at + 1, data: [{ key: 'event', value: 'error' }] }],
    refs: [{ refType: 'CrossThread', traceId: 't-1', parentTraceSegmentId: 's-0', parentSpanId: 4, parentService: 'p', parentServiceInstance: 'i', parentEndpoint: 'e', networkAddressUsedAtPeer: 'n' }],
    unknown: { deep: [1] },
  };
  const plain = segmentOf({ spans: [span] });

  test('are those of protobuf', async () => {
    const service = new Service();
    const answer = await service.post('/v3/segment', plain);
    expect([answer.status, answer.body]).toEqual([200, '{}']);
    await service.send(collect, [encode('SegmentObject', plain)]);
    expect(service.spanBatches[0]).toEqual(service.spanBatches[1]);
  });

  test('come as a list too', async () => {
    const service = new Service();
    await service.post('/v3/segments', [plain, { ...plain, service: '' }, { ...plain, service: 'stock' }]);
    expect(service.spanBatches.map(({ points }) => points)).toEqual([2]);
    await service.post('/v3/segments', []);
    expect(service.spanBatches).toHaveLength(1);
  });

  test.each([
    ['/v3/segment', '', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segment', '{', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segment', '[]', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segment', '{"spans": 5}', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segment', '{"spans": [{"spanType": "Sideways"}]}', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segment', '{"spans": [{"startTime": 1.5}]}', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segment', '{"spans": [{"isError": "true"}]}', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segment', '{"traceId": 5}', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segment', '{}', 'METERLARK_RECEIVER_SKYWALKING_UNUSABLE'],
    ['/v3/segments', '{}', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segments', '[5]', 'METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON'],
    ['/v3/segments', `[${'{},'.repeat(1_001)}{}]`, 'METERLARK_RECEIVER_SKYWALKING_UNUSABLE'],
  ])('at %s of %s are refused with %s', async (path, body, code) => {
    const service = new Service();
    expect(await codeOf(service.post(path, body))).toBe(code);
    expect(service.batches).toEqual([]);
  });

  test('that are refused say where', async () => {
    const error = await new Service().post('/v3/segments', '[{"spans": [{}, {"tags": [{"key": 1}]}]}]').catch((reason: unknown) => reason);
    expect(String(error)).toContain('$[0].spans[1].tags[0].key');
  });

  test('of a deep nesting do no harm', async () => {
    const code = await codeOf(new Service().post('/v3/segment', `{"other": ${'['.repeat(15_000)}${']'.repeat(15_000)}}`));
    expect(code).toMatch(/^METERLARK_RECEIVER_SKYWALKING_/);
  });

  test('are told to come again when there is no room', async () => {
    const service = new Service();
    service.isFull = true;
    expect(await codeOf(service.post('/v3/segment', plain))).toBe('METERLARK_FAKE_FULL');
  });
});

describe('what nothing is made of', () => {
  test.each([
    ['/skywalking.v3.JVMMetricReportService/collect', 'JVMMetricReportService'],
    ['/CLRMetricReportService/collect', 'CLRMetricReportService'],
    ['/skywalking.v3.ConfigurationDiscoveryService/fetchConfigurations', 'ConfigurationDiscoveryService'],
    ['/skywalking.v3.ProfileTask/getProfileTaskCommands', 'ProfileTask'],
    ['/ProfileTask/reportTaskFinish', 'ProfileTask'],
  ])('at %s is answered without a command and counted', async (path, name) => {
    const service = new Service();
    expect(await service.call(path, malformed)).toHaveLength(0);
    expect(service.count('unused_messages', { service: name })).toBe(1);
  });

  test.each([
    ['/skywalking.v3.SpanAttachedEventReportService/collect', 'SpanAttachedEventReportService'],
    ['/skywalking.v3.EventService/collect', 'EventService'],
    ['/ProfileTask/collectSnapshot', 'ProfileTask'],
  ])('of a stream at %s is read to its end and counted', async (path, name) => {
    const service = new Service();
    expect(await service.send(path, [Buffer.from('a'), Buffer.from('b')])).toHaveLength(0);
    expect(service.count('unused_messages', { service: name })).toBe(2);
    expect(service.batches).toEqual([]);
  });
});

test('one segment too large for its limits does not keep others out', async () => {
  const service = new Service();
  const large = encode('SegmentObject', segmentOf({ spans: Array.from({ length: 1_001 }, (_, spanId) => spanOf({ spanId })) }));
  await service.send(collect, [large, good]);
  expect(service.spanBatches).toHaveLength(1);
  expect(service.count('rejected', { kind: 'segments', reason: 'too_many_items' })).toBe(1);
});
