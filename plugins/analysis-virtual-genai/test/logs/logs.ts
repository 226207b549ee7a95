/** Access logs as Envoy sends them, in short: every value is a text. */
import { emptyShape, type Log, type LogOrigin } from '@meterlark/core';
import { attributes, startUs, type AttributeObject } from '../spans.js';

export const backend = 'default/openai/route/my-route/rule/0/ref/0';

export const complete: AttributeObject = {
  'gen_ai.request.model': 'gpt-4o', 'gen_ai.response.model': 'gpt-4o-2024-08-06', 'gen_ai.provider.name': backend,
  'gen_ai.usage.input_tokens': '100', 'gen_ai.usage.output_tokens': '50', 'gen_ai.usage.reasoning_tokens': '-', 'session.id': '-',
  'x-envoy-origin-path': '/v1/chat/completions', response_code: '200', upstream_transport_failure_reason: '-', duration: '1000',
  'x-request-id': '-', upstream_cluster: 'httproute/default/openai/rule/0',
};

/** Envoy's answer for a model that nobody serves. */
export const notFound: AttributeObject = {
  'gen_ai.request.model': 'nonexistent-model', 'gen_ai.response.model': '-', 'gen_ai.provider.name': '-', 'gen_ai.usage.input_tokens': '-',
  'gen_ai.usage.output_tokens': '-', response_code: '404', duration: '1', upstream_cluster: '-',
};

export interface LogWords {
  readonly traceId?: string;
  /** Milliseconds after the usual start. */
  readonly at?: number;
  readonly timeUs?: number;
}

export function log(change: AttributeObject = {}, { traceId = '', at = 0, timeUs = startUs + at * 1000 }: LogWords = {}): Log {
  return {
    timeUs, traceId, spanId: traceId === '' ? '' : 'e000000000000001', severity: '', contentType: 'text', body: 'a line', endpoint: '',
    attributes: attributes({ ...complete, ...change }),
  };
}

export function plainLog(): Log {
  return { ...log(), attributes: { shape: emptyShape, values: [] } };
}

export interface LogOriginWords {
  readonly layer?: string;
  readonly service?: string;
  readonly tenant?: string;
  readonly resource?: AttributeObject;
}

export function logOrigin({ layer = 'ENVOY_AI_GATEWAY', service = 'gateway', tenant = '', resource = {} }: LogOriginWords = {}): LogOrigin {
  return {
    tenant, protocol: 'otlp', service, instance: 'aigw-1', layer, resource: { attributes: new Map(Object.entries(resource)) },
    scope: { name: '', version: '', attributes: new Map() },
  };
}
