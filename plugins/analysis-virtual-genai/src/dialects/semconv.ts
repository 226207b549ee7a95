/** OpenTelemetry's GenAI conventions, every generation of them. Input includes cached, output includes reasoning. */
import type { Dialect } from './table.js';

const usage = 'gen_ai.usage.';

export const semconv: Dialect = {
  name: 'otel',
  recognised: { keys: ['gen_ai.*'] },
  fields: {
    provider: ['gen_ai.provider.name', 'gen_ai.system'],
    responseModel: ['gen_ai.response.model'],
    requestModel: ['gen_ai.request.model'],
    input: [`${usage}input_tokens`, `${usage}prompt_tokens`],
    cacheRead: [
      `${usage}cache_read.input_tokens`, `${usage}cache_read_input_tokens`, `${usage}cache_read_tokens`,
      `${usage}details.cache_read_tokens`, `${usage}details.cache_read_input_tokens`,
      `${usage}prompt_details.cache_read`,
      `${usage}input_cached_tokens`, `${usage}cached_input_tokens`, `${usage}input_tokens.cached`,
    ],
    cacheWrite: [
      `${usage}cache_creation.input_tokens`, `${usage}cache_creation_input_tokens`, `${usage}cache_creation_tokens`,
      `${usage}cache_write_tokens`, `${usage}cache_write.input_tokens`, `${usage}details.cache_write_tokens`,
      `${usage}details.cache_creation_input_tokens`, `${usage}prompt_details.cache_write`,
      `${usage}input_cache_creation`,
    ],
    cacheWrite5m: [
      `${usage}cache_creation.ephemeral_5m_input_tokens`, `${usage}cache_creation_5m_input_tokens`,
      `${usage}input_cache_creation_5m`,
      `${usage}details.ephemeral_5m_input_tokens`,
    ],
    cacheWrite1h: [
      `${usage}cache_creation.ephemeral_1h_input_tokens`, `${usage}cache_creation_1h_input_tokens`,
      `${usage}input_cache_creation_1h`,
      `${usage}details.ephemeral_1h_input_tokens`,
    ],
    output: [`${usage}output_tokens`, `${usage}completion_tokens`],
    reasoning: [
      `${usage}reasoning.output_tokens`, `${usage}reasoning_tokens`, `${usage}output_reasoning_tokens`,
      `${usage}details.reasoning_tokens`, `${usage}output_tokens.reasoning`,
    ],
    audioInput: [
      `${usage}audio.input_tokens`, `${usage}input_token_details.audio_tokens`, `${usage}details.audio_input_tokens`,
    ],
    audioOutput: [
      `${usage}audio.output_tokens`, `${usage}output_token_details.audio_tokens`, `${usage}output_audio_tokens`,
    ],
    total: [`${usage}total_tokens`, 'llm.usage.total_tokens'],
    timeToFirstToken: [
      { key: 'gen_ai.response.time_to_first_chunk', as: 'seconds' },
      { key: 'gen_ai.response.time_to_first_token', as: 'nanoseconds' },
      { key: 'gen_ai.server.time_to_first_token', as: 'wholeMilliseconds' },
    ],
    timePerOutputToken: [{ key: 'gen_ai.server.time_per_output_token', as: 'wholeMilliseconds' }],
    streaming: ['gen_ai.request.stream', 'gen_ai.request.is_stream'],
    finishReason: ['gen_ai.response.finish_reasons', 'gen_ai.response.finish_reason'],
    serviceTier: [
      'openai.response.service_tier', 'gen_ai.openai.response.service_tier', 'gen_ai.response.service_tier',
      'openai.request.service_tier', 'gen_ai.openai.request.service_tier', 'gen_ai.request.service_tier',
    ],
    serverAddress: ['server.address', 'net.peer.name', 'gen_ai.openai.api_base'],
    reportedUsd: ['gen_ai.usage.cost', 'gen_ai.usage.total_cost'],
    errorType: ['error.type'],
    errorFlag: ['error'],
    httpStatus: ['http.response.status_code', 'http.status_code'],
  },
};

/** SkyWalking's agents: the layer GenAI, any type of span; every value is a text, times are whole milliseconds. */
export const skywalking: Dialect = {
  name: 'skywalking',
  recognised: { protocol: 'skywalking' },
  fields: {
    timeToFirstToken: [{ key: 'gen_ai.server.time_to_first_token', as: 'milliseconds' }],
    timePerOutputToken: [{ key: 'gen_ai.server.time_per_output_token', as: 'milliseconds' }],
  },
};

/** OpenLIT: the key that SkyWalking reads as milliseconds, in seconds. */
export const openlit: Dialect = {
  name: 'openlit',
  recognised: {
    scopes: ['openlit'],
    resource: ['telemetry.sdk.name', 'openlit'],
    keys: ['gen_ai.sdk.version', 'gen_ai.application_name'],
  },
  fields: {
    cacheRead: [`${usage}prompt_tokens_details.cached_tokens`, `${usage}prompt_tokens_details.cache_read`],
    cacheWrite: [`${usage}prompt_tokens_details.cache_creation_tokens`, `${usage}prompt_tokens_details.cache_write`],
    reasoning: [`${usage}completion_tokens_details.reasoning_tokens`, `${usage}completion_tokens_details.reasoning`],
    audioInput: [`${usage}prompt_tokens_details.audio_tokens`, `${usage}prompt_tokens_details.audio`],
    audioOutput: [`${usage}completion_tokens_details.audio_tokens`, `${usage}completion_tokens_details.audio`],
    timeToFirstToken: [{ key: 'gen_ai.server.time_to_first_token', as: 'seconds' }],
    timePerOutputToken: [{ key: 'gen_ai.server.time_per_output_token', as: 'seconds' }],
  },
};
