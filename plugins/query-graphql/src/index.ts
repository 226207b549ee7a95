/** `endpoint/graphql`: SkyWalking's GraphQL query protocol on the shared HTTP server. */
import { defineProvider, EndpointModule, HttpServer, QueryModule, ServerModule, StorageModule } from '@meterlark/core';
import type { GraphqlEndpoint } from './endpoint.js';
import type { GraphqlSettings } from './settings.js';

/** A limit of 0 would refuse everything. */
function demandPositive(value: unknown): void {
  if (!Number.isInteger(value) || Number(value) < 1) throw new Error('must be a whole number, 1 or more');
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
    let endpoint: Promise<GraphqlEndpoint> | undefined;
    const onFirstQuery = async (): Promise<GraphqlEndpoint> => (await import('./make-endpoint.js')).makeEndpoint(config, { get }, logger);
    get(HttpServer).route({
      method: 'POST',
      path: '/graphql',
      access: 'query',
      handler: async (request) => (await (endpoint ??= onFirstQuery())).handle(request),
    });
  },
});
