/** Spans in by OTLP; model calls, metrics of the layer and stored spans out, in the whole server. */
import {
  callsModel, contentModel, MetadataReader, MetricStream, RecordReader, RecordStream, spansModel, type RecordModel, type RecordRow,
} from '@meterlark/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { graphql } from '../demo/client.js';
import { startServer, type RunningServer } from './support.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
type Attribute = readonly [key: string, value: string | number];

let server: RunningServer;
let nowMs: number;

beforeEach(async () => {
  server = await startServer({ storage: 'memory', settings: { 'analysis/virtual-genai': { content: { capture: true } }, 'receiver/zipkin': 'off' } });
  nowMs = Date.now() - 1000;
});
afterEach(() => server.stop());

function attribute([key, value]: Attribute) {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  return { key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } };
}

function span(spanId: string, attributes: readonly Attribute[], more: object = {}) {
  return {
    traceId, spanId, name: 'chat', kind: 3, startTimeUnixNano: `${nowMs}000000`, endTimeUnixNano: `${nowMs + 500}000000`, status: {},
    attributes: attributes.map(attribute), ...more,
  };
}

async function send(...spans: readonly object[]): Promise<void> {
  const resource = { attributes: [attribute(['service.name', 'shop'])] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans }] }] });
  const response = await fetch(`${server.httpUrl}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect([response.status, await response.text()]).toEqual([200, '{}']);
  await server.host.get(MetricStream).flush();
  await server.host.get(RecordStream).flush();
}

function rows(model: RecordModel): Promise<readonly RecordRow[]> {
  const range = { fromUs: (nowMs - 60_000) * 1000, toUs: (nowMs + 60_000) * 1000 };
  return server.host.get(RecordReader).rows({ model, tenant: '', ...range, where: [], orderBy: [], limit: 100, offset: 0 });
}

/** Values by label text of the metric in the minute of the calls. */
async function metric(name: string, entity: object): Promise<Readonly<Record<string, number | undefined>>> {
  const minute = new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ').replace(':', '');
  const query = `query ($entity: Entity!, $duration: Duration!) {
    execExpression(expression: "${name}", entity: $entity, duration: $duration) { error results { metric { labels { key value } } values { value } } } }`;
  const { execExpression } = await graphql<{ execExpression: { error: string | null; results: readonly { metric: { labels: readonly { value: string }[] }; values: readonly { value: string | null }[] }[] } }>(
    server.httpUrl, query, { entity, duration: { start: minute, end: minute, step: 'MINUTE' } },
  );
  if (execExpression.error !== null) throw new Error(execExpression.error);
  return Object.fromEntries(
    execExpression.results.map(({ metric: { labels }, values }) => [labels.map(({ value }) => value).join(' '), values[0]?.value === null ? undefined : Number(values[0]?.value)]),
  );
}

const openai = { serviceName: 'openai', normal: false };
const model = { ...openai, serviceInstanceName: 'gpt-4o-mini-2024-07-18' };
const chat: readonly Attribute[] = [
  ['gen_ai.operation.name', 'chat'], ['gen_ai.system', 'OpenAI'], ['gen_ai.request.model', 'gpt-4o-mini'], ['gen_ai.response.model', 'gpt-4o-mini-2024-07-18'],
  ['gen_ai.usage.input_tokens', 1000], ['gen_ai.usage.output_tokens', 500], ['gen_ai.usage.cost', 0.0125], ['gen_ai.response.time_to_first_chunk', 0.35],
  ['gen_ai.input.messages', 'my secret'], ['user.id', 'ann'],
];
const agent: readonly Attribute[] = chat.map(([key, value]) => [key, key === 'gen_ai.operation.name' ? 'invoke_agent' : value]);
const tooMany: readonly Attribute[] = [['gen_ai.operation.name', 'chat'], ['gen_ai.system', 'openai'], ['gen_ai.request.model', 'gpt-4o-mini-2024-07-18'], ['error.type', '429']];

describe('model calls', () => {
  test('are counted once each in the ledger and in the metrics, agents and repetitions not at all', async () => {
    await send(span('00000000000000aa', agent), span('00000000000000ab', chat, { parentSpanId: '00000000000000aa' }), span('00000000000000ac', tooMany, { status: { code: 2 } }));
    await send(span('00000000000000ab', chat, { parentSpanId: '00000000000000aa' }));
    const calls = await rows(callsModel);
    expect(calls.map((row) => [row['span_id'], row['provider'], row['model'], row['status'], row['error_type'], row['total_cost'], row['cost_source']]).sort()).toEqual([
      ['00000000000000ab', 'openai', 'gpt-4o-mini-2024-07-18', 'ok', '', 12_500_000_000, 'provider-reported'],
      ['00000000000000ac', 'openai', 'gpt-4o-mini-2024-07-18', 'error', '429', undefined, 'none'],
    ]);
    expect(await metric('gen_ai_provider_cpm', openai)).toEqual({ '': 2 });
    expect(await metric('gen_ai_model_sla', model)).toEqual({ '': 5000 });
    expect(await metric('gen_ai_model_input_tokens_sum', model)).toEqual({ '': 1000 });
    expect(await metric('gen_ai_provider_total_estimated_cost', openai)).toEqual({ '': 12_500 });
    expect(await metric('gen_ai_model_ttft_avg', model)).toEqual({ '': 350 });
    expect(await metric('gen_ai_dimension_cost', { serviceName: 'shop', normal: true })).toEqual({ 'user ann': 12_500 });
  });

  test('are priced by the book when the sender tells no cost, and unknown when it does not know the model', async () => {
    const untold = chat.filter(([key]) => key !== 'gen_ai.usage.cost');
    const strange = untold.map(([key, value]): Attribute => [key, key.endsWith('.model') || key === 'gen_ai.system' ? 'nobody-knows-it' : value]);
    await send(span('00000000000000ab', untold), span('00000000000000ac', strange));
    const costs = (await rows(callsModel)).map((row) => [row['model'], row['cost_source'], row['total_cost'], row['price_version']]);
    expect(costs.sort()).toEqual([
      ['gpt-4o-mini-2024-07-18', 'computed', 450_000_000, expect.stringContaining('openai/gpt-4o-mini')], ['nobody-knows-it', 'unknown', undefined, ''],
    ]);
    expect(await metric('gen_ai_provider_total_estimated_cost', openai)).toEqual({ '': 450 });
    expect(await metric('gen_ai_provider_unpriced_calls', { serviceName: 'nobody-knows-it', normal: false })).toEqual({ '': 1 });
  });

  test('make a service of the layer for each provider and an instance for each model', async () => {
    await send(span('00000000000000ab', chat));
    const found = await server.host.get(MetadataReader).entities({ tenant: '', scope: 'ServiceInstance', layer: 'VIRTUAL_GENAI', limit: 10 });
    const services = await server.host.get(MetadataReader).entities({ tenant: '', scope: 'Service', layer: 'VIRTUAL_GENAI', limit: 10 });
    expect([services.map(({ id, name }) => [id, name]), found.map(({ name }) => name)]).toEqual([[['b3BlbmFp.0', 'openai']], ['gpt-4o-mini-2024-07-18']]);
  });

  test('leave spans with their cost and without their content, which lies by itself', async () => {
    await send(span('00000000000000ab', chat), span('00000000000000aa', agent));
    const stored = await rows(spansModel);
    expect(JSON.stringify(stored)).not.toContain('secret');
    expect(stored.map((row) => (row['attributes'] as Record<string, string>)['gen_ai.estimated.cost'] ?? '').sort()).toEqual(['', '0.0125']);
    expect((await rows(contentModel)).map((row) => row['parts'])).toEqual([{ 'gen_ai.input.messages': 'my secret' }, { 'gen_ai.input.messages': 'my secret' }]);
  });
});
