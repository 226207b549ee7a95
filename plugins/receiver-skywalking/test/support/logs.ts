/** Log records of a stream, and how batches of them show. */
import { attributeOf, type AttributeValue, type Log, type LogBatch } from '@meterlark/core';
import { at, encode, pairs, type Plain } from './messages.js';

export const collectLogs = '/skywalking.v3.LogReportService/collect';
export const who: Plain = { service: 'shop', serviceInstance: 'shop-1', layer: 'GENERAL' };

export function logOf(over: Plain = {}): Plain {
  return {
    timestamp: at,
    ...who,
    endpoint: '/order',
    body: { type: 'text', text: { text: 'order 7 taken' } },
    traceContext: { traceId: 't-1', traceSegmentId: 's-1', spanId: 2 },
    tags: { data: pairs({ level: 'WARN', logger: 'Orders' }) },
    ...over,
  };
}

export function line(text: string, over: Plain = {}): Buffer {
  return encode('LogData', { timestamp: at, body: { text: { text } }, ...over });
}

export function logsOf(batches: readonly LogBatch[]): readonly Log[] {
  return batches.flatMap(({ resources }) => resources.flatMap(({ scopes }) => scopes.flatMap(({ logs }) => logs)));
}

/** Service, instance and layer, and the bodies of its records. */
export function shown(batch: LogBatch | undefined): unknown {
  return batch?.resources.map(({ resource: { attributes }, scopes }) => [
    ['service.name', 'service.instance.id', 'service.layer'].map((key) => textOf(attributes.get(key))).join('|'),
    scopes.flatMap(({ logs }) => logs.map(({ body }) => body)).join(),
  ]);
}

function textOf(value: AttributeValue): string {
  return typeof value === 'string' ? value : '';
}

export function tag({ attributes }: Log, key: string): unknown {
  return attributeOf(attributes, key);
}
