/**
 * Vercel AI SDK. Up to version 5 the input is what the provider said (Anthropic's and Bedrock's without cached tokens);
 * version 6 includes them and tells the uncached part as well.
 */
import type { Dialect } from './table.js';

const metadata = 'ai.response.providerMetadata';
const anthropic = ['anthropic', 'usage'];
const bedrock = ['bedrock', 'usage'];

export const vercel: Dialect = {
  name: 'vercel',
  recognised: { scopes: ['ai$'], keys: ['ai.operationId', 'ai.model.id'] },
  fields: {
    provider: ['gen_ai.provider.name', 'gen_ai.system', 'ai.model.provider'],
    responseModel: ['gen_ai.response.model', 'ai.response.model'],
    requestModel: ['gen_ai.request.model', 'ai.model.id'],
    input: [
      'gen_ai.usage.input_tokens', 'ai.usage.inputTokens', 'gen_ai.usage.prompt_tokens', 'ai.usage.promptTokens',
      'ai.usage.tokens',
    ],
    uncachedInput: [
      'ai.usage.inputTokenDetails.noCacheTokens', { key: metadata, path: [...anthropic, 'input_tokens'] },
    ],
    cacheRead: [
      'ai.usage.inputTokenDetails.cacheReadTokens', 'ai.usage.cachedInputTokens',
      { key: metadata, path: [...anthropic, 'cache_read_input_tokens'] },
      { key: metadata, path: ['anthropic', 'cacheReadInputTokens'] },
      { key: metadata, path: [...bedrock, 'cacheReadInputTokens'] },
      { key: metadata, path: ['openai', 'cachedPromptTokens'] },
    ],
    cacheWrite: [
      'ai.usage.inputTokenDetails.cacheWriteTokens',
      { key: metadata, path: [...anthropic, 'cache_creation_input_tokens'] },
      { key: metadata, path: ['anthropic', 'cacheCreationInputTokens'] },
      { key: metadata, path: [...bedrock, 'cacheWriteInputTokens'] },
      { key: metadata, path: [...bedrock, 'cacheCreationInputTokens'] },
    ],
    cacheWrite5m: [{ key: metadata, path: [...anthropic, 'cache_creation', 'ephemeral_5m_input_tokens'] }],
    cacheWrite1h: [{ key: metadata, path: [...anthropic, 'cache_creation', 'ephemeral_1h_input_tokens'] }],
    output: [
      'gen_ai.usage.output_tokens', 'ai.usage.outputTokens', 'gen_ai.usage.completion_tokens',
      'ai.usage.completionTokens',
    ],
    reasoning: [
      'ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens',
      { key: metadata, path: ['openai', 'reasoningTokens'] },
    ],
    total: ['ai.usage.totalTokens'],
    timeToFirstToken: [
      { key: 'ai.response.msToFirstChunk', as: 'milliseconds' },
      { key: 'ai.stream.msToFirstChunk', as: 'milliseconds' },
    ],
    finishReason: ['gen_ai.response.finish_reasons', 'ai.response.finishReason'],
    serviceTier: [
      { key: metadata, path: ['openai', 'serviceTier'] },
      { key: metadata, path: [...anthropic, 'service_tier'] },
    ],
  },
  exclusiveInput: {
    providers: ['anthropic', 'aws.bedrock'],
    models: { 'gcp.vertex_ai': 'claude' },
    told: { key: metadata, path: ['anthropic'] },
  },
};
