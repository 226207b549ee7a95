import { describe, expect, it } from 'vitest';
import type { EntityRecord } from '../../src/contract/storage.js';
import type { SeenEntity } from '../../src/contract/stream.js';
import { endpointId, instanceId, serviceId } from '../../src/model/entity.js';
import { minuteMs } from '../../src/model/time.js';
import { BoundedSeenEntities, type SeenLimits } from '../../src/stream/seen-entities.js';
import { ManualClock, RecordingMetrics } from '../../src/testing/fakes.js';

const minute = 29_000_000;
const name = { name: 'shop', normal: true };

function scene(limits: Partial<SeenLimits> = {}) {
  const clock = new ManualClock(minute * minuteMs);
  const selfMetrics = new RecordingMetrics();
  const observed: EntityRecord[] = [];
  const stream = { observe: (record: EntityRecord) => void observed.push(record) };
  const seen = new BoundedSeenEntities({ stream, clock, selfMetrics }, { maxServices: 100, maxPerService: 100, maxInAll: 1000, ...limits });
  const overflowed = (scope: string): number => selfMetrics.value('meterlark_stream_overflowed_entities_total', { scope });
  const size = (): number => selfMetrics.value('meterlark_stream_seen_entities');
  /** Asks for entities one after the other, each seen at once. */
  const names = (ask: (name: string) => SeenEntity, wanted: readonly string[]): string[] =>
    wanted.map((one) => {
      const found = ask(one);
      found.seen(minute);
      return found.name;
    });
  return { names, clock, observed, seen, overflowed, size };
}

