import { describe, expect, it } from 'vitest';
import { bucketIndex } from '../../src/runtime/buckets.js';
import { bench, nowMinute, nowMs, service } from './kit.js';

describe('labels', () => {
  it('over the limit of a rule go to one series, minute by minute, and are counted', () => {
    const { stream, sink, counts } = bench('m = from(Service.*).labelCount(endpointName, 2);');
    const emitter = sink.open('Service', ['endpointName']);
    const shop = service('shop');
    for (const name of ['a', 'b', 'c', 'd', 'a']) emitter.emit(shop, nowMs, [name]);
    for (const name of ['c', 'd', 'a']) emitter.emit(shop, nowMs + 60_000, [name]);
    expect(stream.shown()).toEqual([
      'm{n=_overflow} @1: 1', 'm{n=_overflow}: 2', 'm{n=a}: 2', 'm{n=b}: 1', 'm{n=c} @1: 1', 'm{n=d} @1: 1',
    ]);
    expect(counts.overflowed).toBe(3);
  });

  it('without a limit of their own are left to the stream’s, and do not fill the memory', () => {
    const { stream, sink } = bench('m = from(Service.*).labelCalls(endpointName, type);');
    const emitter = sink.open('Service', ['endpointName', 'type']);
    const shop = service('shop');
    for (let round = 0; round < 2; round += 1) for (let index = 0; index < 12_000; index += 1) emitter.emit(shop, nowMs, [`e${index}`, 'HTTP']);
    expect(stream.shown()).toHaveLength(12_000);
    expect(new Set(stream.values.values())).toEqual(new Set([2]));
    expect(stream.asked).toBeLessThanOrEqual(24_000);
  });

  it('may be empty, numbers, texts of any character; long ones are cut', () => {
    const { stream, sink } = bench('m = from(Service.*).labelCalls(endpointName);\nn = from(Service.*).labelCalls(httpResponseStatusCode);');
    const emitter = sink.open('Service', ['endpointName', 'httpResponseStatusCode']);
    for (const name of ['', 'a=b,{"}\n', 'x'.repeat(5000)]) emitter.emit(service('shop'), nowMs, [name, 404]);
    expect(stream.shown()).toEqual([
      'm{endpointName=a=b,{"}\n}: 1', `m{endpointName=${'x'.repeat(1024)}…}: 1`, 'm{endpointName=}: 1', 'n{httpResponseStatusCode=404}: 3',
    ]);
  });

  it('are written in the order of their names, whatever the rule’s order', () => {
    const { stream, sink } = bench('m = from(Service.*).labelCalls(name, endpointName);');
    sink.open('Service', ['name', 'endpointName']).emit(service('shop'), nowMs, ['n', 'e']);
    expect([...stream.values.keys()].map((id) => (JSON.parse(id) as [{ labels: string }])[0].labels)).toEqual(['["endpointName","e","name","n"]']);
  });
});

describe('buckets', () => {
  const bounds = (latencies: readonly number[]): number[] => {
    const { stream, sink } = bench('m = from(Service.latency).percentile2(10);');
    const emitter = sink.open('Service', ['latency']);
    const shop = service('shop');
    for (const latency of latencies) emitter.emit(shop, nowMs, [latency]);
    return [...stream.values.keys()].map((id) => (JSON.parse(id) as [unknown, number, number])).map(([, bound, minute]) => (minute === nowMinute ? bound / 1e6 : NaN));
  };

  it('are multiples of the width, known by their lower edge', () => {
    expect(bounds([0, 9, 9.99, 10, 19, 81_919, -5])).toEqual([0, 10, 81_910]);
  });

  it('grow above 80 s, and end at an hour', () => {
    expect(bounds([81_925, 81_930, 100_015, 3_600_000, 1e12])).toEqual([81_920, 100_000, 3_600_000]);
  });

  it('of a series that is spread out become coarser; the edge shown stays within 1/64 below the value', () => {
    const spread = bounds(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 3_600_000));
    expect(spread.length).toBeGreaterThan(256);
    expect(spread.length).toBeLessThan(1200);
    for (let value = 0; value < 4_000; value += 1) {
      for (const isCoarse of [true, false]) {
        const index = bucketIndex(value, 1, isCoarse);
        expect(index <= value && index >= value - value / 64).toBe(true);
        expect(bucketIndex(index, 1, true) === index || !isCoarse).toBe(true);
      }
    }
  });

  it('take no endless values', () => {
    expect(bounds([Number.NaN])).toEqual([]);
  });
});
