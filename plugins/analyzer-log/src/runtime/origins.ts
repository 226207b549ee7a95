/** Who sent a log, worked out once for every resource and scope that a receiver hands over as the same objects. */
import {
  boundedName, canonicalJson, namedInstance, namedService, unknownService,
  type Attributes, type CutEvents, type FacetSet, type LogBatch, type LogOrigin, type Resource, type Scope, type TextLimits,
} from '@meterlark/core';
import type { Route, RuleBook } from './rule-book.js';
import type { PlaceHolder, Whereabouts } from './places.js';

export interface Origin extends PlaceHolder {
  readonly origin: LogOrigin;
  /** Nobody said which service this is. */
  readonly unnamed: boolean;
  readonly scope: string;
  /** Attributes as JSON. */
  readonly resource: string;
  /** Lists of the tenant, one per tag whose values are offered. */
  readonly tags: readonly FacetSet[];
  readonly route: Route;
  /** Version of the rules by which the route was found. */
  readonly rules: number;
  /** Where its logs are listed unless a rule says otherwise. */
  readonly sender: Whereabouts;
}

export interface OriginParts {
  readonly rules: RuleBook;
  readonly tagsOf: (tenant: string) => readonly FacetSet[];
  readonly limits: TextLimits;
  readonly cuts: CutEvents;
}

type Sender = Pick<LogBatch, 'tenant' | 'protocol'>;

export class OriginTable {
  private readonly known = new WeakMap<Resource, WeakMap<Scope, Origin>>();
  private readonly json = new WeakMap<Attributes, string>();

  constructor(private readonly parts: OriginParts) {}

  find(batch: Sender, resource: Resource, scope: Scope): Origin {
    let scopes = this.known.get(resource);
    if (scopes === undefined) this.known.set(resource, (scopes = new WeakMap<Scope, Origin>()));
    const known = scopes.get(scope);
    if (known !== undefined && this.holds(known, batch)) return known;
    const made = this.make(batch, resource, scope);
    scopes.set(scope, made);
    return made;
  }

  private holds({ origin, rules }: Origin, { tenant, protocol }: Sender): boolean {
    return rules === this.parts.rules.version && origin.tenant === tenant && origin.protocol === protocol;
  }

  private make({ tenant, protocol }: Sender, resource: Resource, scope: Scope): Origin {
    const { rules, tagsOf, cuts } = this.parts;
    const { attributes } = resource;
    const named = namedService(attributes);
    const said = attributes.get('service.layer');
    const layer = typeof said === 'string' ? boundedName(said, cuts.name) : '';
    const service = named === '' ? unknownService : boundedName(named, cuts.name);
    const instance = boundedName(namedInstance(attributes), cuts.name);
    const route = rules.route(layer);
    return {
      origin: { tenant, protocol, service, instance, layer, resource, scope },
      unnamed: named === '',
      scope: boundedName(scope.name, cuts.name),
      resource: this.jsonOf(attributes),
      tags: tagsOf(tenant),
      route,
      rules: rules.version,
      sender: { tenant, service, instance, layer: route.layer },
      place: undefined,
    };
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
