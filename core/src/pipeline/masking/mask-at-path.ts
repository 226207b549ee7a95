/** Walks a structure along a path; what was not changed stays the same object. */
import type { AttributeValue } from '../../model/telemetry.js';
import type { PathStep } from './json-path.js';
import { beginsLikeJson, JsonNode, looksLikeJson, mapEntries, readJson, tooDeep, type Maskable } from './json-text.js';
import { dropped, type Masked } from './masked.js';

export interface PathEnd {
  /** What the path leads to. */
  readonly mask: (node: Maskable) => Masked<Maskable>;
  /** A text on the way that begins as JSON and cannot be read or walked. */
  readonly unreadable: (text: string) => Masked<Maskable>;
}

export function maskAtPath(node: Maskable, steps: readonly PathStep[], end: PathEnd): Masked<Maskable> {
  const [step, ...rest] = steps;
  if (step === undefined) return end.mask(node);
  // Text within JSON is often JSON again, e.g. the arguments of a tool call.
  if (typeof node === 'string') return inText(node, steps, end);
  if (typeof node !== 'object' || node instanceof Uint8Array) return node;
  if (step.kind !== 'deep') return children(node, (key, inner) => (fits(step, key) ? maskAtPath(inner, rest, end) : inner));
  const here = maskAtPath(node, rest, end);
  if (here === dropped || typeof here !== 'object' || here instanceof Uint8Array) return here;
  return children(here, (_key, inner) => maskAtPath(inner, steps, end));
}

function inText(text: string, steps: readonly PathStep[], end: PathEnd): Masked<Maskable> {
  const begins = beginsLikeJson(text);
  if (!begins && !looksLikeJson(text)) return text;
  const documents = readJson(text);
  if (documents === undefined || documents === tooDeep) return begins || documents === tooDeep ? end.unreadable(text) : text;
  const masked = mapEntries(documents, (place, root) => {
    const shown = maskAtPath(root, steps, end);
    return shown === dropped ? dropped : [place, shown];
  });
  return masked === documents ? text : masked.source;
}

function fits(step: Exclude<PathStep, { kind: 'deep' }>, key: string | number): boolean {
  if (step.kind === 'all') return true;
  return step.kind === 'index' ? key === step.index : key === step.name;
}

type Container = readonly AttributeValue[] | ReadonlyMap<string, AttributeValue> | JsonNode;

function children(node: Container, mask: (key: string | number, inner: Maskable) => Masked<Maskable>): Maskable {
  if (node instanceof JsonNode) {
    return mapEntries(node, (key, inner) => {
      const masked = mask(key, inner);
      return masked === dropped ? dropped : [key, masked];
    });
  }
  let changed = false;
  const kept: (readonly [string | number, AttributeValue])[] = [];
  for (const [key, inner] of node.entries()) {
    // Of a structured value nothing becomes a node of JSON.
    const masked = mask(key, inner) as Masked<AttributeValue>;
    if (!Object.is(masked, inner)) changed = true;
    if (masked !== dropped) kept.push([key, masked]);
  }
  if (!changed) return node;
  return Array.isArray(node) ? kept.map(([, inner]) => inner) : new Map(kept.map(([key, inner]) => [String(key), inner]));
}
