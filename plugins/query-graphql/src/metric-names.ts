/** What clients may know of a metric. */
import type { EntityScope, MetricDefinition } from '@meterlark/core';

export type MetricsType = 'UNKNOWN' | 'REGULAR_VALUE' | 'LABELED_VALUE' | 'HEATMAP';

export function metricsType(definition: MetricDefinition | undefined): MetricsType {
  if (definition === undefined) return 'UNKNOWN';
  if (definition.kind === 'histogram') return definition.percentiles.length > 0 ? 'LABELED_VALUE' : 'HEATMAP';
  return definition.labels.length > 0 ? 'LABELED_VALUE' : 'REGULAR_VALUE';
}

const catalogs: Readonly<Record<EntityScope, string>> = {
  All: 'ALL',
  Service: 'SERVICE',
  ServiceInstance: 'SERVICE_INSTANCE',
  Endpoint: 'ENDPOINT',
  Process: 'PROCESS',
  ServiceRelation: 'SERVICE_RELATION',
  ServiceInstanceRelation: 'SERVICE_INSTANCE_RELATION',
  EndpointRelation: 'ENDPOINT_RELATION',
  ProcessRelation: 'PROCESS_RELATION',
};

export function catalogOf(scope: EntityScope): string {
  return catalogs[scope];
}
