/** Who sent a span, worked out once for every resource and scope that a receiver hands over as the same objects. */
import {
  boundedName,
  canonicalJson,
  namedInstance,
  namedService,
  reportedLayer,
  unknownService,
  type Attributes,
  type CutEvents,
  type FacetLists,
  type FacetSet,
  type Resource,
  type Scope,
  type SeenEntities,
  type SeenEntity,
  type SeenService,
  type SpanBatch,
  type SpanOrigin,
  type TextLimits,
} from '@meterlark/core';

/** Lists of names that belong to a service. */
interface ServiceNames {
  readonly spanNames: FacetSet;
  readonly remoteServices: FacetSet;
}

export interface Origin extends ServiceNames {
  readonly origin: SpanOrigin;
  readonly generation: number;
  readonly service: SeenService;
  readonly instance: SeenEntity | undefined;
  /** Nobody said which service this is. */
  readonly unnamed: boolean;
  readonly scope: string;
  readonly scopeVersion: string;
  /** Attributes as JSON. */
  readonly resource: string;
  readonly scopeAttributes: string;
  /** Lists of the tenant, one per tag that may be searched. */
  readonly tags: readonly FacetSet[];
}

export interface OriginParts {
  readonly seen: SeenEntities;
  readonly facets: FacetLists;
  readonly tagsOf: (tenant: string) => readonly FacetSet[];
  readonly limits: TextLimits;
  readonly cuts: CutEvents;
}

export class OriginTable {
  private readonly known = new WeakMap<Resource, WeakMap<Scope, Origin>>();
  private readonly names = new WeakMap<SeenService, ServiceNames>();
  private readonly json = new WeakMap<Attributes, string>();

  constructor(private readonly parts: OriginParts) {}

  find(batch: Pick<SpanBatch, 'tenant' | 'protocol'>, resource: Resource, scope: Scope): Origin {
    let scopes = this.known.get(resource);
    if (scopes === undefined) this.known.set(resource, (scopes = new WeakMap<Scope, Origin>()));
    const known = scopes.get(scope);
    if (known !== undefined && this.holds(known, batch)) return known;
    const made = this.make(batch, resource, scope);
    scopes.set(scope, made);
    return made;
  }

  private holds({ origin, generation }: Origin, { tenant, protocol }: Pick<SpanBatch, 'tenant' | 'protocol'>): boolean {
    return generation === this.parts.seen.generation && origin.tenant === tenant && origin.protocol === protocol;
  }

  private make({ tenant, protocol }: Pick<SpanBatch, 'tenant' | 'protocol'>, resource: Resource, scope: Scope): Origin {
    const { seen, tagsOf, cuts } = this.parts;
    const named = boundedName(namedService(resource.attributes), cuts.name);
    const instance = boundedName(namedInstance(resource.attributes), cuts.name);
    const name = named === '' ? unknownService : named;
    const layer = reportedLayer(resource.attributes.get('service.layer'));
    const service = seen.service(tenant, name, layer);
    return {
      origin: { tenant, protocol, service: name, instance, layer, resource, scope },
      service,
      instance: instance === '' ? undefined : service.instance(instance),
      // Finding may have swept: after it, so that the next batch does not find this one old.
      generation: seen.generation,
      unnamed: named === '',
      scope: boundedName(scope.name, cuts.name),
      scopeVersion: boundedName(scope.version, cuts.name),
      resource: this.jsonOf(resource.attributes),
      scopeAttributes: this.jsonOf(scope.attributes),
      tags: tagsOf(tenant),
      ...this.namesOf(service, tenant),
    };
  }

  private namesOf(service: SeenService, tenant: string): ServiceNames {
    const known = this.names.get(service);
    if (known !== undefined) return known;
    const { facets } = this.parts;
    const made = {
      spanNames: facets.set({ tenant, list: 'span_name', key: service.name }),
      remoteServices: facets.set({ tenant, list: 'remote_service', key: service.name }),
    };
    this.names.set(service, made);
    return made;
  }

  /** "" for a set without attributes, so that such columns cost nothing. */
  private jsonOf(attributes: Attributes): string {
    if (attributes.size === 0) return '';
    const known = this.json.get(attributes);
    if (known !== undefined) return known;
    const made = canonicalJson(attributes, this.parts.limits, this.parts.cuts);
    this.json.set(attributes, made);
    return made;
  }
}
