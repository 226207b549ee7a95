/** Who sent something: one object per service and instance, so that its identity may serve as a cache key. Bounded. */
import type { Resource } from '@meterlark/core';

/** Names of the attributes that hold the two. */
export interface SourceNames {
  readonly service: string;
  readonly instance: string;
}

export const traceNames: SourceNames = { service: 'service.name', instance: 'service.instance.id' };
/** As SkyWalking's meter rules call them. */
export const meterNames: SourceNames = { service: 'service', instance: 'instance' };

export class SourceTable {
  private readonly known = new Map<string, Map<string, Resource>>();
  private count = 0;

  constructor(
    private readonly names: SourceNames,
    private readonly maxSources: number,
  ) {}

  get size(): number {
    return this.count;
  }

  resource(service: string, instance: string): Resource {
    return this.known.get(service)?.get(instance) ?? this.add(service, instance);
  }

  private add(service: string, instance: string): Resource {
    if (this.count >= this.maxSources) this.clear();
    const attributes = new Map([[this.names.service, service]]);
    if (instance !== '') attributes.set(this.names.instance, instance);
    const resource: Resource = { attributes };
    const instances = this.known.get(service) ?? new Map<string, Resource>();
    this.known.set(service, instances.set(instance, resource));
    this.count += 1;
    return resource;
  }

  /** What is still there comes back with its next message. */
  private clear(): void {
    this.known.clear();
    this.count = 0;
  }
}
