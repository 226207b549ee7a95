/** Spans as their senders put them on the wire: OTLP/JSON, Zipkin JSON and SkyWalking segments. */
import { readFileSync } from 'node:fs';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type { RunningServer } from './support.js';

export type Value = string | number | boolean | readonly string[];
export type Tags = Readonly<Record<string, Value>>;

export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: 'internal' | 'server' | 'client';
  readonly startMs: number;
  readonly durationMs?: number;
  readonly attributes: Tags;
  readonly events?: readonly { readonly name: string; readonly afterMs: number; readonly attributes: Tags }[];
  readonly failed?: string;
}

export interface Sender {
  readonly service: string;
  readonly scope?: string;
  readonly resource?: Tags;
}

const kinds = { internal: 1, server: 2, client: 3 } as const;

function anyValue(value: Value): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
}

function keyValues(tags: Tags): unknown[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function nanos(timeMs: number): string {
  return String(BigInt(Math.round(timeMs * 1000)) * 1000n);
}

export async function sendOtlp(server: RunningServer, { service, scope = 'application', resource = {} }: Sender, spans: readonly SentSpan[]): Promise<void> {
  const sent = spans.map(({ traceId, spanId, parentSpanId, name = 'call', kind = 'client', startMs, durationMs = 500, attributes, events = [], failed }) => ({
    traceId, spanId, ...(parentSpanId === undefined ? {} : { parentSpanId }), name, kind: kinds[kind],
    startTimeUnixNano: nanos(startMs), endTimeUnixNano: nanos(startMs + durationMs), attributes: keyValues(attributes),
    events: events.map((event) => ({ name: event.name, timeUnixNano: nanos(startMs + event.afterMs), attributes: keyValues(event.attributes) })),
    status: failed === undefined ? {} : { code: 2, message: failed },
  }));
  const attributes = keyValues({ 'service.name': service, ...resource });
  const body = JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: scope }, spans: sent }] }] });
  const answer = await fetch(`${server.httpUrl}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const text = await answer.text();
  if (answer.status !== 200 || text !== '{}') throw new Error(`/v1/traces answered ${answer.status} ${text}`);
}

export interface SentLog {
  readonly timeMs: number;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly severity?: string;
  readonly body?: unknown;
  readonly attributes?: Tags;
}

/** `service` undefined: a sender that does not name itself. */
export async function sendLogs(server: RunningServer, { service, scope = '', resource = {} }: Partial<Sender>, logs: readonly SentLog[]): Promise<void> {
  const logRecords = logs.map(({ timeMs, traceId, spanId, severity, body = '', attributes = {} }) => ({
    timeUnixNano: nanos(timeMs), ...(traceId === undefined ? {} : { traceId }), ...(spanId === undefined ? {} : { spanId }),
    ...(severity === undefined ? {} : { severityText: severity }),
    body: typeof body === 'string' ? { stringValue: body } : body, attributes: keyValues(attributes),
  }));
  const attributes = keyValues({ ...(service === undefined ? {} : { 'service.name': service }), ...resource });
  const message = JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: scope }, logRecords }] }] });
  const answer = await fetch(`${server.httpUrl}/v1/logs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: message });
  const text = await answer.text();
  if (answer.status !== 200 || text !== '{}') throw new Error(`/v1/logs answered ${answer.status} ${text}`);
}

