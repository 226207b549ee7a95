import { createHash } from 'node:crypto';
import type { AttributeValue, Attributes, Scope } from '@meterlark/core';

const deepest = 32;
const longest = 512;

/**
 * Text that is equal for equal attribute sets, whatever their order. Long ones are replaced by their hash, so that
 * a sender cannot make the tables grow by the size of its values.
 */
export function canonicalAttributes(attributes: Attributes): string {
  const names = [...attributes.keys()].sort();
  return canonicalText(JSON.stringify(names.map((name) => [name, plain(attributes.get(name), 0)])));
}

export function canonicalScope(scope: Scope): string {
  return JSON.stringify([scope.name, scope.version, canonicalAttributes(scope.attributes)]);
}

/** 128 bits of SHA-256 as 22 characters. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** JSON-safe form that keeps different types different. */
function plain(value: AttributeValue, depth: number): unknown {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : { number: String(value) };
  if (typeof value === 'bigint') return { integer: String(value) };
  if (value === undefined || depth > deepest) return null;
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, AttributeValue>)].sort(byName);
    return { map: entries.map(([name, inner]) => [name, plain(inner, depth + 1)]) };
  }
  return (value as readonly AttributeValue[]).map((inner) => plain(inner, depth + 1));
}

function byName(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0;
}

/** The text itself, or its hash when it is long. */
export function canonicalText(text: string): string {
  return text.length <= longest ? text : `#${fingerprint(text)}`;
}
