import { describe, expect, test } from 'vitest';
import { collectLogs, line, logsOf, shown, who } from './support/logs.js';
import { codeOf, fakeErrors, Service } from './support/service.js';

const many = (count: number): readonly Buffer[] => Array.from({ length: count }, (_, index) => line(`l${index}`, index === 0 ? who : {}));
const bodies = (service: Service): readonly string[] => logsOf(service.logBatches).map(({ body }) => body);

describe('who sent a log of a stream', () => {
  test.each([
    ['is said by the first', [who, {}, {}], [['shop|shop-1|GENERAL', 'l0,l1,l2']]],
    ['is said by any later one anew', [who, {}, { service: 'stock', serviceInstance: 'stock-1' }, {}], [['shop|shop-1|GENERAL', 'l0,l1'], ['stock|stock-1|', 'l2,l3']]],
    ['comes back', [who, { service: 'stock' }, who], [['shop|shop-1|GENERAL', 'l0,l2'], ['stock||', 'l1']]],
    ['may be another instance of the same service', [who, { serviceInstance: 'shop-2' }, {}], [['shop|shop-1|GENERAL', 'l0'], ['shop|shop-2|GENERAL', 'l1,l2']]],
    ['may be another layer', [{ service: 'db' }, { layer: 'MYSQL' }, {}], [['db||', 'l0'], ['db||MYSQL', 'l1,l2']]],
    ['may have no instance and no layer', [{ service: 'shop' }], [['shop||', 'l0']]],
  ])('%s', async (_name, senders, expected) => {
    const service = new Service();
    await service.send(collectLogs, senders.map((sender, index) => line(`l${index}`, sender)));
    expect(service.logBatches.map(shown)).toEqual([expected]);
  });

  test('is nobody until a service is named', async () => {
    const service = new Service();
    await service.send(collectLogs, [line('a', { serviceInstance: 'x' }), line('b'), line('c', who)]);
    expect(service.logBatches.map(shown)).toEqual([[['shop|shop-1|GENERAL', 'c']]]);
    expect(service.count('rejected', { kind: 'logs', reason: 'no_service' })).toBe(2);
  });

  test('is not carried to another stream, and the endpoint not to another record', async () => {
    const service = new Service();
    await service.send(collectLogs, [line('a', { ...who, endpoint: '/order' }), line('b')]);
    await service.send(collectLogs, [line('c')]);
    expect(logsOf(service.logBatches).map(({ endpoint }) => endpoint)).toEqual(['/order', '']);
    expect(service.count('rejected', { kind: 'logs', reason: 'no_service' })).toBe(1);
  });

  test('is the same object for the logs of all streams', async () => {
    const service = new Service();
    await service.send(collectLogs, [line('a', who)]);
    await service.send(collectLogs, [line('b', who)]);
    const [one, two] = service.logBatches.map(({ resources }) => resources[0]?.resource);
    expect(one).toBe(two);
  });
});

describe('a stream of logs', () => {
  test('is handed on in batches as they fill, nothing lost and nothing twice', async () => {
    const service = new Service({ maxWaitingLogs: 10 });
    await service.send(collectLogs, many(25));
    expect(service.logBatches.map(({ points }) => points)).toEqual([10, 10, 5]);
    expect(bodies(service)).toEqual(Array.from({ length: 25 }, (_, index) => `l${index}`));
    expect(service.count('logs')).toBe(25);
    for (const { resources } of service.logBatches) expect(resources[0]?.resource.attributes.get('service.name')).toBe('shop');
  });

  test('is handed on as its bytes fill', async () => {
    const service = new Service({ maxLogBodyBytes: 10 });
    const large = 'x'.repeat(3 * 1024 * 1024);
    await service.send(collectLogs, [line(large, who), line(large), line('end')]);
    expect(service.logBatches.map(({ points }) => points)).toEqual([2, 1]);
    expect(service.count('log_bodies_cut')).toBe(2);
  });

  test('is handed on while its sender pauses, and goes on afterwards', async () => {
    const service = new Service();
    const paused = (async function* () {
      for (const [index, body] of many(3).entries()) {
        const taken = new Promise<void>((resolve) => (service.onBatch = resolve));
        yield body;
        // Without a hand-over in the pause this would never go on.
        if (index < 2) await taken;
      }
    })();
    await service.send(collectLogs, paused);
    expect(service.logBatches.map(({ points }) => points)).toEqual([1, 1, 1]);
    expect(service.logBatches.map(shown)).toEqual(['l0', 'l1', 'l2'].map((body) => [['shop|shop-1|GENERAL', body]]));
  });

  test('of nothing is nothing', async () => {
    const service = new Service();
    expect(await service.send(collectLogs, [])).toHaveLength(0);
    expect(service.batches).toEqual([]);
  });

  test('that breaks off is handed on so far', async () => {
    const service = new Service();
    const broken = (async function* () {
      yield* many(3);
      throw new Error('gone');
    })();
    await expect(service.send(collectLogs, broken)).rejects.toThrow('gone');
    expect(bodies(service)).toEqual(['l0', 'l1', 'l2']);
  });

  test('ends as retryable when there is no room, and what was taken before stays taken once', async () => {
    const service = new Service({ maxWaitingLogs: 10 });
    service.onBatch = () => (service.isFull = true);
    expect(await codeOf(service.send(collectLogs, many(25)))).toBe('METERLARK_FAKE_FULL');
    expect(bodies(service)).toHaveLength(10);
    expect([service.count('refused', { kind: 'logs' }), service.count('logs')]).toEqual([1, 10]);
  });

  test('that is refused in a pause leaves no failure unheard when its sender then breaks off', async () => {
    const service = new Service();
    service.isFull = true;
    const unheard: unknown[] = [];
    const hear = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', hear);
    let breakOff = (_error: Error): void => undefined;
    const rest = new Promise<never>((_resolve, reject) => (breakOff = reject));
    const stream = (async function* () {
      yield line('a', who);
      await rest;
    })();
    expect(await codeOf(service.send(collectLogs, stream))).toBe('METERLARK_FAKE_FULL');
    breakOff(fakeErrors.METERLARK_FAKE_FULL());
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  test('does not hold on to more than it may of records that are refused', async () => {
    const service = new Service();
    await service.send(collectLogs, Array.from({ length: 500 }, () => line('whose?')));
    expect(service.batches).toEqual([]);
    expect(service.count('rejected', { kind: 'logs', reason: 'no_service' })).toBe(500);
  });

  test('of ever new services keeps no more of them than set', async () => {
    const service = new Service({ maxSources: 10 });
    await service.send(collectLogs, Array.from({ length: 200 }, (_, index) => line('a', { service: `s${index}`, layer: `L${index}` })));
    expect(service.count('logs')).toBe(200);
    expect(service.metrics.value('meterlark_receiver_skywalking_sources')).toBeLessThanOrEqual(10);
  });

  test('of which an analyzer refuses some is counted', async () => {
    const service = new Service();
    service.outcome = { rejected: 2, reason: 'late' };
    await service.send(collectLogs, many(3));
    expect(service.count('rejected', { kind: 'logs', reason: 'analyzer' })).toBe(2);
  });
});
