/** The services, instances and endpoints that spans and logs prove to exist: one object for each, bounded for all analyzers together. */
import type { EntityRecord } from '../contract/storage.js';
import type { MetricStream, SeenEntities, SeenEntity, SeenService } from '../contract/stream.js';
import type { Clock, Counter, SelfMetrics } from '../kernel/ambient.js';
import { endpointId, instanceId, serviceId } from '../model/entity.js';
import type { SourceEntity } from '../model/source.js';
import { minuteMs } from '../model/time.js';
import { overflowName } from './series-limits.js';

type ChildScope = 'ServiceInstance' | 'Endpoint';

export interface SeenLimits {
  readonly maxServices: number;
  /** Instances, and endpoints, of one service. */
  readonly maxPerService: number;
  /** Instances and endpoints of all services. */
  readonly maxInAll: number;
}

export interface SeenServices {
  readonly stream: Pick<MetricStream, 'observe'>;
  readonly clock: Clock;
  readonly selfMetrics: SelfMetrics;
}

/** One entity, told to the stream once for every minute it was seen in that is the first or the last so far. */
class Sighting implements SeenEntity {
  private firstMinute = Infinity;
  lastMinute = -Infinity;

  constructor(
    readonly name: string,
    readonly entity: SourceEntity,
    private readonly record: Omit<EntityRecord, 'firstSeenMs' | 'lastSeenMs'>,
    private readonly stream: Pick<MetricStream, 'observe'>,
  ) {}

  seen(minute: number): void {
    if (minute >= this.firstMinute && minute <= this.lastMinute) return;
    this.firstMinute = Math.min(minute, this.firstMinute);
    this.lastMinute = Math.max(minute, this.lastMinute);
    const timeMs = minute * minuteMs;
    this.stream.observe({ ...this.record, firstSeenMs: timeMs, lastSeenMs: timeMs });
  }
}

interface ServiceKey {
  readonly tenant: string;
  readonly name: string;
  readonly layer: string;
}

/** What a service asks of the table that it is in. */
interface Household {
  readonly stream: Pick<MetricStream, 'observe'>;
  admitChild(scope: ChildScope, children: ReadonlyMap<string, Sighting>): boolean;
}

class ServiceSighting extends Sighting implements SeenService {
  readonly layer: string;
  readonly instances = new Map<string, Sighting>();
  readonly endpoints = new Map<string, Sighting>();

  constructor(
    private readonly key: ServiceKey,
    private readonly household: Household,
  ) {
    const { tenant, name, layer } = key;
    const id = serviceId({ name, normal: true });
    const record = { tenant, id, scope: 'Service', name, serviceId: id, instanceId: '', layers: [layer], properties: {} } as const;
    super(name, { tenant, id }, record, household.stream);
    this.layer = layer;
  }

  instance(name: string): SeenEntity {
    return this.instances.get(name) ?? this.child('ServiceInstance', this.instances, name);
  }

  endpoint(name: string): SeenEntity {
    return this.endpoints.get(name) ?? this.child('Endpoint', this.endpoints, name);
  }

  private child(scope: ChildScope, children: Map<string, Sighting>, wanted: string): Sighting {
    const name = this.household.admitChild(scope, children) ? wanted : overflowName;
    const known = children.get(name);
    if (known !== undefined) return known;
    const { tenant, layer } = this.key;
    const service = { name: this.name, normal: true };
    const id = scope === 'Endpoint' ? endpointId(service, name) : instanceId(service, name);
    const record = { tenant, id, scope, name, serviceId: this.entity.id, instanceId: '', layers: [layer], properties: {} };
    const made = new Sighting(name, { tenant, id }, record, this.household.stream);
    children.set(name, made);
    return made;
  }
}

const idleMinutes = 60;
/** Layer of what exceeds all limits. */
const spareLayer = 'GENERAL';

export class BoundedSeenEntities implements SeenEntities, Household {
  generation = 0;
  readonly stream: Pick<MetricStream, 'observe'>;
  private readonly services = new Map<string, ServiceSighting>();
  private children = 0;
  private sweptMinute = 0;
  private readonly clock: Clock;
  private readonly overflowed: Counter;

  constructor(
    { stream, clock, selfMetrics }: SeenServices,
    private readonly limits: SeenLimits,
  ) {
    this.stream = stream;
    this.clock = clock;
    const help = 'Entities of spans and logs counted as _overflow, by scope';
    this.overflowed = selfMetrics.counter('meterlark_stream_overflowed_entities_total', help, ['scope']);
    const known = 'Services, instances and endpoints of spans and logs that are known';
    selfMetrics.observe('meterlark_stream_seen_entities', known, () => this.services.size + this.children);
  }

  service(tenant: string, name: string, layer: string): SeenService {
    return this.services.get(textOf(tenant, name, layer)) ?? this.admit({ tenant, name, layer });
  }

  admitChild(scope: ChildScope, children: ReadonlyMap<string, Sighting>): boolean {
    const full = (): boolean => children.size >= this.limits.maxPerService || this.children >= this.limits.maxInAll;
    if (full()) this.sweep();
    if (full()) {
      this.overflowed.add(1, { scope });
      return false;
    }
    this.children += 1;
    return true;
  }

  private admit(key: ServiceKey): ServiceSighting {
    if (key.name === overflowName) return this.overflow(key);
    const full = (): boolean => this.services.size >= this.limits.maxServices;
    if (full()) this.sweep();
    if (!full()) return this.add(key);
    this.overflowed.add(1, { scope: 'Service' });
    return this.overflow({ ...key, name: overflowName });
  }

  /** One for each tenant and layer, beyond the limit; over as many again, for each tenant, because senders name layers. */
  private overflow(key: ServiceKey): ServiceSighting {
    const known = this.services.get(textOf(key.tenant, key.name, key.layer));
    if (known !== undefined) return known;
    const isLast = key.layer === spareLayer || this.services.size < 2 * this.limits.maxServices;
    return isLast ? this.add(key) : this.overflow({ ...key, layer: spareLayer });
  }

  private add(key: ServiceKey): ServiceSighting {
    const service = new ServiceSighting(key, this);
    this.services.set(textOf(key.tenant, key.name, key.layer), service);
    return service;
  }

  /** Forgets what was idle for an hour; at most once a minute, and only when room is needed. */
  private sweep(): void {
    const minute = Math.floor(this.clock.now() / minuteMs);
    if (this.sweptMinute === minute) return;
    this.sweptMinute = minute;
    const horizon = minute - idleMinutes;
    this.children = 0;
    for (const [text, service] of this.services) {
      const left = forget(service.instances, horizon) + forget(service.endpoints, horizon);
      this.children += left;
      if (left === 0 && service.lastMinute < horizon) this.services.delete(text);
    }
    this.generation += 1;
  }
}

/** Late data do not keep an entity, for their minutes are of long ago: it comes again with the next ones. */
function forget(children: Map<string, Sighting>, horizon: number): number {
  for (const [name, { lastMinute }] of children) if (lastMinute < horizon) children.delete(name);
  return children.size;
}

/** Lengths first, because any name may hold any separator. */
function textOf(tenant: string, name: string, layer: string): string {
  return `${tenant.length},${layer.length},${tenant}${layer}${name}`;
}
