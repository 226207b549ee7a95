import type { Metric, MetricBatch } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { at, encode, gauge, type Plain } from './support/messages.js';
import { Service } from './support/service.js';

const collect = '/skywalking.v3.MeterReportService/collect';
const collectBatch = '/skywalking.v3.MeterReportService/collectBatch';
const who = { service: 'shop', serviceInstance: 'shop-1', timestamp: at };

function metricsOf({ resources }: MetricBatch): readonly Metric[] {
  return resources.flatMap(({ scopes }) => scopes.flatMap(({ metrics }) => metrics));
}

/** Service and instance, and the names and values of its gauges. */
function shown(batch: MetricBatch | undefined): unknown {
  return batch?.resources.map(({ resource, scopes }) => [
    ...resource.attributes.values(),
    scopes.flatMap(({ metrics }) => metrics.flatMap(({ name, points }) => points.map((point) => ('value' in point ? `${name}=${point.value}` : name)))).join(),
  ]);
}

async function histogram(values: readonly Plain[]): Promise<{ readonly service: Service; readonly metric: Metric | undefined }> {
  const service = new Service();
  await service.send(collect, [encode('MeterData', { ...who, histogram: { name: 'latency', labels: [{ name: 'path', value: '/a' }], values } })]);
  const [batch] = service.metricBatches;
  return { service, metric: batch === undefined ? undefined : metricsOf(batch)[0] };
}

describe('a stream of meters', () => {
  test.each([collect, '/MeterReportService/collect'])('at %s is one push of one instance', async (path) => {
    const service = new Service();
    expect(await service.send(path, [gauge('heap', 5, who), gauge('rss', 7.5), gauge('heap', 6, {}, { space: 'old' })])).toHaveLength(0);
    expect(service.metricBatches).toEqual([
      {
        signal: 'metrics',
        tenant: '',
        points: 3,
        resources: [
          {
            resource: { attributes: new Map([['service', 'shop'], ['instance', 'shop-1']]) },
            scopes: [
              {
                scope: { name: '', version: '', attributes: new Map() },
                metrics: [
                  { type: 'gauge', name: 'heap', unit: '', points: [point(5), point(6, { space: 'old' })] },
                  { type: 'gauge', name: 'rss', unit: '', points: [point(7.5)] },
                ],
              },
            ],
          },
        ],
      },
    ]);
    expect(service.count('meters')).toBe(3);
  });

  test('may say who it is from at its end', async () => {
    const service = new Service();
    await service.send(collect, [gauge('a', 1), gauge('b', 2, who)]);
    expect(shown(service.metricBatches[0])).toEqual([['shop', 'shop-1', 'a=1,b=2']]);
  });

  test('of several instances keeps them apart', async () => {
    const service = new Service();
    await service.send(collect, [gauge('a', 1, who), gauge('a', 2, { ...who, serviceInstance: 'shop-2' }), gauge('b', 3), gauge('a', 4, { ...who, service: 'stock' })]);
    expect(shown(service.metricBatches[0])).toEqual([
      ['shop', 'shop-1', 'a=1'],
      ['shop', 'shop-2', 'a=2,b=3'],
      ['stock', 'shop-1', 'a=4'],
    ]);
  });

  test('of one instance has the same resource the next time', async () => {
    const service = new Service();
    await service.send(collect, [gauge('a', 1, who)]);
    await service.send(collect, [gauge('a', 1, who)]);
    const [one, two] = service.metricBatches.map(({ resources }) => resources[0]?.resource);
    expect(one).toBe(two);
  });

  test('without a time has that of this server', async () => {
    const service = new Service();
    await service.send(collect, [gauge('a', 1, { ...who, timestamp: 0 })]);
    expect(service.metricBatches[0] && metricsOf(service.metricBatches[0])[0]?.points[0]?.timeMs).toBe(at + 5_000);
  });

  test.each([
    ['no_service', { serviceInstance: 'x' }],
    ['no_instance', { service: 'x' }],
  ])('is counted as %s when it never says', async (reason, over) => {
    const service = new Service();
    await service.send(collect, [gauge('a', 1, over), gauge('b', 2)]);
    expect(service.batches).toEqual([]);
    expect(service.count('rejected', { kind: 'meters', reason })).toBe(2);
  });

  test('that breaks off is processed so far', async () => {
    const service = new Service();
    const broken = (async function* () {
      yield gauge('a', 1, who);
      throw new Error('gone');
    })();
    await expect(service.send(collect, broken)).rejects.toThrow('gone');
    expect(shown(service.metricBatches[0])).toEqual([['shop', 'shop-1', 'a=1']]);
  });

  test('without an end is handed on in parts, and who it is from holds on', async () => {
    const service = new Service({ maxWaitingMeters: 10 });
    await service.send(collect, Array.from({ length: 25 }, (_, index) => gauge(`m${index}`, index, index === 0 ? who : {})));
    expect(service.metricBatches.map(({ points }) => points)).toEqual([10, 10, 5]);
    for (const batch of service.metricBatches) expect([...(batch.resources[0]?.resource.attributes.values() ?? [])]).toEqual(['shop', 'shop-1']);
  });

  test('of nothing but names is bounded too', async () => {
    const service = new Service({ maxWaitingMeters: 10 });
    await service.send(collect, Array.from({ length: 100 }, (_, index) => encode('MeterData', { service: `s${index}` })));
    expect(service.batches).toEqual([]);
  });

  test('passes over what it cannot use', async () => {
    const service = new Service();
    await service.send(collect, [gauge('a', 1, who), Buffer.from([0x0a, 0x7f]), gauge('', 2), gauge('c', 3, { timestamp: -1 }), gauge('d', 4)]);
    expect(shown(service.metricBatches[0])).toEqual([['shop', 'shop-1', 'a=1,d=4']]);
    for (const reason of ['malformed', 'no_name', 'bad_time']) expect(service.count('rejected', { kind: 'meters', reason })).toBe(1);
  });

  test('is told to come again when there is no room', async () => {
    const service = new Service();
    service.isFull = true;
    await expect(service.send(collect, [gauge('a', 1, who)])).rejects.toMatchObject({ code: 'METERLARK_FAKE_FULL' });
    expect(service.count('refused', { kind: 'meters' })).toBe(1);
  });

  test('does not let a label say who it is from', async () => {
    const service = new Service();
    await service.send(collect, [gauge('a', 1, who, { service: 'other', instance: 'other', x: 'y' })]);
    const [batch] = service.metricBatches;
    expect(batch && metricsOf(batch)[0]?.points[0]?.attributes).toEqual(new Map([['x', 'y']]));
  });
});

