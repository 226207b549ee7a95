/** What a sender repeats, because it did not hear that it had arrived, is counted once: also across a restart. */
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { graphql } from '../demo/client.js';
import { callsOf, metric, settle } from './questions.js';
import { accessLog, sendLogs, sendOtlp, sendZipkin, type SentSpan } from './senders.js';
import { startServer, storages, temporaryFolder, type RunningServer } from './support.js';

const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
const shop = { serviceName: 'shop', normal: true };
const openai = { serviceName: 'openai', normal: false };
const entry: SentSpan = { traceId: 'e'.repeat(32), spanId: 'e'.repeat(16), kind: 'server', startMs: nowMs, attributes: {} };
const call: SentSpan = {
  traceId: entry.traceId, spanId: 'c'.repeat(16), parentSpanId: entry.spanId, startMs: nowMs,
  attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 1 },
};

const open: RunningServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function serverOn(storage: string, dataFolder?: string): Promise<RunningServer> {
  const server = await startServer({ storage, ...(dataFolder === undefined ? {} : { dataFolder }) });
  open.push(server);
  return server;
}

/** Requests of the service and calls of the provider in the minute, and calls in the ledger. */
async function counted(server: RunningServer): Promise<readonly unknown[]> {
  await settle(server);
  const perMinute = async (name: string, entity: object) => (await metric(server, nowMs, name, entity))[''];
  const ledger = await callsOf(server, nowMs, { service: 'shop' });
  return [await perMinute('service_cpm', shop), await perMinute('gen_ai_provider_cpm', openai), ledger.length];
}

describe.each(storages)('on %s', (storage) => {
  test.each([['OTLP', sendOtlp], ['Zipkin', sendZipkin]] as const)('a batch that is sent twice over %s is one request and one call', async (_, send) => {
    const server = await serverOn(storage);
    for (let time = 0; time < 2; time += 1) await send(server, { service: 'shop' }, [entry, call]);
    expect(await counted(server)).toEqual([1, 1, 1]);
  });
});

/** Requests by the logs of the gateway. */
async function requestsOfLogs(server: RunningServer, service: string): Promise<readonly unknown[]> {
  const text = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ').replace(':', '');
  const query = 'query ($d: Duration!, $s: String) { signalCoverage(duration: $d, service: $s) { signals { signal requests { count } } } }';
  const variables = { d: { start: text(nowMs), end: text(nowMs + 540_000), step: 'MINUTE' }, s: service };
  interface Row {
    readonly signals: readonly { readonly signal: string; readonly requests: { readonly count: number } }[];
  }
  const { signalCoverage } = await graphql<{ signalCoverage: readonly Row[] }>(server.httpUrl, query, variables);
  return signalCoverage.flatMap(({ signals }) => signals).filter(({ signal }) => signal.toLowerCase() === 'logs').map(({ requests }) => requests.count);
}

test.each([['has a start_time', new Date(nowMs).toISOString()], ['has none either', '-']])('an access log without a time that %s is one call, however often it is sent', async (_, time) => {
  const server = await serverOn('memory');
  const line = accessLog({ 'x-request-id': 'r-1', start_time: time, 'gen_ai.usage.input_tokens': '10', 'gen_ai.usage.output_tokens': '5' }, { timeMs: 0 });
  for (let sent = 0; sent < 2; sent += 1) {
    await sendLogs(server, { service: 'edge', resource: { 'service.layer': 'ENVOY_AI_GATEWAY' } }, [line]);
    await settle(server);
  }
  expect([(await callsOf(server, nowMs)).length, await requestsOfLogs(server, 'edge')]).toEqual([1, [1]]);
});

test('a batch that is sent again after a restart is one request and one call', async () => {
  const folder = temporaryFolder();
  const first = await serverOn('clickhouse', folder);
  await sendOtlp(first, { service: 'shop' }, [entry, call]);
  expect(await counted(first)).toEqual([1, 1, 1]);
  await open.splice(0)[0]?.stop();
  const second = await serverOn('clickhouse', folder);
  // What the start asked the store has been answered when this is.
  expect(await callsOf(second, nowMs)).toHaveLength(1);
  await sendOtlp(second, { service: 'shop' }, [entry, call]);
  expect(await counted(second)).toEqual([1, 1, 1]);
  await open.splice(0)[0]?.stop();
  rmSync(folder, { recursive: true, force: true });
});
