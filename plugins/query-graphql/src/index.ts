/** `endpoint/graphql`: SkyWalking's GraphQL query protocol on the shared HTTP server. */
import { AnalyzerModule, defineProvider, EndpointModule, HttpServer, LogTrial, only, positive, QueryModule, ServerModule, StorageModule } from '@meterlark/core';
import type { GraphqlEndpoint } from './endpoint.js';
import type { GraphqlSettings } from './settings.js';

export default defineProvider<GraphqlSettings>({
  module: EndpointModule,
  name: 'graphql',
  requires: [QueryModule, ServerModule, StorageModule, only(AnalyzerModule, LogTrial)],
  config: {
    maxBodyBytes: { doc: 'Largest request, as sent and inflated, in bytes: query and variables.', format: positive, default: 2 * 1024 * 1024 },
    maxDepth: { doc: 'Levels of nested fields a query may have.', format: positive, default: 32 },
    maxFields: { doc: 'Fields a query may select, those of a fragment once per use; a list counts 10, listMetrics and whole traces 50.', format: positive, default: 10_000 },
    maxDocumentLength: { doc: 'Characters a query may have, without its variables.', format: positive, default: 1_048_576 },
    maxCachedDocuments: { doc: 'Parsed queries kept for reuse.', format: positive, default: 200 },
    maxRows: { doc: 'Services, instances or endpoints one field answers at most.', format: positive, default: 10_000 },
    healthTimeoutMs: { doc: 'Time in which the storage must answer to count as healthy, in ms.', format: 'nat', default: 3_000 },
  },
  start: ({ get, all, config, logger }) => {
    let endpoint: Promise<GraphqlEndpoint> | undefined;
    const onFirstQuery = async (): Promise<GraphqlEndpoint> => (await import('./make-endpoint.js')).makeEndpoint(config, { get, all }, logger);
    get(HttpServer).route({
      method: 'POST',
      path: '/graphql',
      access: 'query',
      // Nothing else: a browser may post plain text and forms across sites without asking.
      accepts: [{ mediaType: 'application/json', maxBodyBytes: config.maxBodyBytes, setting: { provider: 'endpoint/graphql', key: 'maxBodyBytes' } }],
      handler: async (request) => (await (endpoint ??= onFirstQuery())).handle(request),
    });
  },
});