/** What Envoy's access logger says of one call through the gateway: all values are texts, `-` where there is none. */
export function accessLog(over: Tags & { readonly model?: string; readonly code?: string }, line: Omit<SentLog, 'attributes' | 'body'>): SentLog {
  const { model = 'gpt-4o', code = '200', ...rest } = over;
  const attributes: Tags = {
    start_time: new Date(line.timeMs).toISOString(), method: 'POST', 'request.path': '/v1/chat/completions', 'x-envoy-origin-path': '/v1/chat/completions',
    response_code: code, connection_termination_details: '-', upstream_transport_failure_reason: '-', bytes_received: '512', bytes_sent: '2048',
    duration: '850', 'x-envoy-upstream-service-time': '-', 'x-forwarded-for': '10.1.2.3', 'user-agent': 'openai-python/1.99', 'x-request-id': '-',
    upstream_host: '10.0.0.7:443', upstream_cluster: 'httproute/default/gateway/rule/0', upstream_local_address: '10.0.0.2:51324',
    downstream_local_address: '10.0.0.2:1975', downstream_remote_address: '10.1.2.3:40122', 'gen_ai.request.model': model,
    'gen_ai.response.model': '-', 'gen_ai.provider.name': 'default/openai/route/gateway/rule/0/ref/0', 'gen_ai.usage.input_tokens': '-',
    'gen_ai.usage.output_tokens': '-', 'gen_ai.usage.reasoning_tokens': '-', 'session.id': '-', ...rest,
  };
  const of = (key: string): string => String(attributes[key]);
  const tokens = `${of('gen_ai.usage.input_tokens')} ${of('gen_ai.usage.output_tokens')} ${of('gen_ai.usage.reasoning_tokens')}`;
  return { ...line, attributes, body: `[${of('start_time')}] ${of('request.path')} ${model} ${code} ${tokens} ${of('duration')}` };
}

export async function sendZipkin(server: RunningServer, { service }: Sender, spans: readonly SentSpan[]): Promise<void> {
  const sent = spans.map(({ traceId, spanId, parentSpanId, name = 'call', kind = 'client', startMs, durationMs = 500, attributes, failed }) => ({
    traceId, id: spanId, ...(parentSpanId === undefined ? {} : { parentId: parentSpanId }), name,
    ...(kind === 'internal' ? {} : { kind: kind.toUpperCase() }), timestamp: Math.round(startMs * 1000), duration: durationMs * 1000,
    localEndpoint: { serviceName: service },
    tags: Object.fromEntries([...Object.entries(attributes).map(([key, value]) => [key, String(value)]), ...(failed === undefined ? [] : [['error', failed]])]),
  }));
  const url = `http://127.0.0.1:${server.host.ports.extra['receiver/zipkin']}/api/v2/spans`;
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent) });
  if (answer.status !== 202) throw new Error(`${url} answered ${answer.status} ${await answer.text()}`);
}

const descriptor = new URL('../fixtures/skywalking.descriptor.json', import.meta.url);

/** One segment whose only span is a call that the Java agent's Spring AI plugin made. */
export async function sendSegment(server: RunningServer, { service }: Sender, span: SentSpan): Promise<void> {
  const type = protobuf.Root.fromJSON(JSON.parse(readFileSync(descriptor, 'utf8')) as protobuf.INamespace).lookupType('SegmentObject');
  const { traceId, spanId, name = 'call', startMs, durationMs = 500, attributes, failed } = span;
  const message = type.fromObject({
    traceId, traceSegmentId: spanId, service, serviceInstance: `${service}-1`,
    spans: [{
      spanId: 0, parentSpanId: -1, startTime: startMs, endTime: startMs + durationMs, operationName: name, peer: 'api.openai.com:443', spanType: 'Exit', spanLayer: 'GenAI',
      componentId: 13000, isError: failed !== undefined, tags: Object.entries(attributes).map(([key, value]) => ({ key, value: String(value) })),
    }],
  });
  const client = new Client(server.grpcUrl.slice('http://'.length), credentials.createInsecure());
  await new Promise<void>((resolve, reject) => {
    const asGiven = (body: Buffer): Buffer => body;
    const done = (error: ServiceError | null): void => (error === null ? resolve() : reject(error));
    const call = client.makeClientStreamRequest('/skywalking.v3.TraceSegmentReportService/collect', asGiven, asGiven, done);
    call.write(Buffer.from(type.encode(message).finish()));
    call.end();
  });
  client.close();
}
