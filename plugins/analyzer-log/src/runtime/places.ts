/** Hot path: where a log is listed: its service in its layer, and the instance. */
import { isNormalLayer, type SeenEntities, type SeenEntity, type SeenService } from '@meterlark/core';

export interface Whereabouts {
  readonly tenant: string;
  readonly service: string;
  /** "" for none. */
  readonly instance: string;
  readonly layer: string;
}

interface Place {
  readonly of: Whereabouts;
  readonly generation: number;
  readonly service: SeenService;
  readonly instance: SeenEntity | undefined;
}

/** Remembers the place that its last log had: mostly it is that of the next, too. */
export interface PlaceHolder {
  place: Place | undefined;
}

export class Places {
  constructor(private readonly seen: SeenEntities) {}

  /** undefined for conjectured services, which no log proves. */
  see(where: Whereabouts, holder: PlaceHolder, minute: number): SeenService | undefined {
    if (!isNormalLayer(where.layer)) return undefined;
    let { place } = holder;
    if (place === undefined || !this.holds(place, where)) holder.place = place = this.find(where);
    place.service.seen(minute);
    place.instance?.seen(minute);
    return place.service;
  }

  private holds({ of, generation }: Place, { tenant, service, instance, layer }: Whereabouts): boolean {
    const same = of.layer === layer && of.service === service && of.instance === instance && of.tenant === tenant;
    return same && generation === this.seen.generation;
  }

  private find({ tenant, service: name, instance, layer }: Whereabouts): Place {
    const service = this.seen.service(tenant, name, layer);
    const seenInstance = instance === '' ? undefined : service.instance(instance);
    // Finding may have made room: after it, so that the next log does not find this one forgotten.
    return { of: { tenant, service: name, instance, layer }, generation: this.seen.generation, service, instance: seenInstance };
  }
}
