/** Access logs as requests: each from one instance of a gateway, as Envoy's logger batches them. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { accessLines, defaultLogPayload, logResource, type AccessLine } from './log-payload.js';

export interface LogRequests {
  readonly requests: readonly Buffer[];
  readonly linesPerRequest: number;
}

/** About 50 KiB. */
const linesPerRequest = 36;

/** One request for each instance. */
export function makeLogRequests({ services, instances, startMs }: { readonly services: number; readonly instances: number; readonly startMs: number }): LogRequests {
  const type = logsRequestType();
  const lines = [...accessLines({ ...defaultLogPayload, lines: services * instances * linesPerRequest, gateways: services, instances, startMs })];
  const requests = Array.from({ length: services * instances }, (_, pod) => {
    const own = lines.slice(pod * linesPerRequest, (pod + 1) * linesPerRequest);
    const from = { gateway: Math.floor(pod / instances), instance: pod % instances };
    const message = { resourceLogs: [{ resource: { attributes: keyValues(logResource(from)) }, scopeLogs: [{ logRecords: own.map(recordOf) }] }] };
    return Buffer.from(type.encode(type.fromObject(message)).finish());
  });
  return { requests, linesPerRequest };
}

/** A line of so many bytes, in a request of its own, on which patterns that backtrack would not end. */
export function makeHugeRequest(bytes: number): Buffer {
  const type = logsRequestType();
  const line: AccessLine = { ...[...accessLines({ ...defaultLogPayload, lines: 1 })][0]!, body: `${'a'.repeat(bytes)}!` };
  const resource = { attributes: keyValues({ ...logResource({ gateway: 0, instance: 0 }), 'service.name': 'ai-gateway-noisy' }) };
  return Buffer.from(type.encode(type.fromObject({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [recordOf(line)] }] }] })).finish());
}

function recordOf({ timeUs, traceId, spanId, body, attributes }: AccessLine): Record<string, unknown> {
  return {
    timeUnixNano: `${timeUs}000`,
    observedTimeUnixNano: `${timeUs}000`,
    body: { stringValue: body },
    attributes: keyValues(attributes),
    ...(traceId === '' ? {} : { traceId: Buffer.from(traceId, 'hex'), spanId: Buffer.from(spanId, 'hex') }),
  };
}

function keyValues(attributes: Readonly<Record<string, string>>): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }));
}

/** protobufjs by reflection over the committed descriptors. */
function logsRequestType(): protobuf.Type {
  const root = new protobuf.Root();
  for (const name of ['otlp-metrics', 'otlp-logs']) {
    const file = new URL(`../fixtures/${name}.descriptor.json`, import.meta.url);
    root.addJSON((JSON.parse(readFileSync(file, 'utf8')) as protobuf.INamespace).nested ?? {});
  }
  return root.lookupType('ExportLogsServiceRequest');
}
