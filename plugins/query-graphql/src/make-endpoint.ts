/**
 * The endpoint with all that it resolves. Imported on the first query: the GraphQL library and the schema cost tens of
 * milliseconds, and a server is ready to receive without them.
 */
import {
  CallQuery,
  Clock,
  CoverageQuery,
  ExpressionQuery,
  LogQuery,
  LogTrial,
  MetadataQuery,
  ProcessInfo,
  ServerState,
  StorageHealth,
  TraceQuery,
  type Logger,
  type Resolver,
} from '@meterlark/core';
import { callFields, callShown, callsOfTrace, type CallServices } from './calls/fields.js';
import { commonFields } from './common-fields.js';
import { Documents } from './documents.js';
import { GraphqlEndpoint } from './endpoint.js';
import { logFields } from './logs/fields.js';
import { metadataFields } from './metadata-fields.js';
import { metricFields } from './metric-fields.js';
import { recordFields } from './record-fields.js';
import { makeSchema } from './schema.js';
import { SearchableTags } from './searchable-tags.js';
import type { GraphqlSettings } from './settings.js';
import { coverageFields } from './signal-coverage/fields.js';
import { traceFields } from './traces/fields.js';
import { RequestTraces } from './traces/request-traces.js';

/** A field asked with an entity and a duration as variables has about a dozen. */
const partsPerField = 20;

export function makeEndpoint(settings: GraphqlSettings, services: Pick<Resolver, 'get' | 'all'>, logger: Logger): GraphqlEndpoint {
  const schema = makeSchema();
  const clock = services.get(Clock);
  const metadata = services.get(MetadataQuery);
  const expressions = services.get(ExpressionQuery);
  const common = { process: services.get(ProcessInfo), clock, state: services.get(ServerState), storage: services.get(StorageHealth) };
  const lasting = {
    ...commonFields({ ...common, healthTimeoutMs: settings.healthTimeoutMs }),
    ...metadataFields({ metadata, maxRows: settings.maxRows }),
    ...metricFields({ metadata, expressions, clock, logger }),
    ...recordFields(expressions),
    ...coverageFields({ coverage: services.get(CoverageQuery), maxRows: settings.maxRows }),
  };
  const fields = () => ({ ...lasting, ...storedFields(services, settings.maxRows) });
  const documents = new Documents({ ...settings, schema, maxCached: settings.maxCachedDocuments });
  return new GraphqlEndpoint({ schema, documents, maxParts: settings.maxFields * partsPerField, fields, logger });
}

/** A trace shows its model calls, a call its trace, and a log both. For one request. */
function storedFields({ get, all }: Pick<Resolver, 'get' | 'all'>, maxRows: number) {
  const traces = get(TraceQuery);
  const clock = get(Clock);
  const request = new RequestTraces(traces, (traceId) => callsOfTrace(traceId, calls));
  const ofTraces = traceFields({ traces, tags: new SearchableTags(traces, 'trace'), clock, maxRows, request });
  const trace = (traceId: string): Promise<unknown> => ofTraces.queryTrace({ traceId });
  const calls: CallServices = { calls: get(CallQuery), maxRows, trace };
  const ofLogs = logFields({
    logs: get(LogQuery), tags: new SearchableTags(traces, 'log'), clock, maxRows, trial: all(LogTrial)[0],
    callShown: (call) => callShown(call, calls), trace,
  });
  return { ...ofTraces, ...callFields(calls), ...ofLogs };
}
