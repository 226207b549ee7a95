/** The line that Envoy's access logger writes of a request: all values are texts, `-` where there is none. */
import type { SpanContext } from '@opentelemetry/api';
import type { LogLine } from '../otlp-logs.js';
import type { McpRequest, ModelRequest } from '../traffic.js';
import type { GatewayRequest } from './request.js';

export interface AccessLine extends LogLine {
  readonly request: GatewayRequest;
  readonly body: string;
}

/** `span`: active while the line was written, if Envoy traces at all. */
export function accessLine(request: GatewayRequest, span: SpanContext | undefined): AccessLine {
  const { event, startMs } = request;
  const attributes = { ...commonOf(request), ...(event.type === 'model' ? modelOf(event) : mcpOf(event)) };
  const fields = event.type === 'model' ? modelFields : mcpFields;
  const body = `[${attributes.start_time}] ${fields.map((key) => attributes[key] ?? '-').join(' ')}`;
  return { request, timeMs: startMs, body, attributes, span };
}

const tokens = 'gen_ai.usage.';
const modelFields = ['request.path', 'gen_ai.request.model', 'response_code', `${tokens}input_tokens`, `${tokens}output_tokens`, `${tokens}reasoning_tokens`, 'duration'];
const mcpFields = ['request.path', 'mcp.method.name', 'mcp.tool.name', 'mcp.provider.name', 'response_code', 'duration'];

function commonOf({ event, id, startMs, durationMs, code, upstreamFailure }: GatewayRequest): Record<string, string> & { start_time: string } {
  const path = pathOf(event);
  return {
    start_time: new Date(startMs).toISOString(), method: 'POST', 'request.path': path, 'x-envoy-origin-path': path, response_code: String(code),
    connection_termination_details: '-', upstream_transport_failure_reason: upstreamFailure ?? '-', bytes_received: '512', bytes_sent: '2048',
    duration: String(durationMs), 'x-envoy-upstream-service-time': '-', 'x-forwarded-for': '10.1.2.3', 'user-agent': 'openai-python/2.4', 'x-request-id': id,
    upstream_host: '10.0.0.7:443', upstream_cluster: 'httproute/default/demo/rule/0', upstream_local_address: '10.0.0.2:51324',
    downstream_local_address: '10.0.0.2:1975', downstream_remote_address: '10.1.2.3:40122', 'session.id': '-',
  };
}

function pathOf(event: GatewayRequest['event']): string {
  if (event.type === 'mcp') return '/mcp';
  return event.operation === 'embeddings' ? '/v1/embeddings' : '/v1/chat/completions';
}

/** Tokens and the model that answered are known at a good end only. */
function modelOf({ requestModel, responseModel, failed, tokens: used }: ModelRequest): Record<string, string> {
  const count = (type: string): string => String(used[type] ?? '-');
  return {
    'gen_ai.request.model': requestModel, 'gen_ai.response.model': failed ? '-' : responseModel, 'gen_ai.provider.name': 'default/backend/route/demo/rule/0/ref/0',
    [`${tokens}input_tokens`]: count('input'), [`${tokens}output_tokens`]: count('output'), [`${tokens}reasoning_tokens`]: count('reasoning'),
  };
}

function mcpOf({ method, backend }: McpRequest): Record<string, string> {
  return {
    'gen_ai.request.model': '-', 'jsonrpc.request.id': '1', 'mcp.session.id': '-', 'mcp.method.name': method, 'mcp.tool.name': method === 'tools/call' ? 'search' : '-',
    'mcp.provider.name': backend,
  };
}

export const routeTypes = { model: 'llm', mcp: 'mcp' } as const;

/** By the documented rules: what failed, and what was large. */
export function isKept({ event, code, upstreamFailure }: GatewayRequest): boolean {
  if (code >= 400) return true;
  if (event.type === 'mcp') return false;
  const { input, output } = event.tokens;
  return upstreamFailure !== undefined || (input !== undefined && output !== undefined && input + output >= 10_000);
}
