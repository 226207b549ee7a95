/** What clients may know of a metric. */
import { topRecordLists, type EntityScope, type MetricDefinition } from '@meterlark/core';

export type MetricsType = 'UNKNOWN' | 'REGULAR_VALUE' | 'LABELED_VALUE' | 'HEATMAP' | 'SAMPLED_RECORD';

/** What is no metric may be a list of records. */
export function typeOf(name: string, definition: MetricDefinition | undefined): MetricsType {
  if (definition !== undefined) return metricsType(definition);
  return topRecordLists.has(name) ? 'SAMPLED_RECORD' : 'UNKNOWN';
}

export function metricsType(definition: MetricDefinition): MetricsType {
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
