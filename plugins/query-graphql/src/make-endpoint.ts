/**
 * The endpoint with all that it resolves. Imported on the first query: the GraphQL library and the schema cost tens of
 * milliseconds, and a server is ready to receive without them.
 */
import {
  CallQuery,
  Clock,
  ExpressionQuery,
  MetadataQuery,
  ProcessInfo,
  ServerState,
  StorageHealth,
  TraceQuery,
  type Logger,
  type Resolver,
} from '@meterlark/core';
import { callFields, callsOfTrace, type CallServices } from './calls/fields.js';
import { commonFields } from './common-fields.js';
import { Documents } from './documents.js';
import { GraphqlEndpoint } from './endpoint.js';
import { metadataFields } from './metadata-fields.js';
import { metricFields } from './metric-fields.js';
import { makeSchema } from './schema.js';
import type { GraphqlSettings } from './settings.js';
import { traceFields } from './traces/fields.js';
import { RequestTraces } from './traces/request-traces.js';

/** A field asked with an entity and a duration as variables has about a dozen. */
const partsPerField = 20;

export function makeEndpoint(settings: GraphqlSettings, services: Pick<Resolver, 'get'>, logger: Logger): GraphqlEndpoint {
  const schema = makeSchema();
  const clock = services.get(Clock);
  const metadata = services.get(MetadataQuery);
  const common = { process: services.get(ProcessInfo), clock, state: services.get(ServerState), storage: services.get(StorageHealth) };
  const lasting = {
    ...commonFields({ ...common, healthTimeoutMs: settings.healthTimeoutMs }),
    ...metadataFields({ metadata, maxRows: settings.maxRows }),
    ...metricFields({ metadata, expressions: services.get(ExpressionQuery), clock, logger }),
  };
  const fields = () => ({ ...lasting, ...traceAndCallFields(services, settings.maxRows) });
  const documents = new Documents({ ...settings, schema, maxCached: settings.maxCachedDocuments });
  return new GraphqlEndpoint({ schema, documents, maxParts: settings.maxFields * partsPerField, fields, logger });
}

/** A trace shows its model calls, and a call its trace. For one request. */
function traceAndCallFields({ get }: Pick<Resolver, 'get'>, maxRows: number) {
  const request = new RequestTraces(get(TraceQuery), (traceId) => callsOfTrace(traceId, calls));
  const ofTraces = traceFields({ traces: get(TraceQuery), clock: get(Clock), maxRows, request });
  const calls: CallServices = { calls: get(CallQuery), maxRows, trace: (traceId) => ofTraces.queryTrace({ traceId }) };
  return { ...ofTraces, ...callFields(calls) };
}
