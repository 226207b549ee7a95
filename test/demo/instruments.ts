/** What an AI gateway measures of an event: names, units, bounds and attributes of Envoy AI Gateway. */
import type { McpRequest, ModelRequest, TrafficEvent } from './traffic.js';

export interface Instrument {
  readonly name: string;
  readonly unit: string;
  /** undefined: a monotonic counter; otherwise a histogram with these upper bounds. */
  readonly bounds: readonly number[] | undefined;
}

export interface Measurement {
  readonly instrument: Instrument;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

const doubling = (first: number, factor: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Number((first * factor ** index).toPrecision(12)));

const mcpBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const instruments = {
  tokens: { name: 'gen_ai.client.token.usage', unit: 'token', bounds: doubling(1, 4, 14) },
  duration: { name: 'gen_ai.server.request.duration', unit: 's', bounds: doubling(0.01, 2, 14) },
  firstToken: {
    name: 'gen_ai.server.time_to_first_token',
    unit: 's',
    bounds: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60],
  },
  perToken: {
    name: 'gen_ai.server.time_per_output_token',
    unit: 's',
    bounds: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
  },
  mcpDuration: { name: 'mcp.request.duration', unit: '', bounds: mcpBounds },
  mcpInitialization: { name: 'mcp.initialization.duration', unit: '', bounds: mcpBounds },
  mcpMethods: { name: 'mcp.method.count', unit: '', bounds: undefined },
} as const satisfies Record<string, Instrument>;

function ofModelRequest(event: ModelRequest): Measurement[] {
  const attributes = {
    'gen_ai.operation.name': event.operation,
    'gen_ai.provider.name': event.provider,
    'gen_ai.original.model': event.requestModel,
    'gen_ai.request.model': event.requestModel,
    'gen_ai.response.model': event.responseModel,
  };
  const failure = event.failed ? { 'error.type': '_OTHER' } : {};
  const found: Measurement[] = [
    { instrument: instruments.duration, value: event.durationSeconds, attributes: { ...attributes, ...failure } },
  ];
  if (event.timeToFirstTokenSeconds !== undefined) {
    found.push({ instrument: instruments.firstToken, value: event.timeToFirstTokenSeconds, attributes });
  }
  if (event.timePerOutputTokenSeconds !== undefined) {
    found.push({ instrument: instruments.perToken, value: event.timePerOutputTokenSeconds, attributes });
  }
  for (const [type, value] of Object.entries(event.tokens)) {
    found.push({ instrument: instruments.tokens, value, attributes: { ...attributes, 'gen_ai.token.type': type } });
  }
  return found;
}

function ofMcpRequest(event: McpRequest): Measurement[] {
  const backend = { 'mcp.backend': event.backend };
  const failure = event.status === 'error' ? { 'error.type': 'internal_error' } : {};
  const found: Measurement[] = [
    { instrument: instruments.mcpDuration, value: event.durationSeconds, attributes: { ...backend, ...failure } },
    {
      instrument: instruments.mcpMethods,
      value: 1,
      attributes: { ...backend, 'mcp.method.name': event.method, status: event.status },
    },
  ];
  if (event.initializationSeconds !== undefined) {
    found.push({ instrument: instruments.mcpInitialization, value: event.initializationSeconds, attributes: backend });
  }
  return found;
}

export function measure(event: TrafficEvent): Measurement[] {
  return event.type === 'model' ? ofModelRequest(event) : ofMcpRequest(event);
}
