/** The span that the gateway itself writes of a request, in OpenInference's vocabulary, its default. */
import type { RunSpan, SpanTags } from '../agent/spans.js';
import type { McpRequest, ModelRequest } from '../traffic.js';
import type { GatewayRequest } from './request.js';

export const gatewayScope = 'envoyproxy/ai-gateway';
const mcpNames: Readonly<Record<string, string>> = {
  initialize: 'Initialize', 'tools/list': 'ListTools', 'tools/call': 'CallTool', 'resources/read': 'ReadResource',
};

const exceptions: Readonly<Record<number, string>> = {
  404: 'NotFoundError', 429: 'RateLimitError', 500: 'InternalServerError', 503: 'InternalServerError',
};

/** What the span calls a failure; undefined for a success. */
export function exceptionOf({ code }: GatewayRequest): string | undefined {
  return code >= 400 ? (exceptions[code] ?? 'Error') : undefined;
}

export function gatewaySpan(request: GatewayRequest): RunSpan {
  const { event, id, startMs, durationMs, code, shares } = request;
  const exception = exceptionOf(request);
  const header: SpanTags = shares === 'request id' ? { 'http.request.header.x-request-id': id } : {};
  const common = { startMs, durationMs, failed: exception && `status ${code}`, children: [], ...(exception === undefined ? {} : { exception }) };
  if (event.type === 'mcp') return { ...common, name: mcpNames[event.method] ?? event.method, kind: 'client', tags: { ...mcpTags(event), ...header } };
  const isEmbedding = event.operation === 'embeddings';
  const tags = { ...(isEmbedding ? embeddingTags(event) : chatTags(event)), ...tokenTags(event), ...header };
  return { ...common, name: isEmbedding ? 'CreateEmbeddings' : 'ChatCompletion', kind: 'internal', tags };
}

function chatTags({ requestModel, responseModel, failed, timeToFirstTokenSeconds }: ModelRequest): SpanTags {
  const stream = timeToFirstTokenSeconds === undefined ? {} : { stream: true };
  return {
    'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': failed ? requestModel : responseModel,
    'llm.invocation_parameters': JSON.stringify({ model: requestModel, ...stream }),
  };
}

function embeddingTags({ requestModel, responseModel, failed }: ModelRequest): SpanTags {
  return {
    'openinference.span.kind': 'EMBEDDING', 'llm.system': 'openai', 'embedding.model_name': failed ? requestModel : responseModel,
    'embedding.invocation_parameters': JSON.stringify({ model: requestModel }),
  };
}

function tokenTags({ tokens }: ModelRequest): SpanTags {
  const { input, output } = tokens;
  if (input === undefined) return {};
  const names = {
    'llm.token_count.prompt': input, 'llm.token_count.completion': output, 'llm.token_count.total': input + (output ?? 0),
    'llm.token_count.prompt_details.cache_read': tokens['cached_input'], 'llm.token_count.prompt_details.cache_creation': tokens['cache_creation_input'],
    'llm.token_count.completion_details.reasoning': tokens['reasoning'],
  };
  return Object.fromEntries(Object.entries(names).filter((entry): entry is [string, number] => entry[1] !== undefined));
}

function mcpTags({ method }: McpRequest): SpanTags {
  return { 'mcp.protocol.version': '2025-06-18', 'mcp.transport': 'http', 'mcp.request.id': '1', 'mcp.method.name': method };
}
