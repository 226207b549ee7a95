/** Fakes of what the stream remembers for all analyzers: entities and values as plain lists, for tests to look at. */
import type { EntityRecord } from '../contract/storage.js';
import type { FacetKey, FacetLists, FacetSet, MetricStream, SeenEntities, SeenEntity, SeenService } from '../contract/stream.js';
import { endpointId, instanceId, serviceId } from '../model/entity.js';
import { minuteMs } from '../model/time.js';

type Scope = 'Service' | 'ServiceInstance' | 'Endpoint';

/** As many entities as a test likes, without limits but those it asks for. */
export class FakeSeenEntities implements SeenEntities {
  generation = 0;
  /** Told once for each entity and minute, in order. */
  readonly observed: EntityRecord[] = [];
  /** Says what exceeds a limit, and so is `_overflow`. */
  exceeds: (scope: Scope, name: string) => boolean = () => false;
  private readonly known = new Map<string, SeenService>();

  /** `stream`: told too, where a test looks at what a stream was told. */
  constructor(private readonly stream?: Pick<MetricStream, 'observe'>) {}

  service(tenant: string, wanted: string, layer: string): SeenService {
    const name = this.exceeds('Service', wanted) ? '_overflow' : wanted;
    return this.once(this.known, JSON.stringify([tenant, layer, name]), () => this.made(tenant, name, layer));
  }

  /** As when idle ones make room: all are made anew. */
  forget(): void {
    this.known.clear();
    this.generation += 1;
  }

  private made(tenant: string, name: string, layer: string): SeenService {
    const service = { name, normal: true };
    const children = new Map<string, SeenEntity>();
    const common = { tenant, serviceId: serviceId(service), instanceId: '', layers: [layer], properties: {} };
    const child = (scope: 'ServiceInstance' | 'Endpoint', wanted: string): SeenEntity => {
      const fit = this.exceeds(scope, wanted) ? '_overflow' : wanted;
      const id = scope === 'Endpoint' ? endpointId(service, fit) : instanceId(service, fit);
      return this.once(children, `${scope} ${fit}`, () => this.entity({ ...common, scope, id, name: fit }));
    };
    return {
      ...this.entity({ ...common, scope: 'Service', id: common.serviceId, name }),
      layer,
      instance: (wanted) => child('ServiceInstance', wanted),
      endpoint: (wanted) => child('Endpoint', wanted),
    };
  }

  private entity(record: Omit<EntityRecord, 'firstSeenMs' | 'lastSeenMs'>): SeenEntity {
    const minutes = new Set<number>();
    const seen = (minute: number): void => {
      if (minutes.has(minute)) return;
      minutes.add(minute);
      const told = { ...record, firstSeenMs: minute * minuteMs, lastSeenMs: minute * minuteMs };
      this.observed.push(told);
      this.stream?.observe(told);
    };
    return { name: record.name, entity: { tenant: record.tenant, id: record.id }, seen };
  }

  private once<T>(among: Map<string, T>, key: string, make: () => T): T {
    const made = among.get(key) ?? make();
    among.set(key, made);
    return made;
  }
}

export interface SeenFacet extends FacetKey {
  readonly value: string;
  /** Epoch hours. */
  readonly hour: number;
}

/** Keeps every value that was shown to it, once an hour; nothing is too long or too much. */
export class FakeFacetLists implements FacetLists {
  readonly rows: SeenFacet[] = [];
  readonly standing: FacetKey[] = [];
  private readonly told = new Set<string>();

  set({ tenant, list, key }: FacetKey): FacetSet {
    return {
      see: (value, hour) => {
        const text = JSON.stringify([tenant, list, key, value, hour]);
        if (this.told.has(text)) return;
        this.told.add(text);
        this.rows.push({ tenant, list, key, value: String(value), hour });
      },
    };
  }

  stand(keys: readonly FacetKey[]): void {
    this.standing.push(...keys);
  }

  /** Values of a list, in order of arrival. */
  values(list: string, key: string): readonly string[] {
    return this.rows.filter((row) => row.list === list && row.key === key).map(({ value }) => value);
  }
}
