/** What clients may know of a metric, and searching names by the expressions of strangers. */
import { Script, createContext } from 'node:vm';
import type { EntityScope, MetricDefinition } from '@meterlark/core';
import { graphqlErrors } from './errors.js';

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

const maxPatternLength = 1_000;
const matchTimeoutMs = 100;
const matching = new Script('names.filter((name) => pattern.test(name))');

/** The names the whole expression matches. One that backtracks without end is cut off: only a script of `vm` can be. */
export function namesMatching(names: readonly string[], expression: string): readonly string[] {
  const refuse = (reason: string, cause?: unknown): Error =>
    graphqlErrors.METERLARK_GRAPHQL_BAD_REGEX({ reason, limit: maxPatternLength }, cause);
  if (expression.length > maxPatternLength) throw refuse(`is longer than ${maxPatternLength} characters`);
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:${expression})$`);
  } catch (error) {
    throw refuse('is not valid', error);
  }
  try {
    return matching.runInContext(createContext({ names, pattern }), { timeout: matchTimeoutMs }) as string[];
  } catch (error) {
    throw refuse('takes too long', error);
  }
}
