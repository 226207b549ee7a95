import { defineModule } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';
import type { EntityScope } from '../model/entity.js';
import type { MetricDefinition } from '../model/metric.js';
import { CallQuery } from './call-query.js';
import { CoverageQuery } from './coverage-query.js';
import { LogQuery } from './log-query.js';
import { TraceQuery } from './trace-query.js';
import type { QueryDuration } from './query-duration.js';
import type { EntityQuery, EntityRecord } from './storage.js';

export type { QueryDuration };

/** SkyWalking's Entity input; "" and null have been dropped. Names needed depend on the metric's scope. */
export interface QueryEntity {
  readonly serviceName?: string;
  readonly normal?: boolean;
  readonly serviceInstanceName?: string;
  readonly endpointName?: string;
  readonly processName?: string;
  readonly destServiceName?: string;
  readonly destNormal?: boolean;
  readonly destServiceInstanceName?: string;
  readonly destEndpointName?: string;
  readonly destProcessName?: string;
}

export type ExpressionResultType = 'UNKNOWN' | 'SINGLE_VALUE' | 'TIME_SERIES_VALUES' | 'SORTED_LIST' | 'RECORD_LIST';

export interface ExpressionOwner {
  readonly scope: EntityScope;
  readonly serviceID?: string;
  readonly serviceName?: string;
  readonly normal?: boolean;
  readonly serviceInstanceID?: string;
  readonly serviceInstanceName?: string;
  readonly endpointID?: string;
  readonly endpointName?: string;
}

export interface ExpressionValue {
  readonly id: string | undefined;
  /** A double; formatted by `formatValue` only at the edge. undefined is a gap. */
  readonly value: number | undefined;
  readonly owner: ExpressionOwner | undefined;
  readonly traceId: string | undefined;
}

export interface ExpressionSeries {
  readonly labels: readonly { readonly key: string; readonly value: string }[];
  readonly values: readonly ExpressionValue[];
}

export interface ExpressionResult {
  readonly type: ExpressionResultType;
  readonly results: readonly ExpressionSeries[];
  readonly error: string | undefined;
}

export interface ExpressionRequest {
  readonly tenant: string;
  readonly expression: string;
  readonly entity: QueryEntity;
  readonly duration: QueryDuration;
}

/** MQE. Faults of the expression are in-band (`error`); storage faults reject. */
export interface ExpressionQuery {
  /** Requests made in one turn of the event loop that share scope and range are read in one storage query. */
  evaluate(request: ExpressionRequest): Promise<ExpressionResult>;
}
export const ExpressionQuery = serviceToken<ExpressionQuery>('query.ExpressionQuery');

/** Entities and metric definitions, cached for a few seconds. */
export interface MetadataQuery {
  entities(query: EntityQuery): Promise<readonly EntityRecord[]>;
  metric(name: string): Promise<MetricDefinition | undefined>;
  metrics(): Promise<readonly MetricDefinition[]>;
}
export const MetadataQuery = serviceToken<MetadataQuery>('query.MetadataQuery');

export const QueryModule = defineModule({ name: 'query', arity: 'one', services: [ExpressionQuery, MetadataQuery, CallQuery, TraceQuery, LogQuery, CoverageQuery] });
export const EndpointModule = defineModule({ name: 'endpoint', arity: 'many', services: [] });

