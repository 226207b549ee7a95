/** Values of attributes as they are stored: a text or a number, and sets of them as JSON. */
import type { SpanAttributes } from './attribute-shape.js';
import type { Attributes, AttributeValue } from './attributes.js';
import { boundedName, boundedText } from './bounded-text.js';

export interface TextLimits {
  /** Bytes of UTF-8 of one value. */
  readonly maxValueBytes: number;
  /** Attributes of one span, log, event, link, resource or scope. */
  readonly maxAttributes: number;
}

/** Told of everything that was cut off. */
export interface CutEvents {
  readonly value: () => void;
  readonly name: () => void;
  /** Attributes, events, links or references over their limit. */
  readonly parts: (count: number) => void;
}

const deepest = 32;

/** Finite numbers, and whole ones that a double holds exactly, stay numbers; all else is text; undefined is no value. */
export function storedValue(value: AttributeValue): string | number | undefined {
  switch (typeof value) {
    case 'string':
    case 'undefined':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return BigInt.asIntN(54, value) === value ? Number(value) : String(value);
    default:
      return JSON.stringify(plain(value, 0));
  }
}

/** As text whatever it is: bytes as base64, lists and maps as JSON; "" for no value. */
export function attributeText(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  const stored = storedValue(value);
  return stored === undefined ? '' : String(stored);
}

/** JSON-safe: bytes as base64, whole numbers beyond ±2^53 as text; too deep is null. */
function plain(value: AttributeValue, depth: number): unknown {
  if (typeof value === 'bigint') return storedValue(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return value ?? null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (depth >= deepest) return null;
  if (Array.isArray(value)) return (value as readonly AttributeValue[]).map((inner) => plain(inner, depth + 1));
  // Through entries, so that a key `__proto__` is a key as any other.
  return Object.fromEntries([...(value as ReadonlyMap<string, AttributeValue>)].map(([key, inner]) => [key, plain(inner, depth + 1)]));
}

/** StoredAttributes as JSON, keys sorted: equal sets give equal texts. */
export function canonicalJson(attributes: Attributes, limits: TextLimits, cuts: CutEvents): string {
  const keys = [...attributes.keys()].sort();
  return objectJson(keys, (key) => attributes.get(key), limits, cuts);
}

/** StoredAttributes as JSON, keys as they came. */
export function attributesJson({ shape, values }: SpanAttributes, limits: TextLimits, cuts: CutEvents): string {
  return objectJson(shape.keys, (_key, place) => values[place], limits, cuts);
}

function objectJson(
  keys: readonly string[],
  valueOf: (key: string, place: number) => AttributeValue,
  limits: TextLimits,
  cuts: CutEvents,
): string {
  const count = Math.min(keys.length, limits.maxAttributes);
  if (keys.length > count) cuts.parts(keys.length - count);
  let json = '';
  for (let place = 0; place < count; place += 1) {
    const key = keys[place] ?? '';
    const value = storedValue(valueOf(key, place));
    if (value === undefined) continue;
    const bounded = typeof value === 'string' ? boundedText(value, limits.maxValueBytes, cuts.value) : value;
    json += `${json === '' ? '' : ','}${JSON.stringify(boundedName(key, cuts.name))}:${JSON.stringify(bounded)}`;
  }
  return `{${json}}`;
}
