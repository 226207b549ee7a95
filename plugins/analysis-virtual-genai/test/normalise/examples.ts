/** Captured or made by the specification: one conversation as each dialect writes it down. */
import type { Span } from '@meterlark/core';
import type { ModelCallFacts } from '../../src/normalise/facts.js';
import { event, type AttributeObject, type OriginWords } from '../spans.js';

export interface Example {
  readonly title: string;
  readonly from?: OriginWords;
  readonly span?: Partial<Span>;
  readonly attributes: AttributeObject;
  readonly reads: Partial<ModelCallFacts>;
}

/** One conversation (100 tokens in, 20 of them from a cache, 50 out, 10 of them reasoning) as each dialect writes it down. */
export const one = { input: 100, cacheRead: 20, output: 50, reasoning: 10 };
export const nothing = {
  cacheWrite5m: undefined, cacheWrite1h: undefined, audioInput: undefined, audioOutput: undefined,
};
export const usage = { ...nothing, ...one };
export const plain = { ...usage, cacheRead: undefined, reasoning: undefined };

export const openExamples: readonly Example[] = [
  {
    title: 'OTel semantic conventions 1.37 and later',
    attributes: {
      'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 50, 'gen_ai.usage.cache_read.input_tokens': 20,
      'gen_ai.usage.reasoning.output_tokens': 10, 'gen_ai.response.finish_reasons': ['stop', 'length'],
      'gen_ai.request.stream': true,
      'gen_ai.response.time_to_first_chunk': 0.35, 'server.address': 'api.openai.com',
      'openai.response.service_tier': 'flex',
    },
    reads: {
      dialect: 'otel', operation: 'chat', provider: 'openai', model: 'gpt-4o-2024-08-06', requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06', usage,
      finishReason: 'stop', streaming: true, timeToFirstTokenMs: 350, serverAddress: 'api.openai.com',
      serviceTier: 'flex', end: 'complete', status: 'ok',
    },
  },
  {
    title: 'OTel semantic conventions up to 1.36: gen_ai.system, prompt and completion tokens',
    attributes: {
      'gen_ai.operation.name': 'text_completion', 'gen_ai.system': 'az.ai.openai', 'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o', 'gen_ai.usage.prompt_tokens': 100, 'gen_ai.usage.completion_tokens': 50,
    },
    reads: { dialect: 'otel', operation: 'text_completion', provider: 'azure.ai.openai', usage: plain },
  },
  {
    title: "Envoy AI Gateway's default tracing (OpenInference, cache_creation)",
    from: { scope: 'envoyproxy/ai-gateway', service: 'gateway' },
    span: { name: 'ChatCompletion', kind: 'internal', events: [event('First Token Stream Event', 350)] },
    attributes: {
      'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'gpt-4.1-mini',
      'llm.invocation_parameters': '{"model":"gpt-4.1-mini","stream":true}',
      'llm.token_count.prompt': 100, 'llm.token_count.completion': 50, 'llm.token_count.total': 150,
      'llm.token_count.prompt_details.cache_read': 20, 'llm.token_count.prompt_details.cache_creation': 5,
      'llm.token_count.completion_details.reasoning': 10,
      'llm.token_count.prompt_details.audio': 3, 'llm.token_count.completion_details.audio': 4,
    },
    reads: {
      dialect: 'openinference', operation: 'chat', provider: 'openai', model: 'gpt-4.1-mini', gateway: 'gateway',
      streaming: true, timeToFirstTokenMs: 350,
      usage: { ...one, cacheWrite5m: 5, cacheWrite1h: undefined, audioInput: 3, audioOutput: 4 },
    },
  },
  {
    title: 'OpenInference instrumentations (cache_write, provider beside system, cost)',
    attributes: {
      'openinference.span.kind': 'LLM', 'llm.provider': 'azure', 'llm.system': 'openai',
      'llm.request.model_name': 'my-deployment', 'llm.response.model_name': 'gpt-4o',
      'llm.token_count.prompt': 100, 'llm.token_count.completion': 50, 'llm.token_count.prompt_details.cache_read': 20,
      'llm.token_count.prompt_details.cache_write': 5, 'llm.token_count.completion_details.reasoning': 10,
      'llm.finish_reason': 'stop', 'llm.cost.total': 0.0125,
    },
    reads: {
      dialect: 'openinference', provider: 'azure.ai.openai', model: 'gpt-4o', requestModel: 'my-deployment',
      finishReason: 'stop', reportedUsd: 0.0125,
      usage: { ...usage, cacheWrite5m: 5 },
    },
  },
  {
    title: 'OpenInference embeddings',
    span: { name: 'CreateEmbeddings' },
    attributes: {
      'openinference.span.kind': 'EMBEDDING', 'embedding.model_name': 'text-embedding-3-small',
      'llm.token_count.prompt': 8, 'llm.token_count.total': 8,
    },
    reads: { operation: 'embeddings', model: 'text-embedding-3-small', provider: 'unknown' },
  },
  {
    title: 'OpenLLMetry for Python (title-case system, prompt tokens, numbered completions, chunk events)',
    from: { scope: 'opentelemetry.instrumentation.openai.v1' },
    span: {
      name: 'openai.chat',
      events: [event('llm.content.completion.chunk', 350), event('llm.content.completion.chunk', 400)],
    },
    attributes: {
      'llm.request.type': 'chat', 'gen_ai.system': 'OpenAI', 'gen_ai.request.model': 'gpt-4.1-mini',
      'gen_ai.response.model': 'gpt-4.1-mini-2025-04-14',
      'llm.is_streaming': true, 'gen_ai.usage.prompt_tokens': 100, 'gen_ai.usage.completion_tokens': 50,
      'llm.usage.total_tokens': 150,
      'gen_ai.usage.cache_read_input_tokens': 20, 'gen_ai.usage.reasoning_tokens': 10,
      'gen_ai.completion.0.finish_reason': 'stop',
    },
    reads: {
      dialect: 'traceloop', provider: 'openai', model: 'gpt-4.1-mini-2025-04-14', usage, streaming: true,
      timeToFirstTokenMs: 350, finishReason: 'stop',
    },
  },
  {
    title: 'OpenLLMetry for JavaScript on Anthropic, whose input leaves out cached tokens',
    from: { scope: '@traceloop/instrumentation-anthropic' },
    attributes: {
      'llm.request.type': 'chat', 'gen_ai.system': 'Anthropic', 'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.usage.prompt_tokens': 75,
      'gen_ai.usage.completion_tokens': 50, 'gen_ai.usage.cache_read_input_tokens': 20,
      'gen_ai.usage.cache_creation_input_tokens': 5,
    },
    reads: { provider: 'anthropic', usage: { ...usage, cacheWrite5m: 5, reasoning: undefined } },
  },
];