describe('a histogram of meters', () => {
  test('has lower bounds, which become upper ones', async () => {
    const { metric } = await histogram([{ isNegativeInfinity: true, count: 1 }, { bucket: 10, count: 2 }, { bucket: 100, count: 3 }]);
    expect(metric).toEqual({
      type: 'histogram',
      name: 'latency',
      unit: '',
      temporality: 'cumulative',
      points: [
        { attributes: new Map([['path', '/a']]), startTimeMs: 0, timeMs: at, noRecordedValue: false, count: 6, sum: undefined, bounds: [10, 100], counts: [1, 2, 3] },
      ],
    });
  });

  test('may come in any order, and begin at a bound', async () => {
    const { metric } = await histogram([{ bucket: 50, count: 3 }, { bucket: 0, count: 1 }, { bucket: 5, count: 2 }]);
    expect(metric?.points[0]).toMatchObject({ bounds: [5, 50], counts: [1, 2, 3], count: 6 });
  });

  test('of one bucket has only a count', async () => {
    const { metric } = await histogram([{ bucket: 0, count: 4 }]);
    expect(metric?.points[0]).toMatchObject({ bounds: [], counts: [4], count: 4 });
  });

  test.each([
    ['no bucket', []],
    ['a bound twice', [{ bucket: 1, count: 1 }, { bucket: 1, count: 1 }]],
    ['a bound that is no number', [{ bucket: 1, count: 1 }, { bucket: Number.NaN, count: 1 }]],
    ['an infinite bound', [{ bucket: 1, count: 1 }, { bucket: Infinity, count: 1 }]],
    ['a negative count', [{ bucket: 1, count: -1 }]],
  ])('with %s is counted and passed over', async (_name, values) => {
    const { service } = await histogram(values);
    expect(service.batches).toEqual([]);
    expect(service.count('rejected', { kind: 'meters', reason: 'bad_histogram' })).toBe(1);
  });
});

describe('a stream of meter collections', () => {
  const collection = (...meterData: readonly Plain[]): Buffer => encode('MeterDataCollection', { meterData });
  const single = (name: string, value: number, over: Plain = {}): Plain => ({ singleValue: { name, value }, ...over });

  test.each([collectBatch, '/MeterReportService/collectBatch'])('at %s is one push per collection, each with its own instance', async (path) => {
    const service = new Service();
    const other = { service: 'stock', serviceInstance: 'stock-1', timestamp: at };
    await service.send(path, [collection(single('a', 1, who), single('b', 2)), collection(single('a', 3, other)), collection(single('a', 4))]);
    expect(service.metricBatches.map(shown)).toEqual([[['shop', 'shop-1', 'a=1,b=2']], [['stock', 'stock-1', 'a=3']]]);
    expect(service.count('rejected', { kind: 'meters', reason: 'no_service' })).toBe(1);
  });

  test('passes over what it cannot use', async () => {
    const service = new Service();
    await service.send(collectBatch, [Buffer.from([0x0a, 0x7f]), collection(single('', 1), single('b', 2, who)), Buffer.alloc(0)]);
    expect(service.metricBatches.map(shown)).toEqual([[['shop', 'shop-1', 'b=2']]]);
    expect(service.count('rejected', { kind: 'meters', reason: 'malformed' })).toBe(1);
    expect(service.count('rejected', { kind: 'meters', reason: 'no_name' })).toBe(1);
  });

  test('of more items than the limit takes those within it', async () => {
    const service = new Service({ maxItemsPerMessage: 10 });
    await service.send(collectBatch, [collection(...Array.from({ length: 12 }, (_, index) => single(`m${index}`, index, who)))]);
    expect(service.metricBatches[0]?.points).toBe(10);
    expect(service.count('rejected', { kind: 'meters', reason: 'too_many_items' })).toBe(2);
  });
});

function point(value: number, labels: Readonly<Record<string, string>> = {}): unknown {
  return { attributes: new Map(Object.entries(labels)), startTimeMs: 0, timeMs: at, noRecordedValue: false, value };
}
