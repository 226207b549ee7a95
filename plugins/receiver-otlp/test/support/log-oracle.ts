/** The second opinion on log records: protobufjs, turned into the model's shape by code of its own, with BigInt times. */
import type { AttributeValue, LogBatch, ResourceLogs } from '@meterlark/core';
import { anyValue, attributes, integer, scopeOf, typeOf, type Plain } from './oracle.js';
import { pairs } from './trace-oracle.js';

export function encodeLogs(request: Plain): Buffer {
  const type = typeOf('ExportLogsServiceRequest');
  return Buffer.from(type.encode(type.fromObject(request)).finish());
}

export interface ExpectedLogs {
  readonly resources: unknown[];
  readonly points: number;
  /** Ids of a wrong length. */
  readonly ids: number;
}

export function expectedLogs(bytes: Uint8Array): ExpectedLogs {
  const request = typeOf('ExportLogsServiceRequest').decode(bytes) as unknown as Plain;
  const tally = { points: 0, ids: 0 };
  const resources = request['resourceLogs'].map((resource: Plain) => ({
    resource: { attributes: attributes(resource['resource']?.attributes ?? []) },
    scopes: resource['scopeLogs'].map((scope: Plain) => ({
      scope: scopeOf(scope['scope']),
      logs: scope['logRecords'].map((record: Plain) => logOf(record, tally)),
    })),
  }));
  return { resources, ...tally };
}

function logOf(record: Plain, tally: { points: number; ids: number }): Plain {
  tally.points += 1;
  const id = (key: string, length: number): string => {
    const hex = Buffer.from(record[key]).toString('hex');
    if (hex.length !== 0 && hex.length !== length) tally.ids += 1;
    return hex.length !== length || /^0*$/.test(hex) ? '' : hex;
  };
  const micros = (key: string): number => Number(integer(record[key]) / 1000n);
  const found = new Map<string, AttributeValue>();
  for (const { key, value } of record['attributes']) found.set(key, anyValue(value));
  if (record['eventName'] !== '' && !found.has('event.name')) found.set('event.name', record['eventName']);
  const names = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  return {
    timeUs: micros('timeUnixNano') || micros('observedTimeUnixNano'),
    traceId: id('traceId', 32),
    spanId: id('spanId', 16),
    severity: record['severityText'] || (names[Math.floor((record['severityNumber'] - 1) / 4)] ?? ''),
    ...bodyOf(record['body']),
    attributes: [...found],
    endpoint: '',
  };
}

function bodyOf(body: Plain | null): Plain {
  const kind = body?.['value'] as string | undefined;
  if (body === null || kind === undefined) return { contentType: 'text', body: '' };
  if (kind === 'arrayValue' || kind === 'kvlistValue') return { contentType: 'json', body: jsonOf(body) };
  return { contentType: 'text', body: textOf(body, kind) };
}

function textOf(value: Plain, kind: string): string {
  if (kind === 'bytesValue') return Buffer.from(value[kind]).toString('base64');
  return String(kind === 'intValue' ? integer(value[kind], true) : value[kind]);
}

function jsonOf(value: Plain | null): string {
  const kind = value?.['value'] as string | undefined;
  if (value === null || kind === undefined) return 'null';
  if (kind === 'arrayValue') return `[${value[kind].values.map(jsonOf).join(',')}]`;
  if (kind === 'kvlistValue') return `{${value[kind].values.map((pair: Plain) => `${JSON.stringify(pair['key'])}:${jsonOf(pair['value'])}`).join(',')}}`;
  const text = textOf(value, kind);
  const isNumber = kind === 'intValue' || (kind === 'doubleValue' && /\d/.test(text));
  return isNumber || kind === 'boolValue' ? text : JSON.stringify(text);
}

/** Our decoded resources with attributes as lists of pairs, as the oracle has them. */
export function plainLogs(batch: LogBatch): unknown {
  return batch.resources.map(({ resource, scopes }: ResourceLogs) => ({
    resource,
    scopes: scopes.map(({ scope, logs }) => ({ scope, logs: logs.map((log) => ({ ...log, attributes: pairs(log.attributes) })) })),
  }));
}
