import { createHash } from 'node:crypto';

/** Who a metric is about, and SkyWalking's ids for it. */

export type EntityScope =
  | 'All'
  | 'Service'
  | 'ServiceInstance'
  | 'Endpoint'
  | 'Process'
  | 'ServiceRelation'
  | 'ServiceInstanceRelation'
  | 'EndpointRelation'
  | 'ProcessRelation';

export interface ServiceName {
  readonly name: string;
  /** false for conjectured services (virtual databases, VIRTUAL_GENAI, …). */
  readonly normal: boolean;
}

export type Entity =
  | { readonly scope: 'All' }
  | { readonly scope: 'Service'; readonly service: ServiceName }
  | { readonly scope: 'ServiceInstance'; readonly service: ServiceName; readonly instance: string }
  | { readonly scope: 'Endpoint'; readonly service: ServiceName; readonly endpoint: string }
  | { readonly scope: 'Process'; readonly service: ServiceName; readonly instance: string; readonly process: string }
  | { readonly scope: 'ServiceRelation'; readonly source: ServiceName; readonly destination: ServiceName }
  | {
      readonly scope: 'ServiceInstanceRelation';
      readonly source: ServiceName;
      readonly sourceInstance: string;
      readonly destination: ServiceName;
      readonly destinationInstance: string;
    }
  | {
      readonly scope: 'EndpointRelation';
      readonly source: ServiceName;
      readonly sourceEndpoint: string;
      readonly destination: ServiceName;
      readonly destinationEndpoint: string;
    }
  | {
      readonly scope: 'ProcessRelation';
      readonly service: ServiceName;
      readonly instance: string;
      readonly sourceProcess: string;
      readonly destinationProcess: string;
    };

function encode(name: string): string {
  return Buffer.from(name, 'utf8').toString('base64');
}

export function serviceId(service: ServiceName): string {
  return `${encode(service.name.trim() === '' ? '_blank' : service.name)}.${service.normal ? 1 : 0}`;
}

export function instanceId(service: ServiceName, instance: string): string {
  return `${serviceId(service)}_${encode(instance)}`;
}

export function endpointId(service: ServiceName, endpoint: string): string {
  return `${serviceId(service)}_${encode(endpoint)}`;
}

export function processId(service: ServiceName, instance: string, process: string): string {
  return createHash('sha256').update(`${process}_${instanceId(service, instance)}`).digest('hex');
}

/** The id under which storage and SkyWalking's clients know the entity. */
export function entityId(entity: Entity): string {
  switch (entity.scope) {
    case 'All':
      return '';
    case 'Service':
      return serviceId(entity.service);
    case 'ServiceInstance':
      return instanceId(entity.service, entity.instance);
    case 'Endpoint':
      return endpointId(entity.service, entity.endpoint);
    case 'Process':
      return processId(entity.service, entity.instance, entity.process);
    case 'ServiceRelation':
      return `${serviceId(entity.source)}-${serviceId(entity.destination)}`;
    case 'ServiceInstanceRelation':
      return `${instanceId(entity.source, entity.sourceInstance)}-${instanceId(entity.destination, entity.destinationInstance)}`;
    case 'EndpointRelation':
      return [
        serviceId(entity.source),
        encode(entity.sourceEndpoint),
        serviceId(entity.destination),
        encode(entity.destinationEndpoint),
      ].join('-');
    case 'ProcessRelation':
      return [
        processId(entity.service, entity.instance, entity.sourceProcess),
        processId(entity.service, entity.instance, entity.destinationProcess),
      ].join('-');
  }
}

/** Reverse of serviceId; undefined when the text is not one. */
export function parseServiceId(id: string): ServiceName | undefined {
  const match = /^([A-Za-z0-9+/]+={0,2})\.([01])$/.exec(id);
  if (match === null) return undefined;
  return { name: Buffer.from(match[1] ?? '', 'base64').toString('utf8'), normal: match[2] === '1' };
}

/** Reverse of instanceId and endpointId, which have one shape. */
export function parseChildId(id: string): { readonly service: ServiceName; readonly name: string } | undefined {
  const cut = id.indexOf('_');
  const service = cut < 0 ? undefined : parseServiceId(id.slice(0, cut));
  if (service === undefined) return undefined;
  return { service, name: Buffer.from(id.slice(cut + 1), 'base64').toString('utf8') };
}
