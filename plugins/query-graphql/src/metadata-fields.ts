/** Layers, services, instances and endpoints. */
import {
  builtInLayers,
  isNormalLayer,
  parseChildId,
  parseServiceId,
  serviceId,
  type EntityQuery,
  type EntityRecord,
  type MetadataQuery,
} from '@meterlark/core';
import { seenRange, type DurationInput, type SeenRange } from './duration.js';

const tenant = '';
const languages: ReadonlySet<string> = new Set(['JAVA', 'DOTNET', 'NODEJS', 'PYTHON', 'RUBY', 'GO', 'LUA', 'PHP']);

export interface MetadataServices {
  readonly metadata: MetadataQuery;
  /** Rows of one list at most. */
  readonly maxRows: number;
}

interface ServiceCondition {
  readonly serviceName: string;
  readonly layer?: string | null;
}

interface EndpointSearch {
  readonly keyword?: string | null;
  readonly limit: number;
  readonly duration?: DurationInput | null;
}

type Filter = Omit<EntityQuery, 'tenant' | 'limit'>;

/** "" and null mean absent everywhere. */
function given(text: string | null | undefined): string | undefined {
  return text === '' || text === null ? undefined : text;
}

function serviceOf(record: EntityRecord) {
  const cut = record.name.indexOf('::');
  const grouped = cut > 0;
  return {
    id: record.id,
    name: record.name,
    group: grouped ? record.name.slice(0, cut) : '',
    shortName: grouped ? record.name.slice(cut + 2) : record.name,
    layers: record.layers,
    normal: parseServiceId(record.id)?.normal ?? true,
  };
}

function instanceOf(record: EntityRecord) {
  const { language, ...attributes } = record.properties;
  const known = language?.toUpperCase();
  return {
    id: record.id,
    name: record.name,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    language: known !== undefined && languages.has(known) ? known : 'UNKNOWN',
    instanceUUID: record.id,
  };
}

function endpointInfo(id: string) {
  const parsed = parseChildId(id);
  if (parsed === undefined) return undefined;
  return { id, name: parsed.name, serviceId: serviceId(parsed.service), serviceName: parsed.service.name };
}

/** The layer says whether the service is a conjectured one; without a layer it is not. */
function idOf(condition: ServiceCondition): string {
  const layer = given(condition.layer);
  return serviceId({ name: condition.serviceName, normal: layer === undefined || isNormalLayer(layer) });
}

class Lists {
  constructor(private readonly services: MetadataServices) {}

  rows(filter: Filter, limit = this.services.maxRows): Promise<readonly EntityRecord[]> {
    return this.services.metadata.entities({ tenant, limit: Math.min(limit, this.services.maxRows), ...filter });
  }

  async one(scope: EntityRecord['scope'], id: string): Promise<EntityRecord | undefined> {
    return (await this.rows({ scope, ids: [id] }, 1))[0];
  }

  async serviceRows(filter: Omit<Filter, 'scope'> = {}) {
    return (await this.rows({ scope: 'Service', ...filter })).map(serviceOf);
  }

  async service(id: string) {
    const record = await this.one('Service', id);
    return record === undefined ? undefined : serviceOf(record);
  }

  async instances(serviceId: string, range: SeenRange | undefined) {
    if (range === undefined) return [];
    return (await this.rows({ scope: 'ServiceInstance', serviceId, ...range })).map(instanceOf);
  }

  async endpoints(serviceId: string, { keyword, limit, duration }: EndpointSearch) {
    const range = duration === undefined || duration === null ? {} : seenRange(duration);
    if (range === undefined || limit <= 0) return [];
    const rows = await this.rows({ scope: 'Endpoint', serviceId, keyword: given(keyword) ?? '', ...range }, limit);
    return rows.map(({ id, name }) => ({ id, name }));
  }

  /** Every built-in layer in the order of ids, then those that only data or the definitions of metrics name, by name. */
  async layers(): Promise<readonly string[]> {
    const builtIn = builtInLayers.filter(({ id }) => id > 0).map(({ name }) => name);
    const known = new Set(builtIn);
    const [services, metrics] = await Promise.all([this.rows({ scope: 'Service' }), this.services.metadata.metrics()]);
    const found = new Set([...services.flatMap(({ layers }) => layers), ...metrics.map(({ layer }) => layer)]);
    const further = [...found].filter((name) => name !== '' && name !== 'UNDEFINED' && !known.has(name)).sort();
    return [...builtIn, ...further];
  }
}

export function metadataFields(services: MetadataServices) {
  const lists = new Lists(services);
  const byLayer = (layer: string | undefined) => lists.serviceRows(layer === undefined ? {} : { layer });
  const byName = (name: string) => lists.service(serviceId({ name, normal: true }));
  return {
    listLayers: () => lists.layers(),
    listServices: ({ layer }: { layer?: string | null }) => byLayer(given(layer)),
    getService: (args: { serviceId: string }) => lists.service(args.serviceId),
    findService: ({ serviceName }: { serviceName: string }) => byName(serviceName),
    listInstances: (args: { duration: DurationInput; serviceId: string }) => lists.instances(args.serviceId, seenRange(args.duration)),
    listInstancesByName: (args: { duration: DurationInput; service: ServiceCondition }) =>
      lists.instances(idOf(args.service), seenRange(args.duration)),
    getInstance: async ({ instanceId }: { instanceId: string }) => {
      const record = await lists.one('ServiceInstance', instanceId);
      return record === undefined ? undefined : instanceOf(record);
    },
    findEndpoint: (args: EndpointSearch & { serviceId: string }) => lists.endpoints(args.serviceId, args),
    findEndpointByName: (args: EndpointSearch & { service: ServiceCondition }) => lists.endpoints(idOf(args.service), args),
    getEndpointInfo: ({ endpointId }: { endpointId: string }) => endpointInfo(endpointId),
    ...olderFields(lists, byName),
  };
}

/** Of the protocol's first version; swctl still asks some of them. */
function olderFields(lists: Lists, byName: (name: string) => unknown) {
  return {
    getAllServices: async ({ group }: { group?: string | null }) => {
      const wanted = given(group);
      const all = await lists.serviceRows();
      return wanted === undefined ? all : all.filter((service) => service.group === wanted);
    },
    searchServices: ({ keyword }: { keyword: string }) => lists.serviceRows({ keyword }),
    searchService: ({ serviceCode }: { serviceCode: string }) => byName(serviceCode),
    getServiceInstances: (args: { duration: DurationInput; serviceId: string }) => lists.instances(args.serviceId, seenRange(args.duration)),
    searchEndpoint: (args: EndpointSearch & { serviceId: string }) => lists.endpoints(args.serviceId, args),
    getAllDatabases: async () =>
      (await lists.serviceRows({ layer: 'VIRTUAL_DATABASE' })).map(({ id, name }) => ({ id, name, type: '' })),
  };
}
