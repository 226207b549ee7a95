/** Langfuse's own SDKs. Usage details are one JSON map, with the cached classes beside the input. */
import type { Dialect } from './table.js';

const usage = 'langfuse.observation.usage_details';

export const langfuse: Dialect = {
  name: 'langfuse',
  recognised: { scopes: ['langfuse'], keys: ['langfuse.observation.*'] },
  fields: {
    requestModel: ['langfuse.observation.model.name'],
    input: [{ key: usage, path: ['prompt_tokens'] }, { key: usage, path: ['input'] }],
    cacheRead: [{ key: usage, path: ['input_cached_tokens'] }, { key: usage, path: ['cache_read_input_tokens'] }],
    cacheWrite: [{ key: usage, path: ['input_cache_creation'] }, { key: usage, path: ['cache_creation_input_tokens'] }],
    output: [{ key: usage, path: ['completion_tokens'] }, { key: usage, path: ['output'] }],
    reasoning: [{ key: usage, path: ['output_reasoning_tokens'] }],
    total: [{ key: usage, path: ['total'] }],
    firstTokenAt: [{ key: 'langfuse.observation.completion_start_time', as: 'isoTime' }],
    reportedUsd: [{ key: 'langfuse.observation.cost_details', path: ['total'] }],
  },
};