describe('seen entities', () => {
  it('are a service, its instances and endpoints, each told to the stream with the ids that queries use', () => {
    const { seen, observed } = scene();
    const service = seen.service('acme', 'shop', 'GENERAL');
    for (const one of [service, service.instance('shop-1'), service.endpoint('GET /carts')]) one.seen(minute);
    const timeMs = minute * minuteMs;
    const common = { tenant: 'acme', serviceId: serviceId(name), instanceId: '', layers: ['GENERAL'], properties: {}, firstSeenMs: timeMs, lastSeenMs: timeMs };
    expect(observed).toEqual([
      { ...common, scope: 'Service', name: 'shop', id: serviceId(name) },
      { ...common, scope: 'ServiceInstance', name: 'shop-1', id: instanceId(name, 'shop-1') },
      { ...common, scope: 'Endpoint', name: 'GET /carts', id: endpointId(name, 'GET /carts') },
    ]);
    expect(service.entity).toEqual({ tenant: 'acme', id: serviceId(name) });
  });

  it('are one object each, whoever asks, so that identity may serve as a key', () => {
    const { seen } = scene();
    const service = seen.service('', 'shop', 'GENERAL');
    expect(seen.service('', 'shop', 'GENERAL')).toBe(service);
    expect(service.endpoint('a')).toBe(service.endpoint('a'));
    expect(service.instance('a')).not.toBe(service.endpoint('a'));
    expect(service.endpoint('a').entity).toBe(service.endpoint('a').entity);
  });

  it('are apart by tenant and by layer, whatever separators names hold', () => {
    const { seen } = scene();
    const keys = [['', 'shop', 'A'], ['t', 'shop', 'A'], ['', 'shop', 'B'], ['1', '1,', ','], ['1,', '1', ','], ['', ',1', '1,']] as const;
    expect(new Set(keys.map(([tenant, service, layer]) => seen.service(tenant, service, layer))).size).toBe(keys.length);
  });

  it('are told once a minute however often they are seen, and again for an earlier minute', () => {
    const { seen, observed } = scene();
    const service = seen.service('', 'shop', 'GENERAL');
    for (const at of [minute, minute, minute + 1, minute, minute + 1, minute - 60, minute - 30]) service.seen(at);
    expect(observed.map(({ firstSeenMs }) => firstSeenMs / minuteMs)).toEqual([minute, minute + 1, minute - 60]);
  });

  it('over the limit of one service are its child _overflow, and counted', () => {
    const { names, seen, overflowed } = scene({ maxPerService: 2 });
    const service = seen.service('', 'shop', 'GENERAL');
    expect(names((endpoint) => service.endpoint(endpoint), ['a', 'b', 'c', 'd', 'a'])).toEqual(['a', 'b', '_overflow', '_overflow', 'a']);
    expect(service.endpoint('c')).toBe(service.endpoint('d'));
    expect(names((instance) => service.instance(instance), ['a', 'b', 'c'])).toEqual(['a', 'b', '_overflow']);
    expect([overflowed('Endpoint'), overflowed('ServiceInstance')]).toEqual([4, 1]);
  });

  it('over the limit of services are the service _overflow of their tenant and layer', () => {
    const { names, seen, overflowed } = scene({ maxServices: 2 });
    const services = names((service) => seen.service('', service, 'GENERAL'), ['one', 'two', 'three', 'four', 'one']);
    expect(services).toEqual(['one', 'two', '_overflow', '_overflow', 'one']);
    expect(seen.service('', 'five', 'GENERAL')).toBe(seen.service('', '_overflow', 'GENERAL'));
    expect(seen.service('', 'five', 'MESH').layer).toBe('MESH');
    expect(overflowed('Service')).toBe(4);
  });

  it('stay bounded when senders make up layers, also for the name of the overflow itself', () => {
    const { seen, size } = scene({ maxServices: 5 });
    const layers = Array.from({ length: 100 }, (_, place) => `L${place}`);
    const overflows = ['x', '_overflow'].flatMap((name) => layers.map((layer) => seen.service('', name, layer)));
    expect(size()).toBe(2 * 5 + 1);
    expect(overflows.at(-1)).toMatchObject({ name: '_overflow', layer: 'GENERAL' });
  });

  it('stay bounded when everything has a name of its own', () => {
    const { seen, size } = scene({ maxInAll: 50, maxServices: 10 });
    for (let sender = 0; sender < 40; sender += 1) {
      const service = seen.service('', `s${sender}`, 'GENERAL');
      for (let call = 0; call < 20; call += 1) service.endpoint(`${sender}/${call}`).seen(minute);
      service.instance(`h${sender}`).seen(minute);
    }
    // One more per service and scope: the overflow itself.
    expect(size()).toBeLessThan(50 + 3 * 11);
  });

  it('that were idle for an hour make room, and the generation says so', () => {
    const { seen, clock } = scene({ maxPerService: 2, maxServices: 1 });
    const service = seen.service('', 'shop', 'GENERAL');
    for (const one of [service, service.endpoint('a'), service.endpoint('b')]) one.seen(minute);
    clock.advance(30 * minuteMs);
    service.endpoint('b').seen(minute + 30);
    expect(service.endpoint('c').name).toBe('_overflow');
    const before = seen.generation;
    clock.advance(31 * minuteMs);
    expect(service.endpoint('c').name).toBe('c');
    expect(seen.generation).toBe(before + 1);
    expect(seen.service('', 'shop', 'GENERAL')).toBe(service);
    clock.advance(120 * minuteMs);
    expect(seen.service('', 'other', 'GENERAL').name).toBe('other');
    expect(seen.service('', 'shop', 'GENERAL').name).toBe('_overflow');
  });

  it('are looked through for idle ones at most once a minute, by the clock', () => {
    const { seen, clock } = scene({ maxServices: 1 });
    seen.service('', 'shop', 'GENERAL').seen(minute);
    const generations = Array.from({ length: 100 }, (_, at) => (seen.service('', `s${at}`, 'GENERAL'), seen.generation));
    expect(new Set(generations).size).toBe(1);
    clock.advance(minuteMs);
    seen.service('', 'more', 'GENERAL');
    expect(seen.generation).toBe(2);
  });
});
