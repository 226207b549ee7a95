/** Walks a structure along a path; what was not changed stays the same object. */
import type { AttributeValue } from '../../model/telemetry.js';
import { looksLikeJson, parseJson, toJson, tooDeep, type PathStep } from './json-path.js';
import { dropped, type Masked } from './masked.js';

type Mask = (node: AttributeValue) => Masked<AttributeValue>;

export function maskAtPath(node: AttributeValue, steps: readonly PathStep[], mask: Mask): Masked<AttributeValue> {
  const [step, ...rest] = steps;
  if (step === undefined) return mask(node);
  // Text within JSON is often JSON again, e.g. the arguments of a tool call.
  if (typeof node === 'string') return looksLikeJson(node) ? inText(node, steps, mask) : node;
  if (typeof node !== 'object' || node instanceof Uint8Array) return node;
  if (step.kind !== 'deep') return children(node, (key, inner) => (fits(step, key) ? maskAtPath(inner, rest, mask) : inner));
  const here = maskAtPath(node, rest, mask);
  if (here === dropped || typeof here !== 'object' || here instanceof Uint8Array) return here;
  return children(here, (_key, inner) => maskAtPath(inner, steps, mask));
}

function inText(text: string, steps: readonly PathStep[], mask: Mask): Masked<AttributeValue> {
  const parsed = parseJson(text);
  if (parsed === undefined) return text;
  // What cannot be walked is masked whole.
  if (parsed === tooDeep) return mask(text);
  const masked = maskAtPath(parsed.value, steps, mask);
  if (masked === dropped) return dropped;
  return masked === parsed.value ? text : toJson(masked);
}

function fits(step: Exclude<PathStep, { kind: 'deep' }>, key: string | number): boolean {
  if (step.kind === 'all') return true;
  return step.kind === 'index' ? key === step.index : key === step.name;
}

type Container = readonly AttributeValue[] | ReadonlyMap<string, AttributeValue>;

function children(node: Container, mask: (key: string | number, inner: AttributeValue) => Masked<AttributeValue>): AttributeValue {
  let changed = false;
  const kept: (readonly [string | number, AttributeValue])[] = [];
  for (const [key, inner] of node.entries()) {
    const masked = mask(key, inner);
    if (!Object.is(masked, inner)) changed = true;
    if (masked !== dropped) kept.push([key, masked]);
  }
  if (!changed) return node;
  return Array.isArray(node) ? kept.map(([, inner]) => inner) : new Map(kept.map(([key, inner]) => [String(key), inner]));
}
