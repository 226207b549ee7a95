/** Who the events of model calls are about: one object per entity, so that its identity serves as a cache key. */
import { instanceId, serviceId, type EntityRecord, type MetricStream, type SourceEntity } from '@meterlark/core';

export const genAiLayer = 'VIRTUAL_GENAI';

interface Provider extends SourceEntity {
  readonly models: Map<string, SourceEntity>;
}

export class CallEntities {
  private readonly providers = new Map<string, Map<string, Provider>>();
  private readonly callers = new Map<string, Map<string, SourceEntity>>();
  private known = 0;

  constructor(
    /** Entities remembered; beyond it all are forgotten and met again. */
    private readonly maxEntities: number,
  ) {}

  provider(tenant: string, name: string): SourceEntity {
    return this.met(tenant, name);
  }

  model(tenant: string, provider: string, name: string): SourceEntity {
    const { models } = this.met(tenant, provider);
    return (
      models.get(name) ??
      this.remember(models, name, { tenant, id: instanceId({ name: provider, normal: false }, name) })
    );
  }

  caller(tenant: string, name: string): SourceEntity {
    const known = this.callers.get(tenant)?.get(name);
    if (known !== undefined) return known;
    const ofTenant = this.callers.get(tenant) ?? new Map<string, SourceEntity>();
    this.callers.set(tenant, ofTenant);
    return this.remember(ofTenant, name, { tenant, id: serviceId({ name, normal: true }) });
  }

  private met(tenant: string, name: string): Provider {
    const known = this.providers.get(tenant)?.get(name);
    if (known !== undefined) return known;
    const ofTenant = this.providers.get(tenant) ?? new Map<string, Provider>();
    this.providers.set(tenant, ofTenant);
    return this.remember(ofTenant, name, { tenant, id: serviceId({ name, normal: false }), models: new Map() });
  }

  private remember<T>(map: Map<string, T>, name: string, entity: T): T {
    if (this.known >= this.maxEntities) this.forget();
    map.set(name, entity);
    this.known += 1;
    return entity;
  }

  private forget(): void {
    this.providers.clear();
    this.callers.clear();
    this.known = 0;
  }
}

export interface EntityNames {
  readonly provider: string;
  /** undefined: the entity is the provider. */
  readonly model: string | undefined;
}

/** Providers as services and models as their instances, in the layer VIRTUAL_GENAI. */
export class SeenEntities {
  private readonly seen = new WeakMap<SourceEntity, number>();

  constructor(private readonly stream: Pick<MetricStream, 'observe'>) {}

  /** Once a minute is enough: the stream keeps the first and last time. */
  observe(entity: SourceEntity, names: EntityNames, timeMs: number): void {
    const minute = Math.floor(timeMs / 60_000);
    if (this.seen.get(entity) === minute) return;
    this.seen.set(entity, minute);
    this.stream.observe(recordOf(entity, names, timeMs));
  }
}

function recordOf({ tenant, id }: SourceEntity, { provider, model }: EntityNames, timeMs: number): EntityRecord {
  return {
    tenant, id, scope: model === undefined ? 'Service' : 'ServiceInstance', name: model ?? provider,
    serviceId: serviceId({ name: provider, normal: false }), instanceId: '', layers: [genAiLayer],
    firstSeenMs: timeMs, lastSeenMs: timeMs, properties: {},
  };
}
