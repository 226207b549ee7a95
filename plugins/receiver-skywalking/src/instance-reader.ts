/** InstanceProperties and InstancePingPkg: an instance tells that it lives and what it is. As protobuf and JSON. */
import { countJsonParts, isRecord, reasonOf, reportedLayer, WireReader } from '@meterlark/core';
import { receiverErrors } from './errors.js';
import { demandName, unusable } from './fault.js';

export interface InstanceReport {
  readonly service: string;
  readonly instance: string;
  /** One that a sender may say. */
  readonly layer: string;
  /** In the order sent; keys may repeat (ipv4 does). Empty for a ping. */
  readonly properties: readonly (readonly [key: string, value: string])[];
}

export type ReportKind = 'InstanceProperties' | 'InstancePingPkg';

/** Properties are shown, not searched. */
const maxPropertyLength = 4_096;
const maxProperties = 256;

/** Throws WireFault or UnusableMessage. */
export function readInstanceReport(body: Buffer, kind: ReportKind): InstanceReport {
  const reader = new WireReader(body, { items: maxProperties });
  const properties: [string, string][] = [];
  const layerTag = kind === 'InstanceProperties' ? 34 : 26;
  let service = '', instance = '', layer = '';
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) service = text(reader);
    else if (tag === 18) instance = text(reader);
    else if (tag === layerTag) layer = text(reader);
    else if (tag === 26) properties.push(readPair(reader));
    else reader.skip(tag);
  }
  return checked({ service, instance, layer, properties });
}

/** Throws METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON or UnusableMessage. */
export function readInstanceReportJson(body: Buffer, kind: ReportKind): InstanceReport {
  const limits = { objects: maxProperties + 1, parts: 8 * maxProperties };
  const { objects, parts } = countJsonParts(body, limits);
  if (objects > limits.objects || parts > limits.parts) unusable('too_many_items');
  const value = parsed(body, kind);
  const field = (name: string): string => (typeof value[name] === 'string' ? value[name] : '');
  const list: readonly unknown[] = Array.isArray(value['properties']) ? value['properties'] : [];
  const properties = kind === 'InstanceProperties' ? list.flatMap(pairsOf) : [];
  return checked({ service: field('service'), instance: field('serviceInstance'), layer: field('layer'), properties });
}

function parsed(body: Buffer, message: ReportKind): Readonly<Record<string, unknown>> {
  let reason = 'an object is expected';
  try {
    const value = JSON.parse(body.toString('utf8')) as unknown;
    if (isRecord(value)) return value;
  } catch (error) {
    reason = reasonOf(error);
  }
  throw receiverErrors.METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON({ message, reason, path: '$' });
}

/** Agents send `{"key": "language", "value": "Lua"}`; SkyWalking's own example says `{"language": "Lua"}`. */
function pairsOf(element: unknown): readonly (readonly [string, string])[] {
  if (!isRecord(element)) return [];
  const { key, value } = element;
  if (typeof key === 'string') return [[key, typeof value === 'string' ? value : '']];
  return Object.entries(element).flatMap(([name, given]) => (typeof given === 'string' ? [[name, given] as const] : []));
}

function checked({ service, instance, layer, properties }: InstanceReport): InstanceReport {
  demandName(service, 'no_service');
  demandName(instance, 'no_instance');
  const isLong = properties.some(([key, value]) => key.length > maxPropertyLength || value.length > maxPropertyLength);
  if (properties.length > maxProperties) unusable('too_many_items');
  if (isLong) unusable('long_name');
  return { service, instance, layer: reportedLayer(layer), properties };
}

function readPair(reader: WireReader): [string, string] {
  let key = '', value = '';
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) key = text(reader);
    else if (tag === 18) value = text(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return [key, value];
}

function text(reader: WireReader): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  return reader.bytes.toString('utf8', start, start + length);
}
