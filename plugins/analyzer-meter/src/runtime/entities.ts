/** The services, instances, endpoints and processes that a placement proves to exist. */
import { endpointId, instanceId, processId, serviceId } from '@meterlark/core';
import type { Entity, EntityRecord, ServiceName } from '@meterlark/core';
import type { Placement } from '../plan.js';

type Scope = EntityRecord['scope'];
type Properties = EntityRecord['properties'];
const none: Properties = {};

export function entityRecords(placement: Placement, tenant: string): readonly EntityRecord[] {
  const builder = new RecordBuilder(tenant, placement);
  builder.collect(placement.entity);
  return builder.records;
}

class RecordBuilder {
  readonly records: EntityRecord[] = [];

  constructor(
    private readonly tenant: string,
    private readonly placement: Placement,
  ) {}

  collect(entity: Entity): void {
    switch (entity.scope) {
      case 'All':
        return;
      case 'Service':
        { this.service(entity.service, this.placement.properties); return; }
      case 'ServiceInstance':
        { this.instance(entity.service, entity.instance, this.placement.properties); return; }
      case 'Endpoint':
        { this.endpoint(entity.service, entity.endpoint); return; }
      case 'Process':
        { this.process(entity.service, entity.instance, entity.process); return; }
      default:
        { this.relation(entity); return; }
    }
  }

  private relation(entity: Exclude<Entity, { scope: 'All' | 'Service' | 'ServiceInstance' | 'Endpoint' | 'Process' }>): void {
    switch (entity.scope) {
      case 'ServiceRelation':
        this.service(entity.source, none);
        { this.service(entity.destination, none); return; }
      case 'ServiceInstanceRelation':
        this.instance(entity.source, entity.sourceInstance, none);
        { this.instance(entity.destination, entity.destinationInstance, none); return; }
      case 'EndpointRelation':
        this.endpoint(entity.source, entity.sourceEndpoint);
        { this.endpoint(entity.destination, entity.destinationEndpoint); return; }
      case 'ProcessRelation':
        this.process(entity.service, entity.instance, entity.sourceProcess);
        { this.process(entity.service, entity.instance, entity.destinationProcess); return; }
    }
  }

  private service(service: ServiceName, properties: Properties): void {
    const id = serviceId(service);
    this.push({ scope: 'Service', id, name: service.name, serviceId: id, properties });
  }

  private instance(service: ServiceName, instance: string, properties: Properties): void {
    this.service(service, none);
    const id = instanceId(service, instance);
    this.push({ scope: 'ServiceInstance', id, name: instance, serviceId: serviceId(service), properties });
  }

  private endpoint(service: ServiceName, endpoint: string): void {
    this.service(service, none);
    const id = endpointId(service, endpoint);
    this.push({ scope: 'Endpoint', id, name: endpoint, serviceId: serviceId(service), properties: none });
  }

  private process(service: ServiceName, instance: string, process: string): void {
    this.instance(service, instance, none);
    const id = processId(service, instance, process);
    const owner = { serviceId: serviceId(service), instanceId: instanceId(service, instance) };
    this.push({ scope: 'Process', id, name: process, ...owner, properties: none });
  }

  private push(part: RecordPart): void {
    const layers = this.placement.layer === '' ? [] : [this.placement.layer];
    this.records.push({ instanceId: '', ...part, tenant: this.tenant, layers, firstSeenMs: 0, lastSeenMs: 0 });
  }
}

interface RecordPart {
  readonly scope: Scope;
  readonly id: string;
  readonly name: string;
  readonly serviceId: string;
  readonly instanceId?: string;
  readonly properties: Properties;
}

