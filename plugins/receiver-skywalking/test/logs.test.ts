import { describe, expect, test } from 'vitest';
import { collectLogs, line, logOf, logsOf, shown, tag, who } from './support/logs.js';
import { at, encode, malformed, pairs, segmentOf, type Plain } from './support/messages.js';
import { codeOf, Service } from './support/service.js';

async function one(message: Plain, service = new Service()): Promise<ReturnType<typeof logsOf>[number] | undefined> {
  await service.send(collectLogs, [encode('LogData', message)]);
  return logsOf(service.logBatches)[0];
}

describe('a log record', () => {
  test('is read whole', async () => {
    const service = new Service();
    expect(await service.send(collectLogs, [encode('LogData', logOf())])).toHaveLength(0);
    const attributes = new Map([['service.name', 'shop'], ['service.instance.id', 'shop-1'], ['service.layer', 'GENERAL']]);
    expect(service.logBatches).toMatchObject([
      { signal: 'logs', tenant: '', protocol: 'skywalking', points: 1, resources: [{ resource: { attributes }, scopes: [{ scope: { name: '', version: '' } }] }] },
    ]);
    const [log] = logsOf(service.logBatches);
    expect(log).toMatchObject({
      timeUs: at * 1000,
      traceId: 't-1',
      spanId: 's-1.2',
      severity: 'WARN',
      contentType: 'text',
      body: 'order 7 taken',
      endpoint: '/order',
      attributes: { shape: { keys: ['level', 'logger'] }, values: ['WARN', 'Orders'] },
    });
    expect(service.count('logs')).toBe(1);
    expect(service.count('received_bytes', { kind: 'logs' })).toBe(encode('LogData', logOf()).length);
  });

  test('has the span ids that the spans of its segment have', async () => {
    const service = new Service();
    await service.send('/skywalking.v3.TraceSegmentReportService/collect', [encode('SegmentObject', segmentOf())]);
    const [span] = service.spanBatches[0]?.resources[0]?.scopes[0]?.spans ?? [];
    const log = await one(logOf({ traceContext: { traceId: 't-1', traceSegmentId: 's-1', spanId: 0 } }), service);
    expect([log?.traceId, log?.spanId]).toEqual([span?.traceId, span?.spanId]);
  });

  test.each([
    [{ text: { text: 'plain' } }, 'text', 'plain'],
    [{ type: 'json', json: { json: '{"a":1}' } }, 'json', '{"a":1}'],
    [{ yaml: { yaml: 'a: 1' } }, 'yaml', 'a: 1'],
    [{ text: {} }, 'text', ''],
    [{ json: {} }, 'json', ''],
    [{ type: 'text' }, 'text', ''],
    [undefined, 'text', ''],
  ])('of body %j is %s', async (body, contentType, text) => {
    expect(await one(logOf({ body }))).toMatchObject({ contentType, body: text });
  });

  test.each([
    [undefined, '', ''],
    [{}, '', ''],
    [{ traceId: 't' }, 't', ''],
    [{ traceId: 't', traceSegmentId: 's' }, 't', 's.0'],
    [{ traceId: 't', traceSegmentId: 's', spanId: -1 }, 't', ''],
    [{ traceId: 'N/A', traceSegmentId: 'N/A', spanId: -1 }, '', ''],
    [{ traceId: 'Ignored_Trace', traceSegmentId: 's', spanId: 0 }, '', ''],
    [{ traceSegmentId: 's', spanId: 3 }, '', ''],
  ])('of trace context %j is linked as far as it says', async (traceContext, traceId, spanId) => {
    expect(await one(logOf({ traceContext }))).toMatchObject({ traceId, spanId });
  });

  test('without a time has none', async () => {
    expect((await one(logOf({ timestamp: 0 })))?.timeUs).toBe(0);
  });

  test('whose tag comes twice keeps the last', async () => {
    const data = [...pairs({ level: 'INFO', a: '1' }), ...pairs({ level: 'ERROR' })];
    const log = await one(logOf({ tags: { data } }));
    expect(log).toMatchObject({ severity: 'ERROR', attributes: { shape: { keys: ['level', 'a'] }, values: ['ERROR', '1'] } });
  });

  test('has no severity without a level, or with one that is no word', async () => {
    expect(await one(logOf({ tags: undefined }))).toMatchObject({ severity: '', attributes: { values: [] } });
    const log = await one(logOf({ tags: { data: pairs({ level: 'x'.repeat(65) }) } }));
    expect(log).toMatchObject({ severity: '', attributes: { values: ['x'.repeat(65)] } });
  });

  test('of a body or tag longer than set is cut between characters, and says so', async () => {
    const service = new Service();
    const log = await one(logOf({ body: { json: { json: 'ü'.repeat(5_000_001) } }, tags: { data: pairs({ a: `${'x'.repeat(199)}ü`, b: 'whole' }) } }), service);
    expect(log).toMatchObject({ contentType: 'json', body: 'ü'.repeat(100) });
    expect(log && [tag(log, 'a'), tag(log, 'b')]).toEqual(['x'.repeat(199), 'whole']);
    expect(log && [tag(log, 'log.body.truncated'), tag(log, 'log.attributes.truncated')]).toEqual([10_000_002, 1]);
    expect([service.count('log_bodies_cut'), service.count('log_values_cut')]).toEqual([1, 1]);
  });

  test('of exactly the length set is whole', async () => {
    const service = new Service();
    const log = await one(logOf({ body: { text: { text: 'x'.repeat(200) } } }), service);
    expect(log?.body).toHaveLength(200);
    expect(log && tag(log, 'log.body.truncated')).toBeUndefined();
    expect(service.count('log_bodies_cut')).toBe(0);
  });
});

