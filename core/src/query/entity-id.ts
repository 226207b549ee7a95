import type { QueryEntity } from '../contract/query.js';
import { entityId, type Entity, type EntityScope, type ServiceName } from '../model/entity.js';

/** Id of the entity under the metric's own scope; undefined when the input lacks a name that the scope needs. */
export function metricEntityId(scope: EntityScope, input: QueryEntity): string | undefined {
  const entity = entityOf(scope, input);
  return entity === undefined ? undefined : entityId(entity);
}

/** The service that is named, if it is and `normal` was given. */
export function serviceOf({ serviceName, normal }: QueryEntity): ServiceName | undefined {
  return isBlank(serviceName) || normal === undefined ? undefined : { name: serviceName, normal };
}

function destinationOf({ destServiceName, destNormal }: QueryEntity): ServiceName | undefined {
  return isBlank(destServiceName) || destNormal === undefined ? undefined : { name: destServiceName, normal: destNormal };
}

function isBlank(name: string | undefined): name is undefined {
  return name === undefined || name === '';
}

function entityOf(scope: EntityScope, input: QueryEntity): Entity | undefined {
  if (scope === 'All') return { scope };
  const service = serviceOf(input);
  if (service === undefined) return undefined;
  switch (scope) {
    case 'Service':
      return { scope, service };
    case 'ServiceInstance':
      return isBlank(input.serviceInstanceName) ? undefined : { scope, service, instance: input.serviceInstanceName };
    case 'Endpoint':
      return isBlank(input.endpointName) ? undefined : { scope, service, endpoint: input.endpointName };
    case 'Process':
      return processOf(service, input);
    case 'ProcessRelation':
      return processRelationOf(service, input);
    default:
      return relationOf(scope, service, input);
  }
}

function processOf(service: ServiceName, { serviceInstanceName, processName }: QueryEntity): Entity | undefined {
  if (isBlank(serviceInstanceName) || isBlank(processName)) return undefined;
  return { scope: 'Process', service, instance: serviceInstanceName, process: processName };
}

/** Both processes run in one instance. */
function processRelationOf(service: ServiceName, input: QueryEntity): Entity | undefined {
  const { serviceInstanceName: instance, processName: sourceProcess, destProcessName: destinationProcess } = input;
  if (isBlank(instance) || isBlank(sourceProcess) || isBlank(destinationProcess)) return undefined;
  return { scope: 'ProcessRelation', service, instance, sourceProcess, destinationProcess };
}

type Relation = 'ServiceRelation' | 'ServiceInstanceRelation' | 'EndpointRelation';

function relationOf(scope: Relation, source: ServiceName, input: QueryEntity): Entity | undefined {
  const destination = destinationOf(input);
  if (destination === undefined) return undefined;
  if (scope === 'ServiceRelation') return { scope, source, destination };
  if (scope === 'EndpointRelation') {
    const { endpointName: sourceEndpoint, destEndpointName: destinationEndpoint } = input;
    if (isBlank(sourceEndpoint) || isBlank(destinationEndpoint)) return undefined;
    return { scope, source, sourceEndpoint, destination, destinationEndpoint };
  }
  const { serviceInstanceName: sourceInstance, destServiceInstanceName: destinationInstance } = input;
  if (isBlank(sourceInstance) || isBlank(destinationInstance)) return undefined;
  return { scope, source, sourceInstance, destination, destinationInstance };
}
