/**
 * Issue: the calls of real instrumentations, run against a local server that speaks OpenAI's API, field by field.
 * What an instrumentation does not tell (a stream's usage, a failed call) is in the table as it is.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../demo/client.js';
import { eventually, startServer, type RunningServer } from '../server/support.js';
import { startFakeOpenAi, type FakeOpenAi } from './instrumented/fake-openai.js';
import { instrumentations, runApplication, type Exporter, type Instrumentation } from './instrumented/run.js';

let server: RunningServer;
let openAi: FakeOpenAi;

beforeAll(async () => {
  server = await startServer({ storage: 'memory', settings: { 'receiver/zipkin': { host: '127.0.0.1', port: 0 }, 'endpoint/zipkin': { host: '127.0.0.1', port: 0 } } });
  openAi = await startFakeOpenAi();
});
afterAll(async () => {
  await openAi.close();
  await server.stop();
});

interface Call {
  readonly [field: string]: unknown;
}

const fields = `source dialect provider model requestModel responseModel operation streaming finishReason status errorType endState
  tokens { input cacheRead output reasoning } cost { source totalUsd }`;

async function callsOf(service: string): Promise<readonly Call[]> {
  const day = new Date(Date.now()).toISOString().slice(0, 10);
  const query = `query ($c: ModelCallCondition!) { queryModelCalls(condition: $c, paging: { pageSize: 100 }) { calls { ${fields} } } }`;
  const condition = { service, queryDuration: { start: day, end: day, step: 'DAY' } };
  const answer = await graphql<{ queryModelCalls: { calls: readonly Call[] } }>(server.httpUrl, query, { c: condition });
  return answer.queryModelCalls.calls;
}

function endpointOf(exporter: Exporter): string {
  if (exporter === 'grpc') return server.grpcUrl;
  return exporter === 'zipkin' ? `http://127.0.0.1:${server.host.ports.extra['receiver/zipkin']}` : server.httpUrl;
}

async function callsThrough(instrumentation: Instrumentation, exporter: Exporter, calls: number): Promise<readonly Call[]> {
  const service = `${instrumentation}-${exporter}`;
  await runApplication({ instrumentation, exporter, endpoint: endpointOf(exporter), openAiUrl: openAi.url, service });
  return eventually(() => callsOf(service), (found) => found.length >= calls);
}

/** Some say 0 of what is not used, others nothing. */
const plainTokens = { input: 100, output: 20 };
const none = { input: null, output: null };
/** gpt-4o-mini: 100 × 0.15 + 20 × 0.60 USD per million. */
const plainCost = { source: 'computed', totalUsd: '0.000027' };

/** The call that every instrumentation tells whole: it must be the same call from all of them. */
const plain = {
  provider: 'openai', model: 'gpt-4o-mini-2024-07-18', operation: 'chat', finishReason: 'stop', status: 'ok', errorType: '',
  tokens: plainTokens, cost: plainCost,
};

const detailed = { input: 100, cacheRead: 40, output: 20, reasoning: 5 };
/** gpt-4.1: 60 × 2 + 40 × 0.5 + 20 × 8 USD per million when the cached tokens are told, 100 × 2 + 20 × 8 otherwise. */
const [cachedCost, uncachedCost] = ['0.0003', '0.00036'];
/** gpt-4.1-mini: 100 × 0.4 + 20 × 1.6. */
const streamCost = '0.000072';
/** text-embedding-3-small: 8 × 0.02. */
const embeddingCost = '0.00000016';

const told = (totalUsd: string) => ({ source: 'computed', totalUsd });
const notTold = { source: 'unknown', totalUsd: null };
const nothingOwed = { source: 'none', totalUsd: null };

const tool = { model: 'gpt-4.1-2025-04-14', status: 'ok', tokens: plainTokens, cost: told(uncachedCost) };
const stream = { model: 'gpt-4.1-mini-2025-04-14', status: 'ok', tokens: plainTokens, cost: told(streamCost) };
const embedding = { model: 'text-embedding-3-small', operation: 'embeddings', status: 'ok', tokens: { ...none, input: 8 }, cost: told(embeddingCost) };
const limited = { model: 'gpt-4o', status: 'error', tokens: none, cost: nothingOwed };

const expected: Readonly<Record<Instrumentation, readonly Call[]>> = {
  semconv: [{ ...tool, finishReason: 'tool_calls' }, stream, embedding, { ...limited, errorType: 'RateLimitError' }],
  // Spans of failed calls are never ended by it, a stream's usage and the model of its answer are not told, nor what an embedding used.
  openinference: [
    { ...tool, tokens: detailed, cost: told(cachedCost) },
    { ...stream, model: 'gpt-4.1-mini', tokens: none, cost: notTold, endState: 'usage-missing' },
    { ...embedding, tokens: none, cost: notTold, endState: 'usage-missing' },
  ],
  // Knows no embeddings, ends no failed span, and tells no usage of a stream.
  traceloop: [tool, { ...stream, tokens: none, cost: notTold, endState: 'usage-missing' }],
  vercel: [
    { ...tool, tokens: detailed, cost: told(cachedCost), finishReason: 'tool-calls' },
    { ...stream, streaming: true },
    embedding,
    { ...limited, errorType: 'AI_APICallError' },
  ],
};

/** Zipkin carries the names of events only: what kind of error an exception was is lost on the way. */
function over(exporter: Exporter, call: Call): Call {
  return exporter === 'zipkin' && call['errorType'] === 'AI_APICallError' ? { ...call, errorType: '_OTHER' } : call;
}

describe.each(instrumentations)('%s', (instrumentation) => {
  test.each<Exporter>(instrumentation === 'semconv' ? ['grpc', 'proto', 'json', 'zipkin'] : ['grpc', 'zipkin'])(
    'over %s gives each call once, as it was',
    async (exporter) => {
      const calls = await callsThrough(instrumentation, exporter, expected[instrumentation].length + 1);
      const byModel = (name: string): Call | undefined => calls.find(({ model, requestModel }) => model === name || requestModel === name);
      expect(calls).toHaveLength(expected[instrumentation].length + 1);
      expect(byModel('gpt-4o-mini-2024-07-18')).toMatchObject(plain);
      for (const call of expected[instrumentation]) expect(byModel(String(call['model']))).toMatchObject(over(exporter, call));
      expect(new Set(calls.map(({ source, provider }) => `${String(source)} ${String(provider)}`))).toEqual(
        new Set([`${exporter === 'zipkin' ? 'zipkin' : 'otlp'} openai`]),
      );
    },
  );
});