describe('a log record that is wrong', () => {
  test.each([
    ['no_service', { service: '' }],
    ['no_service', { service: '  ' }],
    ['long_name', { service: 'x'.repeat(1_025) }],
    ['long_name', { serviceInstance: 'x'.repeat(10_000_000) }],
    ['long_name', { endpoint: 'x'.repeat(1_025) }],
    ['long_name', { layer: 'x'.repeat(1_025) }],
    ['long_name', { traceContext: { traceId: 'x'.repeat(1_025) } }],
    ['long_name', { traceContext: { traceSegmentId: 'x'.repeat(10_000) } }],
    ['long_name', { tags: { data: pairs({ ['k'.repeat(1_025)]: 'v' }) } }],
    ['bad_time', { timestamp: -1 }],
    ['bad_time', { timestamp: '9223372036854775807' }],
    ['too_many_items', { tags: { data: Array.from({ length: 1_001 }, () => ({})) } }],
  ])('is refused and counted: %s', async (reason, over) => {
    const service = new Service();
    const good = encode('LogData', logOf());
    await service.send(collectLogs, [encode('LogData', logOf(over)), good]);
    expect(logsOf(service.logBatches)).toHaveLength(1);
    expect(service.count('rejected', { kind: 'logs', reason })).toBe(1);
  });

  test('that was refused half-way leaves nothing to the next', async () => {
    const service = new Service();
    const broken = Buffer.concat([encode('LogData', logOf({ tags: { data: pairs({ secret: 'x', level: 'FATAL' }) } })), Buffer.from([0x2a, 0x7f])]);
    await service.send(collectLogs, [broken, encode('LogData', { service: 'shop', tags: { data: pairs({ mine: 'y' }) } })]);
    expect(service.count('rejected', { kind: 'logs', reason: 'malformed' })).toBe(1);
    expect(logsOf(service.logBatches)).toMatchObject([
      { timeUs: 0, traceId: '', spanId: '', severity: '', body: '', endpoint: '', attributes: { shape: { keys: ['mine'] }, values: ['y'] } },
    ]);
  });

  test('cut off anywhere is refused or read as less, never misread', async () => {
    const whole = encode('LogData', logOf());
    const service = new Service({ maxWaitingLogs: 1 });
    await service.send(collectLogs, Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length)));
    const refused = service.count('rejected', { kind: 'logs', reason: 'malformed' }) + service.count('rejected', { kind: 'logs', reason: 'no_service' });
    expect(refused + service.count('logs')).toBe(whole.length);
    expect(refused).toBeGreaterThan(whole.length / 2);
    for (const { body, traceId, endpoint } of logsOf(service.logBatches)) {
      expect(['', 'order 7 taken']).toContain(body);
      expect(['', 't-1']).toContain(traceId);
      expect(['', '/order']).toContain(endpoint);
    }
  });

  test('of noise is refused or read, within its limits', async () => {
    const service = new Service();
    const whole = encode('LogData', logOf());
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647);
    const noise = Array.from({ length: 2_000 }, () => {
      const bytes = Buffer.from(whole);
      for (let change = 0; change < 4; change += 1) bytes[random() % bytes.length] = random() % 256;
      return bytes;
    });
    await service.send(collectLogs, noise);
    const reasons = ['malformed', 'no_service', 'long_name', 'bad_time', 'too_many_items'];
    const refused = reasons.reduce((sum, reason) => sum + service.count('rejected', { kind: 'logs', reason }), 0);
    expect([service.count('logs') > 100, refused > 100, service.count('logs') + refused]).toEqual([true, true, 2_000]);
  });
});

