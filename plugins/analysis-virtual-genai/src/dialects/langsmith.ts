/** LangSmith's exporter. Token details are a map as text, JSON from JavaScript, a Python literal from Python. */
import type { Dialect } from './table.js';

const inputs = 'gen_ai.usage.input_token_details';
const outputs = 'gen_ai.usage.output_token_details';

export const langsmith: Dialect = {
  name: 'langsmith',
  recognised: { scopes: ['langsmith'], keys: ['langsmith.*'] },
  fields: {
    provider: ['langsmith.metadata.ls_provider'],
    requestModel: ['langsmith.metadata.ls_model_name'],
    cacheRead: [{ key: inputs, entry: 'cache_read' }],
    cacheWrite: [{ key: inputs, entry: 'cache_creation' }],
    cacheWrite5m: [{ key: inputs, entry: 'ephemeral_5m_input_tokens' }],
    cacheWrite1h: [{ key: inputs, entry: 'ephemeral_1h_input_tokens' }],
    audioInput: [{ key: inputs, entry: 'audio' }],
    reasoning: [{ key: outputs, entry: 'reasoning' }],
    audioOutput: [{ key: outputs, entry: 'audio' }],
    input: [{ key: 'langsmith.usage_metadata', path: ['input_tokens'] }],
    output: [{ key: 'langsmith.usage_metadata', path: ['output_tokens'] }],
    total: [{ key: 'langsmith.usage_metadata', path: ['total_tokens'] }],
    streaming: ['langsmith.request.streaming'],
    serviceTier: ['gen_ai.response.service_tier'],
  },
};
