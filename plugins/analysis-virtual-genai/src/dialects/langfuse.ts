/**
 * Langfuse's own SDKs. Usage details are one JSON map. Langfuse's own words (`input`, `output`) share no token with the
 * classes beside them; a map in a provider's words is what that provider said, its details within the sums.
 */
import type { Dialect, Source } from './table.js';

const usage = 'langfuse.observation.usage_details';
const at = (...path: readonly string[]): Source => ({ key: usage, path });

export const langfuse: Dialect = {
  name: 'langfuse',
  recognised: { scopes: ['langfuse'], keys: ['langfuse.observation.*'] },
  fields: {
    requestModel: ['langfuse.observation.model.name'],
    input: [at('prompt_tokens'), at('input_tokens')],
    uncachedInput: [at('input')],
    cacheRead: [
      at('input_cached_tokens'), at('input_cache_read'), at('input_cached'), at('cache_read_input_tokens'),
      at('prompt_tokens_details', 'cached_tokens'), at('input_tokens_details', 'cached_tokens'),
      at('input_token_details', 'cache_read'),
    ],
    cacheWrite: [
      at('input_cache_creation'), at('cache_creation_input_tokens'), at('input_token_details', 'cache_creation'),
    ],
    cacheWrite5m: [at('input_cache_creation_5m')],
    cacheWrite1h: [at('input_cache_creation_1h')],
    output: [at('completion_tokens'), at('output_tokens')],
    visibleOutput: [at('output')],
    reasoning: [
      at('output_reasoning_tokens'), at('output_reasoning'), at('completion_tokens_details', 'reasoning_tokens'),
      at('output_tokens_details', 'reasoning_tokens'), at('output_token_details', 'reasoning'),
    ],
    total: [at('total'), at('total_tokens')],
    firstTokenAt: [{ key: 'langfuse.observation.completion_start_time', as: 'isoTime' }],
    reportedUsd: [{ key: 'langfuse.observation.cost_details', path: ['total'] }],
  },
};