describe('logs in JSON', () => {
  const plain = logOf({ timestamp: String(at), traceContext: { traceId: 't-1', traceSegmentId: 's-1', spanId: '2' } });

  test('are those of protobuf', async () => {
    const service = new Service();
    const answer = await service.post('/v3/logs', [plain]);
    expect([answer.status, answer.body]).toEqual([200, '{}']);
    await service.send(collectLogs, [encode('LogData', plain)]);
    expect(service.logBatches[0]).toEqual(service.logBatches[1]);
    expect(service.logBatches[0]?.resources[0]?.resource).toBe(service.logBatches[1]?.resources[0]?.resource);
  });

  test('have bodies of every kind, and fields that are not known', async () => {
    const service = new Service();
    const bodies = [{ json: { json: '{}' } }, { yaml: { yaml: 'a: b' } }, { text: null }, { other: 1 }];
    await service.post('/v3/logs', bodies.map((body) => ({ ...who, body, unknown: { deep: [1] } })));
    expect(logsOf(service.logBatches).map(({ contentType, body }) => `${contentType} ${body}`)).toEqual(['json {}', 'yaml a: b', 'text ', 'text ']);
  });

  test('speak each for themselves: those that cannot be used are counted, those beside them are one batch', async () => {
    const service = new Service();
    await service.post('/v3/logs', [plain, { body: { text: { text: 'whose?' } } }, { ...plain, timestamp: -5 }, { ...plain, service: 'stock' }]);
    expect(service.logBatches.map(shown)).toEqual([[['shop|shop-1|GENERAL', 'order 7 taken'], ['stock|shop-1|GENERAL', 'order 7 taken']]]);
    expect(['no_service', 'bad_time'].map((reason) => service.count('rejected', { kind: 'logs', reason }))).toEqual([1, 1]);
    await service.post('/v3/logs', []);
    expect(service.logBatches).toHaveLength(1);
  });

  test.each([
    ['', 'MALFORMED_JSON', '$'],
    ['{', 'MALFORMED_JSON', '$'],
    ['{}', 'MALFORMED_JSON', '$'],
    ['[5]', 'MALFORMED_JSON', '$[0]'],
    ['[{"body": "text"}]', 'MALFORMED_JSON', '$[0].body'],
    ['[{"body": {"text": "text"}}]', 'MALFORMED_JSON', '$[0].body.text'],
    ['[{"body": {"text": {"text": 5}}}]', 'MALFORMED_JSON', '$[0].body.text.text'],
    ['[{"timestamp": 1.5}]', 'MALFORMED_JSON', '$[0].timestamp'],
    ['[{}, {"tags": []}]', 'MALFORMED_JSON', '$[1].tags'],
    ['[{"tags": {"data": [{"key": 1}]}}]', 'MALFORMED_JSON', '$[0].tags.data[0].key'],
    [`[${'{},'.repeat(1_001)}{}]`, 'UNUSABLE', ''],
  ])('of %s are refused with their place', async (body, code, path) => {
    const service = new Service();
    const error = await service.post('/v3/logs', body).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: `METERLARK_RECEIVER_SKYWALKING_${code}`, class: 'permanent' });
    expect(String(error)).toContain(path);
    expect(service.batches).toEqual([]);
  });

  test('of a deep nesting do no harm', async () => {
    const code = await codeOf(new Service().post('/v3/logs', `[{"body": ${'{"text":'.repeat(15_000)}1${'}'.repeat(15_000)}}]`));
    expect(code).toMatch(/^METERLARK_RECEIVER_SKYWALKING_/);
  });

  test('are told to come again when there is no room', async () => {
    const service = new Service();
    service.isFull = true;
    expect(await codeOf(service.post('/v3/logs', [plain]))).toBe('METERLARK_FAKE_FULL');
    expect([service.count('refused', { kind: 'logs' }), service.count('logs')]).toEqual([1, 0]);
  });
});

test('a message that is no protobuf is counted, and those beside it are taken', async () => {
  const service = new Service();
  await service.send(collectLogs, [line('a', who), malformed, line('b')]);
  expect(service.logBatches.map(shown)).toEqual([[['shop|shop-1|GENERAL', 'a,b']]]);
  expect(service.count('rejected', { kind: 'logs', reason: 'malformed' })).toBe(1);
});
