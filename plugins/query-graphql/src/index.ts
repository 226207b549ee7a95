/** `endpoint/graphql`: SkyWalking's GraphQL query protocol on the shared HTTP server. */
import {
  Clock,
  defineProvider,
  EndpointModule,
  ExpressionQuery,
  HttpServer,
  MetadataQuery,
  ProcessInfo,
  QueryModule,
  ServerModule,
  ServerState,
  StorageHealth,
  StorageModule,
  type Logger,
  type Resolver,
} from '@meterlark/core';
import { commonFields } from './common-fields.js';
import { Documents } from './documents.js';
import { GraphqlEndpoint } from './endpoint.js';
import { metadataFields } from './metadata-fields.js';
import { metricFields } from './metric-fields.js';
import { makeSchema } from './schema.js';

export interface GraphqlSettings {
  readonly maxDepth: number;
  readonly maxFields: number;
  readonly maxDocumentLength: number;
  readonly maxCachedDocuments: number;
  readonly maxRows: number;
  readonly healthTimeoutMs: number;
}

/** A limit of 0 would refuse everything. */
function demandPositive(value: unknown): void {
  if (!Number.isInteger(value) || Number(value) < 1) throw new Error('must be a whole number, 1 or more');
}

export function makeEndpoint(settings: GraphqlSettings, services: Pick<Resolver, 'get'>, logger: Logger): GraphqlEndpoint {
  const schema = makeSchema();
  const clock = services.get(Clock);
  const metadata = services.get(MetadataQuery);
  const common = { process: services.get(ProcessInfo), clock, state: services.get(ServerState), storage: services.get(StorageHealth) };
  const fields = {
    ...commonFields({ ...common, healthTimeoutMs: settings.healthTimeoutMs }),
    ...metadataFields({ metadata, maxRows: settings.maxRows }),
    ...metricFields({ metadata, expressions: services.get(ExpressionQuery), clock, logger }),
  };
  const documents = new Documents({ ...settings, schema, maxCached: settings.maxCachedDocuments });
  return new GraphqlEndpoint({ schema, documents, fields, logger });
}

export default defineProvider<GraphqlSettings>({
  module: EndpointModule,
  name: 'graphql',
  requires: [QueryModule, ServerModule, StorageModule],
  config: {
    maxDepth: { doc: 'Levels of nested fields a query may have.', format: demandPositive, default: 32 },
    maxFields: { doc: 'Fields a query may select, those of a fragment once per use.', format: demandPositive, default: 10_000 },
    maxDocumentLength: { doc: 'Characters a query may have, without its variables.', format: demandPositive, default: 1_048_576 },
    maxCachedDocuments: { doc: 'Parsed queries kept for reuse.', format: demandPositive, default: 200 },
    maxRows: { doc: 'Services, instances or endpoints one field answers at most.', format: demandPositive, default: 10_000 },
    healthTimeoutMs: { doc: 'Time in which the storage must answer to count as healthy, in ms.', format: 'nat', default: 3_000 },
  },
  start: ({ get, config, logger }) => {
    const endpoint = makeEndpoint(config, { get }, logger);
    get(HttpServer).route({
      method: 'POST',
      path: '/graphql',
      access: 'query',
      handler: (request) => endpoint.handle(request),
    });
  },
});
