import { type SourceEmitter, type SourceValue, isMeterlarkError } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { ApdexThresholds } from '../../src/runtime/apdex.js';
import { bench, FakeStream, nowMs, service } from './kit.js';

const columns = ['name', 'latency', 'status', 'type', 'httpResponseStatusCode', 'tag["http.method"]', 'tag["wait"]'];

function requests(emitter: SourceEmitter, ...events: readonly (readonly SourceValue[])[]): void {
  const shop = service('shop');
  for (const event of events) emitter.emit(shop, nowMs, columns.map((_, index) => event[index]));
}

const events: readonly (readonly SourceValue[])[] = [
  ['shop', 100, true, 'HTTP', 200, 'GET', undefined],
  ['shop', 700, true, 'RPC', 404, 'POST', '25'],
  ['shop', 2500, true, 'MQ', 500, undefined, 'much'],
  ['shop', 30, false, 'MQ', undefined, undefined, '75'],
];

describe('a rule', () => {
  it.each([
    ['from(Service.*).count()', ['m: 4']],
    ['from(Service.*).cpm()', ['m: 4']],
    ['from(Service.latency).sum()', ['m: 3330']],
    ['from(Service.latency).longAvg()', ['m 1: 4', 'm: 3330']],
    ['from(Service.latency).doubleAvg()', ['m 1: 4', 'm: 3330']],
    ['from(Service.latency).max()', ['m: 2500']],
    ['from(Service.latency).min()', ['m: 30']],
    ['from(Service.*).percent(status == true)', ['m 1: 4', 'm: 3']],
    ['from(Service.*).rate(status == true, type == RequestType.MQ)', ['m 1: 2', 'm: 3']],
    ['from(Service.*).countIf(httpResponseStatusCode >= 400)', ['m: 2']],
    // 100 satisfies, 700 is tolerated, 2500 is too slow, 30 failed.
    ['from(Service.latency).apdex(name, status)', ['m 1: 4', 'm: 1.5']],
    ['from(Service.latency).percentile2(10)', ['m 100000000: 1', 'm 2500000000: 1', 'm 30000000: 1', 'm 700000000: 1']],
    ['from(Service.latency).histogram(1000, 2)', ['m 2000000000: 1', 'm: 3']],
    ['from(Service.latency).histogram(100, 2)', ['m 100000000: 1', 'm 200000000: 2', 'm: 1']],
    ['from(Service.*).labelCount(type)', ['m{n=HTTP}: 1', 'm{n=MQ}: 2', 'm{n=RPC}: 1']],
    ['from(Service.*).labelAvg(type, latency)', ['m{n=HTTP} 1: 1', 'm{n=HTTP}: 100', 'm{n=MQ} 1: 2', 'm{n=MQ}: 2530', 'm{n=RPC} 1: 1', 'm{n=RPC}: 700']],
    ['from(Service.*).labelSum(type, status, latency)', ['m{status=false,type=MQ}: 30', 'm{status=true,type=HTTP}: 100', 'm{status=true,type=MQ}: 2500', 'm{status=true,type=RPC}: 700']],
    ['from(Service.*).labelCalls(status)', ['m{status=false}: 1', 'm{status=true}: 3']],
    ['from(Service.*).percentOf(httpResponseStatusCode, latency)', ['m 1: 3330', 'm: 1104']],
    ['from(Service.*).perSecond(httpResponseStatusCode, latency)', ['m 1: 3300', 'm: 1104']],
    ['from((str->long)Service.tag["wait"]).longAvg()', ['m 1: 2', 'm: 100']],
  ])('%s', (rule, expected) => {
    const { stream, sink } = bench(`m = ${rule};`);
    requests(sink.open('Service', columns), ...events);
    expect(stream.shown()).toEqual(expected);
  });

  it.each([
    ['status == true', 3], ['status != true', 1], ['latency == 700', 1], ['latency != 700', 3], ['latency > 700', 1], ['latency >= 700', 2], ['latency < 100', 1],
    ['latency <= 100', 2], ['latency in [30, 100]', 2], ['type in [RequestType.MQ, RequestType.RPC]', 3], ['type == RequestType.MQ', 2], ['type != RequestType.MQ', 2],
    ['name == "shop"', 4], ['name == "Shop"', 0], ['name in ["shop", "bar"]', 4], ['name like "sh%"', 4], ['name like "%op"', 4], ['name like "%ho%"', 4],
    ['name like "%sh"', 0], ['name like "%"', 4], ['tags contain "http.method:GET"', 1], ['tags not contain "http.method:GET"', 1],
    ['tag["http.method"] == "GET"', 1], ['tag["http.method"] != "GET"', 3], ['tag["http.method"] == null', 2], ['tag["http.method"] != null', 2],
    // A number that is missing fits nothing, a text that is missing is null.
    ['httpResponseStatusCode != 200', 2], ['httpResponseStatusCode < 1000', 3], ['(long)tag["wait"] > 30', 1], ['(str->int)tag["wait"] <= 30', 1],
  ])('keeps by %s', (filter, count) => {
    const { stream, sink } = bench(`m = from(Service.*).filter(${filter}).count();`);
    requests(sink.open('Service', columns), ...events);
    expect(stream.shown()).toEqual(count === 0 ? [] : [`m: ${count}`]);
  });

  it('keeps what passes all filters', () => {
    const { stream, sink } = bench('m = from(Service.*).filter(status == true).filter(latency > 500).filter(latency < 2000).count();');
    requests(sink.open('Service', columns), ...events);
    expect(stream.shown()).toEqual(['m: 1']);
  });

  it('passes over events without its value, its label, and those of emitters that do not have its columns', () => {
    const { stream, sink } = bench(`
      a = from(Service.latency).longAvg(); b = from(Service.*).labelCalls(endpointName); c = from(Service.*).percent(status == true);
      d = from(Service.latency).apdex(name, status); e = from(Service.latency).percentile2(10); f = from(Service.latency).max(); g = from(Service.*).cpm();`);
    sink.open('Service', ['name']).emit(service('shop'), nowMs, ['shop']);
    sink.open('Service', ['latency', 'status']).emit(service('shop'), nowMs, [undefined, undefined]);
    expect(stream.shown()).toEqual(['g: 2']);
  });

  it('takes back by weight -1 what adds up, and leaves the greatest and smallest alone', () => {
    const { stream, sink } = bench(`
      sum = from(Service.latency).sum(); mean = from(Service.latency).longAvg(); max = from(Service.latency).max(); min = from(Service.latency).min();
      p = from(Service.latency).percentile2(10); label = from(Service.*).labelCount(name); apdex = from(Service.latency).apdex(name, status);`);
    const emitter = sink.open('Service', columns);
    requests(emitter, ['shop', 100, true], ['shop', 300, true]);
    emitter.emit(service('shop'), nowMs, ['shop', 300, true], -1);
    expect(stream.shown()).toEqual([
      'apdex 1: 1', 'apdex: 1', 'label{n=shop}: 1', 'max: 300', 'mean 1: 1', 'mean: 100', 'min: 100', 'p 100000000: 1', 'p 300000000: 0', 'sum: 100',
    ]);
  });

  it('judges by the threshold of the service', () => {
    const { stream, sink } = bench('m = from(Service.latency).apdex(name, status);', new ApdexThresholds(500, { slow: 1000 }));
    const emitter = sink.open('Service', ['name', 'latency', 'status']);
    for (const name of ['slow', 'shop']) for (const latency of [500, 501, 2000, 2001, 4001]) emitter.emit(service(name), nowMs, [name, latency, true]);
    expect([...stream.values.values()]).toEqual([1 + 1 + 0.5 + 0.5, 5, 1 + 0.5 + 0.5, 5]);
  });
});

