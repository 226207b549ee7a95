/** Who sent something: one object per service, instance and layer, so that its identity may serve as a cache key. Bounded. */
import type { Resource } from '@meterlark/core';

/** Names of the attributes that hold them. */
export interface SourceNames {
  readonly service: string;
  readonly instance: string;
  readonly layer: string;
}

export const traceNames: SourceNames = { service: 'service.name', instance: 'service.instance.id', layer: 'service.layer' };
/** As SkyWalking's meter rules call them. */
export const meterNames: SourceNames = { service: 'service', instance: 'instance', layer: 'layer' };

export class SourceTable {
  /** By layer, service and instance. */
  private readonly known = new Map<string, Map<string, Map<string, Resource>>>();
  private count = 0;

  constructor(
    private readonly names: SourceNames,
    private readonly maxSources: number,
  ) {}

  get size(): number {
    return this.count;
  }

  /** `layer`: "" when the sender does not say. */
  resource(service: string, instance: string, layer = ''): Resource {
    return this.known.get(layer)?.get(service)?.get(instance) ?? this.add(service, instance, layer);
  }

  private add(service: string, instance: string, layer: string): Resource {
    if (this.count >= this.maxSources) this.clear();
    const attributes = new Map([[this.names.service, service]]);
    if (instance !== '') attributes.set(this.names.instance, instance);
    if (layer !== '') attributes.set(this.names.layer, layer);
    const resource: Resource = { attributes };
    const services = this.known.get(layer) ?? new Map<string, Map<string, Resource>>();
    const instances = services.get(service) ?? new Map<string, Resource>();
    this.known.set(layer, services.set(service, instances.set(instance, resource)));
    this.count += 1;
    return resource;
  }

  /** What is still there comes back with its next message. */
  private clear(): void {
    this.known.clear();
    this.count = 0;
  }
}
