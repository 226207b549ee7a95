/** Issue: every model call, whatever instrumentation saw it, with its true cost. Real instrumentations: test/conformance. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { breakdown, callsOf, metric, settle, traceOf, unpriced } from './questions.js';
import { sendOtlp, sendSegment, sendZipkin, type SentSpan, type Tags } from './senders.js';
import { startServer, storages, type RunningServer } from './support.js';

let ids = 0;
/** New in every test. */
function newSpan(startMs: number, attributes: Tags, more: Partial<SentSpan> = {}): SentSpan {
  ids += 1;
  const id = ids.toString(16).padStart(16, '0');
  return { traceId: `aaaaaaaaaaaaaaaa${id}`, spanId: id.replace(/^0/, 'b'), startMs, attributes, ...more };
}

const openai = { serviceName: 'openai', normal: false };
const modelOf = (serviceInstanceName: string) => ({ ...openai, serviceInstanceName });

describe.each(storages)('on %s', (storage) => {
  let server: RunningServer;
  const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
  const ports = { host: '127.0.0.1', port: 0 };

  beforeAll(async () => {
    server = await startServer({ storage, settings: { 'receiver/zipkin': ports, 'endpoint/zipkin': ports } });
  });
  afterAll(() => server.stop());

  const calls = (condition: object) => callsOf(server, nowMs, condition);

  describe('one conversation', () => {
    const model = 'gpt-4.1-mini-2025-04-14';
    const semconv: Tags = {
      'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4.1-mini', 'gen_ai.response.model': model,
      'gen_ai.usage.input_tokens': 52, 'gen_ai.usage.output_tokens': 17, 'gen_ai.response.finish_reasons': ['stop'],
    };
    const dialects: readonly (readonly [name: string, service: string, send: (service: string) => Promise<void>])[] = [
      ['OpenTelemetry over OTLP', 'a-semconv', (service) => sendOtlp(server, { service }, [newSpan(nowMs, semconv)])],
      ['OpenInference over OTLP', 'a-openinference', (service) => sendOtlp(server, { service, scope: 'envoyproxy/ai-gateway' }, [newSpan(nowMs, {
        'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': model, 'llm.token_count.prompt': 52, 'llm.token_count.completion': 17, 'llm.token_count.total': 69,
      })])],
      ['OpenLLMetry over Zipkin', 'a-traceloop', (service) => sendZipkin(server, { service }, [newSpan(nowMs, {
        'llm.request.type': 'chat', 'gen_ai.system': 'OpenAI', 'gen_ai.request.model': 'gpt-4.1-mini', 'gen_ai.response.model': model,
        'gen_ai.usage.prompt_tokens': 52, 'gen_ai.usage.completion_tokens': 17, 'llm.usage.total_tokens': 69,
      })])],
      ['the Vercel AI SDK over OTLP, both spans', 'a-vercel', (service) => {
        const outer = newSpan(nowMs, { 'ai.operationId': 'ai.generateText', 'ai.model.id': 'gpt-4.1-mini', 'ai.model.provider': 'openai.chat', 'ai.usage.inputTokens': 52, 'ai.usage.outputTokens': 17 });
        const inner = newSpan(nowMs, {
          'ai.operationId': 'ai.generateText.doGenerate', 'ai.model.id': 'gpt-4.1-mini', 'ai.model.provider': 'openai.chat', 'gen_ai.system': 'openai.chat',
          'gen_ai.request.model': 'gpt-4.1-mini', 'gen_ai.response.model': model, 'ai.usage.inputTokens': 52, 'ai.usage.outputTokens': 17,
        }, { traceId: outer.traceId, parentSpanId: outer.spanId });
        return sendOtlp(server, { service, scope: 'ai' }, [inner, outer]);
      }],
      ["SkyWalking's Java agent", 'a-spring-ai', (service) => sendSegment(server, { service }, newSpan(nowMs, {
        'gen_ai.provider.name': 'openai', 'gen_ai.response.model': model, 'gen_ai.usage.input_tokens': 52, 'gen_ai.usage.output_tokens': 17, 'gen_ai.server.time_to_first_token': 1000,
      }))],
    ];

    test('through five instrumentations and three protocols gives the same model call, counted once', async () => {
      for (const [, service, send] of dialects) await send(service);
      await settle(server);
      const found = (await Promise.all(dialects.map(([, service]) => calls({ service })))).map((of) => of.map(({ provider, model: name, status, tokens, cost }) => ({ provider, name, status, tokens: [tokens['input'], tokens['output']], cost })));
      const same = { provider: 'openai', name: model, status: 'ok', tokens: [52, 17], cost: { source: 'computed', totalUsd: '0.000048' } };
      expect(found).toEqual(dialects.map(() => [same]));
      const rows = (await breakdown(server, nowMs, ['service'], ['calls', 'inputTokens', 'outputTokens', 'costUsd'])).filter(({ service }) => service?.startsWith('a-'));
      expect(rows.map(({ calls: count, inputTokens, outputTokens, costUsd }) => [count, inputTokens, outputTokens, costUsd])).toEqual(dialects.map(() => ['1', '52', '17', '0.000048']));
      expect(new Set((await callsOf(server, nowMs, { model })).filter(({ service }) => service.startsWith('a-')).map(({ source }) => source))).toEqual(new Set(['otlp', 'zipkin', 'skywalking']));
    });
  });

  test("the Java agent's Spring AI tags give the 22 metrics, and the cost is written back on the span", async () => {
    const model = 'gpt-4.1-mini';
    const provider = { serviceName: 'spring-ai-provider', normal: false };
    const instance = { ...provider, serviceInstanceName: model };
    const span = newSpan(nowMs, {
      'gen_ai.provider.name': provider.serviceName, 'gen_ai.response.model': model, 'gen_ai.usage.input_tokens': 52, 'gen_ai.usage.output_tokens': 17, 'gen_ai.server.time_to_first_token': 1005,
    }, { durationMs: 1500 });
    await sendSegment(server, { service: 'b-spring-ai' }, span);
    await settle(server);
    const percentiles = (value: number) => ({ 50: value, 75: value, 90: value, 95: value, 99: value });
    const one = (value: number) => ({ '': value });
    const expected: readonly (readonly [name: string, entity: object, values: Readonly<Record<string, number>>])[] = [
      ['gen_ai_provider_resp_time', provider, one(1500)], ['gen_ai_provider_sla', provider, one(10000)], ['gen_ai_provider_cpm', provider, one(1)],
      ['gen_ai_provider_latency_percentile', provider, percentiles(1500)],
      ['gen_ai_provider_input_tokens_sum', provider, one(52)], ['gen_ai_provider_input_tokens_avg', provider, one(52)],
      ['gen_ai_provider_output_tokens_sum', provider, one(17)], ['gen_ai_provider_output_tokens_avg', provider, one(17)],
      ['gen_ai_provider_total_estimated_cost', provider, one(48)], ['gen_ai_provider_avg_estimated_cost', provider, one(48)],
      ['gen_ai_model_call_cpm', instance, one(1)], ['gen_ai_model_sla', instance, one(10000)], ['gen_ai_model_latency_avg', instance, one(1500)],
      ['gen_ai_model_latency_percentile', instance, percentiles(1500)], ['gen_ai_model_ttft_avg', instance, one(1005)],
      ['gen_ai_model_ttft_percentile', instance, percentiles(1000)],
      ['gen_ai_model_input_tokens_sum', instance, one(52)], ['gen_ai_model_input_tokens_avg', instance, one(52)],
      ['gen_ai_model_output_tokens_sum', instance, one(17)], ['gen_ai_model_output_tokens_avg', instance, one(17)],
      ['gen_ai_model_total_estimated_cost', instance, one(48)], ['gen_ai_model_avg_estimated_cost', instance, one(48)],
    ];
    expect(expected).toHaveLength(22);
    const found = await Promise.all(expected.map(async ([name, entity]) => [name, entity, await metric(server, nowMs, name, entity)]));
    expect(found).toEqual(expected.map((row) => [...row]));
    const trace = await traceOf(server, span.traceId);
    expect(trace.spans[0]!.tags).toContainEqual({ key: 'gen_ai.estimated.cost', value: '0.000048' });
    expect(trace.modelCalls).toHaveLength(1);
  });

  describe('the traps', () => {
    const chat = (over: Tags): Tags => ({ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', ...over });
    const send = async (service: string, ...spans: readonly SentSpan[]): Promise<void> => {
      await sendOtlp(server, { service }, spans);
      await settle(server);
    };

    test('gpt-4.1-mini is not priced as gpt-4.1', async () => {
      const usage = { 'gen_ai.usage.input_tokens': 1_000_000, 'gen_ai.usage.output_tokens': 1_000_000 };
      await send('c-mini', ...['gpt-4.1-mini', 'gpt-4.1'].map((name) => newSpan(nowMs, chat({ 'gen_ai.response.model': name, ...usage }))));
      const found = await calls({ service: 'c-mini' });
      expect(Object.fromEntries(found.map(({ model, cost }) => [model, cost.totalUsd]))).toEqual({ 'gpt-4.1-mini': '2', 'gpt-4.1': '10' });
    });

    test('embeddings of 8 tokens do not round to zero', async () => {
      const attributes = { 'gen_ai.operation.name': 'embeddings', 'gen_ai.provider.name': 'openai', 'gen_ai.response.model': 'text-embedding-3-small', 'gen_ai.usage.input_tokens': 8 };
      await send('c-embeddings', newSpan(nowMs, attributes));
      expect((await calls({ service: 'c-embeddings' })).map(({ cost }) => cost.totalUsd)).toEqual(['0.00000016']);
      expect(await metric(server, nowMs, 'gen_ai_model_total_estimated_cost', modelOf('text-embedding-3-small'))).toEqual({ '': 0.16 });
      expect(await metric(server, nowMs, 'gen_ai_caller_cost', { serviceName: 'c-embeddings', normal: true })).toMatchObject({ '': 0.16 });
    });

    test('an agent span with rolled-up usage adds nothing', async () => {
      const usage = { 'gen_ai.response.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5 };
      const agent = newSpan(nowMs, { ...chat(usage), 'gen_ai.operation.name': 'invoke_agent' }, { kind: 'internal' });
      await send('c-agent', agent, newSpan(nowMs, chat(usage), { traceId: agent.traceId, parentSpanId: agent.spanId }));
      expect((await breakdown(server, nowMs, ['service'], ['calls', 'inputTokens'])).filter(({ service }) => service === 'c-agent')).toEqual([{ service: 'c-agent', calls: '1', inputTokens: '10' }]);
      expect((await traceOf(server, agent.traceId)).spans).toHaveLength(2);
    });

    test('a 429 without a response model lowers the success rate of its request model', async () => {
      const good = newSpan(nowMs, chat({ 'gen_ai.request.model': 'o3', 'gen_ai.response.model': 'o3', 'gen_ai.usage.input_tokens': 1, 'gen_ai.usage.output_tokens': 1 }));
      const limited = newSpan(nowMs, chat({ 'gen_ai.request.model': 'o3', 'error.type': '429' }), { failed: 'rate limited' });
      await send('c-limited', good, limited);
      expect(await metric(server, nowMs, 'gen_ai_model_sla', modelOf('o3'))).toEqual({ '': 5000 });
      expect(await calls({ service: 'c-limited', status: 'error' })).toMatchObject([{ model: 'o3', errorType: '429', cost: { source: 'none', totalUsd: null } }]);
    });

    test('0.35 s, 350 ms and 350,000,000 ns to the first token all read 350 ms', async () => {
      const usage = chat({ 'gen_ai.response.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 1, 'gen_ai.usage.output_tokens': 1 });
      await send('c-first-token',
        newSpan(nowMs, { ...usage, 'gen_ai.response.time_to_first_chunk': 0.35 }), newSpan(nowMs, { ...usage, 'gen_ai.response.time_to_first_token': 350_000_000 }),
        newSpan(nowMs, { 'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'gpt-4o' }, { events: [{ name: 'First Token Stream Event', afterMs: 350, attributes: {} }] }));
      await sendOtlp(server, { service: 'c-first-token', resource: { 'telemetry.sdk.name': 'openlit' } }, [newSpan(nowMs, { ...usage, 'gen_ai.server.time_to_first_token': 0.35 })]);
      await sendSegment(server, { service: 'c-first-token' }, newSpan(nowMs, { 'gen_ai.response.model': 'gpt-4o', 'gen_ai.server.time_to_first_token': 350 }));
      await sendOtlp(server, { service: 'c-first-token', scope: 'ai' }, [newSpan(nowMs, {
        'ai.operationId': 'ai.streamText.doStream', 'ai.model.provider': 'openai.chat', 'ai.model.id': 'gpt-4o', 'ai.response.msToFirstChunk': 350, 'ai.usage.inputTokens': 1, 'ai.usage.outputTokens': 1,
      })]);
      await settle(server);
      expect((await calls({ service: 'c-first-token' })).map(({ timeToFirstTokenMs }) => timeToFirstTokenMs)).toEqual([350, 350, 350, 350, 350, 350]);
    });

    test('an unknown model costs null, not 0, in every API and metric', async () => {
      await send('c-unknown', newSpan(nowMs, chat({ 'gen_ai.response.model': 'house-model', 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5 })));
      expect((await calls({ service: 'c-unknown' })).map(({ cost }) => cost)).toEqual([{ source: 'unknown', totalUsd: null }]);
      expect((await breakdown(server, nowMs, ['model'], ['costUsd', 'calls'])).filter(({ model }) => model === 'house-model')).toEqual([{ model: 'house-model', costUsd: null, calls: '1' }]);
      const metrics = ['gen_ai_model_total_estimated_cost', 'gen_ai_model_avg_estimated_cost'].map((name) => metric(server, nowMs, name, modelOf('house-model')));
      for (const values of await Promise.all(metrics)) expect(Object.values(values).filter((value) => value !== null)).toEqual([]);
      expect(await metric(server, nowMs, 'gen_ai_model_unpriced_calls', modelOf('house-model'))).toEqual({ '': 1 });
      expect(await unpriced(server, nowMs)).toContainEqual({ provider: 'openai', model: 'house-model', calls: 1, inputTokens: 10, outputTokens: 5 });
    });

    test('cached input is counted once and reasoning is inside output, also where a dialect leaves them out', async () => {
      const inclusive = newSpan(nowMs, chat({
        'gen_ai.response.model': 'gpt-4.1', 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.cache_read.input_tokens': 40, 'gen_ai.usage.output_tokens': 20, 'gen_ai.usage.reasoning.output_tokens': 5,
      }));
      const gateway = newSpan(nowMs, {
        'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'gpt-4.1', 'llm.token_count.prompt': 100, 'llm.token_count.prompt_details.cache_read': 40,
        'llm.token_count.completion': 20, 'llm.token_count.completion_details.reasoning': 5,
      });
      await send('c-cached', inclusive, gateway);
      // 60 × 2 + 40 × 0.5 + 20 × 8 USD per million.
      const expected = { tokens: { input: 100, cacheRead: 40, output: 20, reasoning: 5 }, cost: { source: 'computed', totalUsd: '0.0003' } };
      expect(await calls({ service: 'c-cached' })).toMatchObject([expected, expected]);
    });

    test("spans of Envoy AI Gateway's default tracing are model calls of their provider", async () => {
      await sendOtlp(server, { service: 'c-gateway', scope: 'envoyproxy/ai-gateway' }, [newSpan(nowMs, {
        'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'gpt-4o-mini', 'llm.token_count.prompt': 100, 'llm.token_count.completion': 20,
      }, { kind: 'internal', name: 'ChatCompletion' })]);
      await settle(server);
      expect(await calls({ service: 'c-gateway' })).toMatchObject([{ provider: 'openai', model: 'gpt-4o-mini', cost: { totalUsd: '0.000027' } }]);
    });

    test('a span that is sent again is the same call', async () => {
      const span = newSpan(nowMs, chat({ 'gen_ai.response.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 1, 'gen_ai.usage.output_tokens': 1 }));
      await send('c-again', span, span);
      await send('c-again', span);
      expect(await calls({ service: 'c-again' })).toHaveLength(1);
      expect((await breakdown(server, nowMs, ['service'], ['calls'])).filter(({ service }) => service === 'c-again')).toEqual([{ service: 'c-again', calls: '1' }]);
      expect((await traceOf(server, span.traceId)).spans).toHaveLength(1);
    });
  });
});