describe('an emitter', () => {
  const rules = 'm = from(Service.*).count();';

  it('keeps entities, tenants and minutes apart', () => {
    const { stream, sink } = bench(rules);
    const emitter = sink.open('Service', ['name']);
    emitter.emit(service('a'), nowMs, ['a']);
    emitter.emit(service('a', 'other'), nowMs + 59_999, ['a']);
    emitter.emit(service('b'), nowMs - 1, ['b']);
    expect([...stream.values.keys()].map((id) => JSON.parse(id) as [{ tenant: string; entityId: string }, number, number]).map(([key, , minute]) => [key.tenant, key.entityId, minute])).toEqual([
      ['', 'YQ==.1', 28_000_000], ['other', 'YQ==.1', 28_000_000], ['', 'Yg==.1', 27_999_999],
    ]);
  });

  it('asks for the slots of an entity once, and again when their numbers are void', () => {
    const { stream, sink } = bench('a = from(Service.*).count(); b = from(Service.*).labelCount(name); c = from(Service.latency).percentile2(10);');
    const emitter = sink.open('Service', ['name', 'latency']);
    const shop = service('shop');
    for (let round = 0; round < 10; round += 1) emitter.emit(shop, nowMs, ['shop', 5]);
    expect(stream.asked).toBe(3);
    stream.forget();
    for (let round = 0; round < 10; round += 1) emitter.emit(shop, nowMs, ['shop', 5]);
    expect(stream.asked).toBe(6);
    expect(stream.shown()).toEqual(['a: 20', 'b{n=shop}: 20', 'c: 20']);
  });

  it('follows rules that are loaded after it was opened, and those that are taken away', () => {
    const { stream, sink, load } = bench('');
    const emitter = sink.open('Service', ['name', 'latency']);
    const shop = service('shop');
    emitter.emit(shop, nowMs, ['shop', 5]);
    load('a = from(Service.*).count();');
    emitter.emit(shop, nowMs, ['shop', 5]);
    load('b = from(Service.latency).sum(); a = from(Service.*).count();');
    emitter.emit(shop, nowMs, ['shop', 5]);
    load('b = from(Service.latency).sum();');
    emitter.emit(shop, nowMs, ['shop', 5]);
    expect(stream.shown()).toEqual(['a: 2', 'b: 10']);
  });

  it('reads the values at once, so that their array may be used again', () => {
    const { stream, sink } = bench('m = from(Service.latency).sum();');
    const emitter = sink.open('Service', ['latency']);
    const values: SourceValue[] = [1];
    emitter.emit(service('a'), nowMs, values);
    values[0] = 10;
    emitter.emit(service('a'), nowMs, values);
    expect(stream.shown()).toEqual(['m: 11']);
  });

  it.each([['late', -1441], ['early', 11], ['senseless', Number.NaN], ['endless', Infinity]])('counts and drops what comes %s', (_, minutes) => {
    const { stream, sink, counts } = bench(rules);
    const emitter = sink.open('Service', ['name']);
    emitter.emit(service('a'), nowMs, ['a']);
    emitter.emit(service('a'), nowMs + minutes * 60_000, ['a']);
    expect([counts.events, counts.late, stream.shown()]).toEqual([2, 1, ['m: 1']]);
  });

  it('looks again at what is late as time goes on', () => {
    const { stream, sink, counts } = bench(rules);
    const emitter = sink.open('Service', ['name']);
    emitter.emit(service('a'), nowMs - 1440 * 60_000, ['a']);
    stream.first += 5;
    for (let event = 0; event < 1000; event += 1) emitter.emit(service('a'), nowMs - 1440 * 60_000, ['a']);
    expect(counts.late).toBeGreaterThan(700);
    stream.last += 100;
    emitter.emit(service('a'), nowMs + 50 * 60_000, ['a']);
    expect(stream.shown()).toContain('m @50: 1');
  });

  it.each([
    ['Servise', ['name'], 'METERLARK_SOURCE_UNKNOWN', 'Service'],
    ['Service', ['name', 'latenci'], 'METERLARK_SOURCE_UNKNOWN_COLUMN', 'latency'],
    ['Service', ['tag'], 'METERLARK_SOURCE_UNKNOWN_COLUMN', 'tag'],
    ['Service', ['name["x"]'], 'METERLARK_SOURCE_UNKNOWN_COLUMN', 'name'],
  ])('is not opened for %s %j', (source, names, code, near) => {
    let fault: unknown;
    try {
      bench('').sink.open(source, names);
    } catch (error) {
      fault = error;
    }
    expect(isMeterlarkError(fault) && [fault.code, fault.fields.nearest]).toEqual([code, near]);
  });

  it('writes to another stream by the same rules', () => {
    const { stream, sink, load } = bench(rules);
    const other = new FakeStream();
    const emitter = sink.onto(other).open('Service', ['latency']);
    load('m = from(Service.latency).sum();');
    emitter.emit(service('a'), nowMs, [5], -1);
    emitter.emit(service('a'), nowMs, [7]);
    expect([stream.shown(), other.shown()]).toEqual([[], ['m: 2']]);
  });

  it('puts what it takes back into the bucket where it gives it again, also beyond the number of fine buckets', () => {
    const { sink, load } = bench(rules);
    const other = new FakeStream();
    const emitter = sink.onto(other).open('Service', ['latency']);
    load('m = from(Service.latency).percentile2(10);');
    for (let latency = 2010; latency <= 9000; latency += 10) {
      emitter.emit(service('a'), nowMs, [latency], -1);
      emitter.emit(service('a'), nowMs, [latency]);
    }
    expect([...other.values.values()].filter((value) => value !== 0)).toEqual([]);
  });
});
