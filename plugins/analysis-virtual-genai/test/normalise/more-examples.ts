/** The other half of the examples. */
import { nothing, plain, usage, type Example } from './examples.js';

export const productExamples: readonly Example[] = [
  {
    title: 'Vercel AI SDK 5 on OpenAI (provider with its API, milliseconds to the first chunk)',
    from: { scope: 'ai' },
    span: { name: 'ai.streamText.doStream' },
    attributes: {
      'operation.name': 'ai.streamText.doStream', 'ai.operationId': 'ai.streamText.doStream',
      'ai.model.provider': 'openai.responses', 'ai.model.id': 'gpt-4o',
      'ai.telemetry.metadata.userId': 'u-1', 'gen_ai.system': 'openai.responses', 'gen_ai.request.model': 'gpt-4o',
      'ai.response.msToFirstChunk': 350.25,
      'ai.response.finishReason': 'stop', 'ai.response.model': 'gpt-4o-2024-08-06', 'ai.usage.inputTokens': 100,
      'ai.usage.outputTokens': 50,
      'ai.usage.totalTokens': 150, 'ai.usage.reasoningTokens': 10, 'ai.usage.cachedInputTokens': 20,
    },
    reads: {
      dialect: 'vercel', operation: 'chat', provider: 'openai', model: 'gpt-4o-2024-08-06', usage,
      timeToFirstTokenMs: 350.25, streaming: true, finishReason: 'stop',
    },
  },
  {
    title: 'Vercel AI SDK 5 on Anthropic: the native usage, without the cached tokens, in the provider metadata',
    from: { scope: 'ai' },
    span: { name: 'ai.generateText.doGenerate' },
    attributes: {
      'ai.operationId': 'ai.generateText.doGenerate', 'ai.model.provider': 'anthropic.messages',
      'ai.model.id': 'claude-sonnet-4-5', 'ai.usage.inputTokens': 73,
      'ai.usage.outputTokens': 50, 'ai.usage.cachedInputTokens': 20,
      'ai.response.providerMetadata': JSON.stringify({
        anthropic: {
          usage: {
            input_tokens: 73, cache_read_input_tokens: 20, cache_creation_input_tokens: 7, output_tokens: 50,
            service_tier: 'standard',
            cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 2 },
          },
        },
      }),
    },
    reads: {
      provider: 'anthropic', streaming: false, serviceTier: 'standard', model: 'claude-sonnet-4-5',
      usage: { ...usage, cacheWrite5m: 5, cacheWrite1h: 2, reasoning: undefined },
    },
  },
  {
    title: 'Vercel AI SDK 6, whose input includes what its details tell',
    from: { scope: 'ai' },
    attributes: {
      'ai.operationId': 'ai.streamText.doStream', 'ai.model.provider': 'anthropic', 'ai.model.id': 'claude-sonnet-4-5',
      'ai.usage.inputTokens': 100,
      'ai.usage.outputTokens': 50, 'ai.usage.inputTokenDetails.noCacheTokens': 75,
      'ai.usage.inputTokenDetails.cacheReadTokens': 20,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 5, 'ai.usage.outputTokenDetails.reasoningTokens': 10,
      'ai.stream.msToFirstChunk': 350,
    },
    reads: { provider: 'anthropic', usage: { ...usage, cacheWrite5m: 5 }, timeToFirstTokenMs: 350 },
  },
  {
    title: 'Vercel AI SDK on Bedrock',
    from: { scope: 'ai' },
    attributes: {
      'ai.operationId': 'ai.generateText.doGenerate', 'ai.model.provider': 'amazon-bedrock',
      'ai.model.id': 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'ai.usage.inputTokens': 80, 'ai.usage.outputTokens': 50,
      'ai.response.providerMetadata': '{"bedrock":{"usage":{"cacheReadInputTokens":20,"cacheWriteInputTokens":0}}}',
    },
    reads: { provider: 'aws.bedrock', usage: { ...usage, cacheWrite5m: 0, reasoning: undefined } },
  },
  {
    title: 'Vercel AI SDK embeddings (ai.usage.tokens)',
    from: { scope: 'ai' },
    attributes: {
      'ai.operationId': 'ai.embedMany.doEmbed', 'ai.model.provider': 'openai.embedding',
      'ai.model.id': 'text-embedding-3-small', 'ai.usage.tokens': 8,
    },
    reads: {
      operation: 'embeddings', provider: 'openai', model: 'text-embedding-3-small',
      usage: { ...nothing, input: 8, cacheRead: undefined, output: undefined, reasoning: undefined },
    },
  },
  {
    title: 'OpenLIT (seconds under the key that SkyWalking reads as milliseconds)',
    from: { resource: { 'telemetry.sdk.name': 'openlit' } },
    attributes: {
      'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'mistral_ai',
      'gen_ai.request.model': 'mistral-large-latest', 'gen_ai.response.model': 'mistral-large-2411',
      'gen_ai.request.is_stream': true, 'gen_ai.server.time_to_first_token': 0.35,
      'gen_ai.server.time_per_output_token': 0.01, 'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 50, 'gen_ai.usage.prompt_tokens_details.cached_tokens': 20,
      'gen_ai.usage.prompt_tokens_details.cache_creation_tokens': 5,
      'gen_ai.usage.completion_tokens_details.reasoning_tokens': 10, 'gen_ai.usage.cost': 0.0009,
      'gen_ai.sdk.version': '1.0',
    },
    reads: {
      dialect: 'openlit', provider: 'mistral_ai', usage: { ...usage, cacheWrite5m: 5 }, timeToFirstTokenMs: 350,
      timePerOutputTokenMs: 10, reportedUsd: 0.0009, streaming: true,
    },
  },
  {
    title: 'LangSmith for Python (details as a Python literal, finish reasons with commas)',
    from: { scope: 'langsmith' },
    attributes: {
      'langsmith.span.kind': 'llm', 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'langchain',
      'langsmith.metadata.ls_provider': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini', 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.total_tokens': 150,
      'gen_ai.usage.input_token_details': "{'cache_read': 20, 'audio': 0}",
      'gen_ai.usage.output_token_details': "{'reasoning': 10}",
      'gen_ai.response.finish_reasons': 'stop, length', 'gen_ai.response.service_tier': 'default',
    },
    reads: {
      dialect: 'langsmith', provider: 'openai', model: 'gpt-4o-mini', usage: { ...usage, audioInput: 0 },
      finishReason: 'stop', serviceTier: 'default',
    },
  },
  {
    title: 'LangSmith for JavaScript (details as JSON)',
    attributes: {
      'langsmith.span.kind': 'llm', 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'anthropic',
      'langsmith.metadata.ls_model_name': 'claude-sonnet-4-5',
      'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.input_token_details': '{"cache_read":20,"ephemeral_1h_input_tokens":5}',
    },
    reads: {
      dialect: 'langsmith', provider: 'anthropic', model: 'claude-sonnet-4-5',
      usage: { ...usage, cacheWrite1h: 5, reasoning: undefined },
    },
  },
  {
    title: "Langfuse's SDKs (JSON maps, the time of the first token)",
    attributes: {
      'langfuse.observation.type': 'generation', 'langfuse.observation.model.name': 'gpt-4o',
      'langfuse.observation.usage_details': '{"input":80,"input_cached_tokens":20,"output":50,"total":150}',
      'langfuse.observation.completion_start_time': JSON.stringify(new Date(1_781_000_000_350).toISOString()),
      'langfuse.observation.cost_details': '{"input":0.001,"total":0.002}',
    },
    reads: {
      dialect: 'langfuse', operation: 'chat', provider: 'openai', model: 'gpt-4o',
      usage: { ...usage, reasoning: undefined }, timeToFirstTokenMs: 350, reportedUsd: 0.002,
    },
  },
  {
    title: "SkyWalking's Java agent (every value is text)",
    from: { protocol: 'skywalking' },
    span: {
      spanId: 'seg-1.3',
      segment: {
        segmentId: 'seg-1', spanId: 3, parentSpanId: 2, refs: [], componentId: 0, layer: 'GenAI', type: 'Exit',
        skipAnalysis: false,
      },
    },
    attributes: {
      'gen_ai.provider.name': 'openai', 'gen_ai.response.model': 'gpt-4.1-mini-2025-04-14',
      'gen_ai.usage.input_tokens': '52', 'gen_ai.usage.output_tokens': '17',
      'gen_ai.server.time_to_first_token': '350',
    },
    reads: {
      dialect: 'skywalking', protocol: 'skywalking', provider: 'openai', model: 'gpt-4.1-mini-2025-04-14',
      timeToFirstTokenMs: 350,
      id: '0af7651916cd43dd8448eb211c80319c-seg-1.3',
      usage: { ...nothing, input: 52, cacheRead: undefined, output: 17, reasoning: undefined },
    },
  },
  {
    title: "OpenLLMetry through Zipkin's JSON (every value is text)",
    from: { protocol: 'zipkin' },
    attributes: {
      'llm.request.type': 'chat', 'gen_ai.system': 'OpenAI', 'gen_ai.response.model': 'gpt-4.1-mini-2025-04-14',
      'gen_ai.usage.prompt_tokens': '100',
      'gen_ai.usage.completion_tokens': '50', 'llm.is_streaming': 'false', 'gen_ai.response.finish_reasons': '["stop"]',
      error: 'false',
    },
    reads: {
      dialect: 'traceloop', protocol: 'zipkin', usage: plain, streaming: false, finishReason: 'stop', status: 'ok',
      errorType: '',
    },
  },
];
