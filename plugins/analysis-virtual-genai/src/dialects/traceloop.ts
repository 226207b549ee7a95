/**
 * OpenLLMetry (Traceloop). Its Python instrumentations add cached tokens to the input, those for JavaScript hand on
 * what the provider said.
 */
import type { Dialect } from './table.js';

/** Of its Python packages; OpenTelemetry's own are called alike (`openai_v2`). */
const packages = [
  'openai.v', 'anthropic', 'bedrock', 'cohere', 'langchain', 'llamaindex', 'mistralai', 'ollama', 'together',
  'vertexai',
  'google_generativeai', 'groq', 'replicate', 'watsonx', 'alephalpha', 'sagemaker', 'transformers', 'writer',
  'haystack',
];

export const traceloop: Dialect = {
  name: 'traceloop',
  recognised: {
    scopes: ['@traceloop/', 'traceloop', ...packages.map((name) => `opentelemetry.instrumentation.${name}`)],
    keys: [
      'llm.request.type', 'traceloop.*', 'llm.usage.*', 'gen_ai.prompt.0.role', 'gen_ai.completion.0.role',
      'llm.is_streaming',
    ],
  },
  fields: {
    provider: ['gen_ai.system', 'llm.vendor'],
    requestModel: ['gen_ai.request.model', 'llm.request.model'],
    responseModel: ['gen_ai.response.model', 'llm.response.model'],
    input: ['gen_ai.usage.prompt_tokens', 'llm.usage.prompt_tokens'],
    output: ['gen_ai.usage.completion_tokens', 'llm.usage.completion_tokens'],
    reasoning: ['llm.usage.reasoning_tokens'],
    total: ['llm.usage.total_tokens'],
    streaming: ['llm.is_streaming', 'llm.request.streaming'],
    finishReason: ['gen_ai.completion.0.finish_reason', 'llm.response.finish_reason', 'llm.response.stop_reason'],
    serverAddress: ['gen_ai.openai.api_base', 'llm.openai.api_base'],
  },
  exclusiveInput: { scopes: ['@traceloop/instrumentation-anthropic', '@traceloop/instrumentation-bedrock'] },
};
