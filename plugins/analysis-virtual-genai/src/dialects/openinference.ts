/** OpenInference (Arize), and what Envoy AI Gateway traces by default. */
import type { Dialect } from './table.js';

const counts = 'llm.token_count.';

export const openinference: Dialect = {
  name: 'openinference',
  recognised: {
    keys: ['openinference.span.kind', 'llm.model_name', 'embedding.model_name', 'reranker.model_name', `${counts}*`],
  },
  fields: {
    provider: ['llm.provider', 'llm.system'],
    responseModel: ['llm.response.model_name'],
    // Without a word for which it is: the gateway writes the request's model first and the response's over it.
    requestModel: ['llm.request.model_name', 'llm.model_name', 'embedding.model_name', 'reranker.model_name'],
    input: [`${counts}prompt`],
    cacheRead: [`${counts}prompt_details.cache_read`, `${counts}prompt_details.cache_input`],
    // cache_creation is the gateway's spelling, cache_write the specification's.
    cacheWrite: [`${counts}prompt_details.cache_write`, `${counts}prompt_details.cache_creation`],
    output: [`${counts}completion`],
    reasoning: [`${counts}completion_details.reasoning`],
    audioInput: [`${counts}prompt_details.audio`],
    audioOutput: [`${counts}completion_details.audio`],
    total: [`${counts}total`],
    streaming: [{ key: 'llm.invocation_parameters', path: ['stream'] }],
    finishReason: ['llm.finish_reason'],
    serviceTier: [{ key: 'llm.invocation_parameters', path: ['service_tier'] }],
    reportedUsd: ['llm.cost.total'],
  },
};
