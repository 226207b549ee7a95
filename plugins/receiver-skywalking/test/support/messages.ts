/** Messages of SkyWalking's protocol made by protobufjs over the committed descriptor, and captured ones. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const fixtures = new URL('../../../../test/fixtures/', import.meta.url);
const descriptor = JSON.parse(readFileSync(new URL('skywalking.descriptor.json', fixtures), 'utf8')) as protobuf.INamespace;
const root = protobuf.Root.fromJSON(descriptor);

export type Plain = Readonly<Record<string, unknown>>;

export function encode(type: string, message: Plain): Buffer {
  const codec = root.lookupType(type);
  return Buffer.from(codec.encode(codec.fromObject(message)).finish());
}

export function captured(name: string): Buffer {
  return readFileSync(new URL(`skywalking/${name}.bin`, fixtures));
}

/** A field that is longer than the message. */
export const malformed = Buffer.from([0x0a, 0x7f, 0x00]);

export const at = 1_763_700_000_000;

export function pairs(values: Readonly<Record<string, string>>): readonly Plain[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

export function spanOf(over: Plain = {}): Plain {
  return { spanId: 0, parentSpanId: -1, startTime: at, endTime: at + 120, operationName: 'GET:/order', spanType: 'Entry', spanLayer: 'Http', ...over };
}

export function segmentOf(over: Plain = {}): Plain {
  return { traceId: 't-1', traceSegmentId: 's-1', service: 'shop', serviceInstance: 'shop-1', spans: [spanOf()], ...over };
}

export function gauge(name: string, value: number, over: Plain = {}, labels: Readonly<Record<string, string>> = {}): Buffer {
  const list = Object.entries(labels).map(([label, text]) => ({ name: label, value: text }));
  return encode('MeterData', { singleValue: { name, value, labels: list }, ...over });
}
