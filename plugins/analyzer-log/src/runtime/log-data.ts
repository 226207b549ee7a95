/** SkyWalking's LogData as people write it: JSON or YAML, its keys in either spelling. */
import {
  isRecord, readYaml, ShapeTable,
  type AttributeValue, type Log, type LogBatch, type LogContentType, type YamlValue,
} from '@meterlark/core';
import { logErrors } from '../errors.js';
import { severityIn } from './kept-log.js';

const maxLength = 256 * 1024;
/** YAML takes up to 50 µs a character, more the longer it is, and holds up everybody meanwhile. */
const maxYamlLength = 8 * 1024;
const keys = ['timestamp', 'service', 'serviceInstance', 'endpoint', 'layer', 'body', 'traceContext', 'tags'];

/** Throws METERLARK_LOG_TRIAL. */
export function logDataBatch(text: string): LogBatch {
  const data = part(plainOf(text), keys, 'the log');
  const resource = { attributes: new Map<string, AttributeValue>() };
  for (const [attribute, key] of [['service.name', 'service'], ['service.instance.id', 'serviceInstance'], ['service.layer', 'layer']] as const) {
    const value = textOf(data, key);
    if (value !== '') resource.attributes.set(attribute, value);
  }
  const scope = { name: '', version: '', attributes: new Map<string, AttributeValue>() };
  return { signal: 'logs', tenant: '', protocol: 'skywalking', points: 1, resources: [{ resource, scopes: [{ scope, logs: [logOf(data)] }] }] };
}

type Parts = Readonly<Record<string, unknown>>;

function logOf(data: Parts): Log {
  const context = part(data['traceContext'] ?? {}, ['traceId', 'traceSegmentId', 'spanId'], 'traceContext');
  const segment = textOf(context, 'traceSegmentId');
  const tags = tagsOf(part(data['tags'] ?? {}, ['data'], 'tags')['data'] ?? []);
  return {
    timeUs: numberOf(data, 'timestamp') * 1000,
    traceId: textOf(context, 'traceId'),
    spanId: segment === '' ? '' : `${segment}.${numberOf(context, 'spanId')}`,
    severity: severityIn(tags),
    ...bodyOf(part(data['body'] ?? {}, ['type', 'text', 'json', 'yaml'], 'body')),
    attributes: new ShapeTable(0, 0).attributes(tags),
    endpoint: textOf(data, 'endpoint'),
  };
}

function bodyOf(body: Parts): { readonly contentType: LogContentType; readonly body: string } {
  for (const contentType of ['text', 'json', 'yaml'] as const) {
    if (body[contentType] === undefined) continue;
    return { contentType, body: textOf(part(body[contentType], [contentType], `body.${contentType}`), contentType) };
  }
  return { contentType: 'text', body: '' };
}

function tagsOf(data: unknown): [string, string][] {
  if (!Array.isArray(data)) throw refused('tags.data is not a list');
  return data.map((each: unknown, place) => {
    const tag = part(each, ['key', 'value'], `tags.data[${place}]`);
    return [textOf(tag, 'key'), textOf(tag, 'value')];
  });
}

function plainOf(text: string): unknown {
  if (text.length > maxLength) throw refused(`it has more than ${maxLength} characters`);
  if (text.trim() === '') throw refused('it is empty');
  const json = jsonOf(text);
  if (json !== undefined) return json;
  if (text.length > maxYamlLength) throw refused(`it is no JSON, and for YAML it has more than ${maxYamlLength} characters`);
  const { root, faults } = readYaml('log', text);
  const [fault] = faults;
  if (fault !== undefined) throw refused(fault.message, fault);
  return root === undefined ? undefined : plain(root);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function plain(value: YamlValue): unknown {
  switch (value.kind) {
    case 'scalar':
      return value.value ?? undefined;
    case 'list':
      return value.items.map(plain);
    case 'map':
      return Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.value)]));
  }
}

/** The map with its keys as camelCase; `known` ones only, for a wrong one would try the rule on another log. */
function part(value: unknown, known: readonly string[], name: string): Parts {
  if (!isRecord(value) || Array.isArray(value)) throw refused(`${name} is not a map`);
  const entries = Object.entries(value).map(([key, each]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), each] as const);
  const stranger = entries.find(([key]) => !known.includes(key));
  if (stranger !== undefined) throw refused(`${name} has no field ${stranger[0].slice(0, 100)}; known: ${known.join(', ')}`);
  return Object.fromEntries(entries);
}

function textOf(parts: Parts, key: string): string {
  const value = parts[key] ?? '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw refused(`${key} is not a text`);
}

/** Numbers of 64 bits are texts in protobuf's JSON. */
function numberOf(parts: Parts, key: string): number {
  const number = Number(parts[key] ?? 0);
  if (!Number.isSafeInteger(number) || number < 0) throw refused(`${key} is not a whole number`);
  return number;
}

function refused(reason: string, cause?: unknown): Error {
  return logErrors.METERLARK_LOG_TRIAL({ reason }, cause);
}
