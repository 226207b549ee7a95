/** The services, instances and endpoints that spans prove to exist: one object for each, bounded. */
import { endpointId, instanceId, minuteMs, serviceId, type EntityRecord, type MetricStream, type SourceEntity } from '@meterlark/core';
import type { FacetSet, FacetTable } from './facets.js';

/** Stands for what exceeded a limit; the stream's own name for it. */
export const overflowName = '_overflow';

/** One entity, told to the stream once for every minute it was seen in that is the first or the last so far. */
export class Sighting {
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

export interface ServiceKey {
  readonly tenant: string;
  readonly name: string;
  readonly layer: string;
}

/** A service with its children, and the lists of names that belong to it. */
export class Service {
  readonly sighting: Sighting;
  readonly spanNames: FacetSet;
  readonly remoteServices: FacetSet;
  readonly instances = new Map<string, Sighting>();
  readonly endpoints = new Map<string, Sighting>();
  private readonly id: string;

  constructor(
    readonly key: ServiceKey,
    private readonly table: ServiceTable,
    facets: FacetTable,
  ) {
    const { tenant, name } = key;
    this.id = serviceId({ name, normal: true });
    this.sighting = this.make('Service', name, this.id);
    this.spanNames = facets.set({ tenant, list: 'span_name', key: name });
    this.remoteServices = facets.set({ tenant, list: 'remote_service', key: name });
  }

  instance(name: string): Sighting {
    return this.instances.get(name) ?? this.child('ServiceInstance', this.instances, name);
  }

  endpoint(name: string): Sighting {
    return this.endpoints.get(name) ?? this.child('Endpoint', this.endpoints, name);
  }

  private child(scope: 'ServiceInstance' | 'Endpoint', children: Map<string, Sighting>, wanted: string): Sighting {
    const name = this.table.admitChild(scope, children) ? wanted : overflowName;
    const known = children.get(name);
    if (known !== undefined) return known;
    const service = { name: this.key.name, normal: true };
    const id = scope === 'Endpoint' ? endpointId(service, name) : instanceId(service, name);
    const made = this.make(scope, name, id);
    children.set(name, made);
    return made;
  }

  private make(scope: 'Service' | 'ServiceInstance' | 'Endpoint', name: string, id: string): Sighting {
    const { tenant, layer } = this.key;
    const record = { tenant, id, scope, name, serviceId: this.id, instanceId: '', layers: [layer], properties: {} };
    return new Sighting(name, { tenant, id }, record, this.table.stream);
  }
}

export interface ServiceLimits {
  readonly maxServices: number;
  /** Instances, and endpoints, of one service. */
  readonly maxChildren: number;
  /** Instances and endpoints of all services. */
  readonly maxAllChildren: number;
}

const idleMinutes = 60;

export class ServiceTable {
  /** Changes when services were forgotten: whoever holds some must ask again. */
  generation = 0;
  private readonly services = new Map<string, Service>();
  private children = 0;
  private sweptMinute = 0;
  private minute = 0;

  constructor(
    readonly stream: Pick<MetricStream, 'observe'>,
    private readonly limits: ServiceLimits,
    private readonly facets: FacetTable,
    /** Told of everything that went to the overflow. */
    private readonly overflowed: (scope: string) => void,
  ) {}

  get size(): number {
    return this.services.size + this.children;
  }

  /** Now by the server's clock, in epoch minutes. */
  tick(minute: number): void {
    this.minute = minute;
  }

  find(key: ServiceKey): Service {
    const known = this.services.get(textOf(key));
    if (known !== undefined) return known;
    if (key.name !== overflowName && this.services.size >= this.limits.maxServices) this.sweep();
    if (key.name === overflowName || this.services.size < this.limits.maxServices) return this.add(key);
    this.overflowed('Service');
    return this.find({ ...key, name: overflowName });
  }

  admitChild(scope: string, children: ReadonlyMap<string, Sighting>): boolean {
    const full = (): boolean => children.size >= this.limits.maxChildren || this.children >= this.limits.maxAllChildren;
    if (full()) this.sweep();
    if (full()) {
      this.overflowed(scope);
      return false;
    }
    this.children += 1;
    return true;
  }

  private add(key: ServiceKey): Service {
    const service = new Service(key, this, this.facets);
    this.services.set(textOf(key), service);
    return service;
  }

  /** Forgets what was idle for an hour; at most once a minute, and only when room is needed. */
  private sweep(): void {
    if (this.sweptMinute === this.minute) return;
    this.sweptMinute = this.minute;
    const horizon = this.minute - idleMinutes;
    this.children = 0;
    for (const [text, service] of this.services) {
      const left = forget(service.instances, horizon) + forget(service.endpoints, horizon);
      this.children += left;
      if (left === 0 && service.sighting.lastMinute < horizon) this.services.delete(text);
    }
    this.generation += 1;
  }
}

/** Late spans do not keep an entity, for their minutes are of long ago: it comes again with the next one. */
function forget(children: Map<string, Sighting>, horizon: number): number {
  for (const [name, { lastMinute }] of children) if (lastMinute < horizon) children.delete(name);
  return children.size;
}

function textOf({ tenant, name, layer }: ServiceKey): string {
  return JSON.stringify([tenant, layer, name]);
}
