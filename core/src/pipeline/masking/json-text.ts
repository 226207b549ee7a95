/** JSON text as a tree that keeps its source, so that what is not masked stays as it was written, to the last digit. */
import type { AttributeValue } from '../../model/telemetry.js';
import { dropped, type Masked } from './masked.js';

/** Numbers are nodes; null is undefined. */
export type JsonValue = string | boolean | undefined | JsonNode;
/** Whatever masking walks. */
export type Maskable = AttributeValue | JsonNode;

/** `text`: one or more documents behind each other, each an entry. */
type JsonKind = 'text' | 'object' | 'list' | 'number';

export interface JsonEntry {
  /** Name of a member, or place. Of two members of one name both are here. */
  readonly key: string | number;
  readonly value: Maskable;
  /** Source between the comma before and the next one; in an object `before` has name and colon. */
  readonly before: string;
  readonly source: string;
  readonly after: string;
}

export class JsonNode {
  constructor(
    readonly kind: JsonKind,
    readonly source: string,
    readonly entries: readonly JsonEntry[],
  ) {}
}

/** JSON that nests deeper than anyone's messages do; it is not read. */
export const tooDeep = Symbol('too deep');

/** A text of one JSON document, or of one on each line; undefined when it is neither. */
export function readJson(text: string): JsonNode | typeof tooDeep | undefined {
  if (!mayBeJson(text) || !isJson(text)) return undefined;
  return new JsonReader(text).documents();
}

/** Begins as objects and lists with something in them do, also within quotes; may go on as something else. */
export function beginsLikeJson(text: string): boolean {
  return /^\s*(?:"\s*)?(?:\{\s*\\*["']|\[\s*(?:\\*["']|[[{]|(?:true|false|null|-?[\d.eE+-]+)\s*(?:,|$)))/.test(text);
}

/** The beginning of an object or a list. */
export function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

export function toJson(value: Maskable): string {
  return value instanceof JsonNode ? value.source : JSON.stringify(plain(value));
}

/** What `visit` makes of each entry, without those it drops; the node itself when nothing changed. */
export function mapEntries(
  node: JsonNode,
  visit: (key: string | number, value: Maskable) => Masked<readonly [key: string | number, value: Maskable]>,
): JsonNode {
  let changed = false;
  const kept: JsonEntry[] = [];
  for (const entry of node.entries) {
    const visited = visit(entry.key, entry.value);
    const same = visited !== dropped && visited[0] === entry.key && visited[1] === entry.value;
    if (!same) changed = true;
    if (visited !== dropped) kept.push(same ? entry : entryOf(entry, visited));
  }
  return changed ? new JsonNode(node.kind, sourceOf(node.kind, kept), kept) : node;
}

function entryOf(entry: JsonEntry, [key, value]: readonly [string | number, Maskable]): JsonEntry {
  const before = key === entry.key ? entry.before : `${JSON.stringify(key)}:`;
  return { ...entry, key, value, before, source: value === entry.value ? entry.source : toJson(value) };
}

function sourceOf(kind: JsonKind, entries: readonly JsonEntry[]): string {
  const parts = entries.map(({ before, source, after }) => before + source + after);
  if (kind === 'text') return parts.join('');
  return kind === 'list' ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

/** Cheap, for most texts are no JSON. */
function mayBeJson(text: string): boolean {
  return /^\s*(?:[{["\d-]|true|false|null)/.test(text);
}

function isJson(text: string): boolean {
  if (parses(text)) return true;
  // The first line that is none ends it: each costs an error.
  return text.includes('\n') && text.split('\n').every((line) => /^[ \t\r]*$/.test(line) || parses(line));
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const deepest = 200;

/** Reads what is known to be JSON. */
class JsonReader {
  private at = 0;
  private isTooDeep = false;

  constructor(private readonly text: string) {}

  documents(): JsonNode | typeof tooDeep {
    const entries: JsonEntry[] = [];
    while (this.at < this.text.length && !this.isTooDeep) {
      const from = this.at;
      this.skipSpace();
      entries.push(this.entry(entries.length, from, deepest));
    }
    return this.isTooDeep ? tooDeep : new JsonNode('text', this.text, entries);
  }

  private entry(key: string | number, from: number, levels: number): JsonEntry {
    const { text } = this;
    const valueFrom = this.at;
    const value = this.value(levels);
    const valueTo = this.at;
    this.skipSpace();
    return { key, value, before: text.slice(from, valueFrom), source: text.slice(valueFrom, valueTo), after: text.slice(valueTo, this.at) };
  }

  private value(levels: number): JsonValue {
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{' || first === '[') return this.container(first === '{' ? 'object' : 'list', levels);
    const from = this.at;
    while (this.at < this.text.length && !endsWord(this.text.charCodeAt(this.at))) this.at += 1;
    const source = this.text.slice(from, this.at);
    if (source === 'null') return undefined;
    return source === 'true' || source === 'false' ? source === 'true' : new JsonNode('number', source, []);
  }

  private container(kind: 'object' | 'list', levels: number): JsonNode {
    const from = this.at;
    if (levels === 0) this.isTooDeep = true;
    const entries: JsonEntry[] = [];
    do {
      this.at += 1;
      const entryFrom = this.at;
      this.skipSpace();
      if (this.isTooDeep || endsContainer(this.text.charCodeAt(this.at))) break;
      const key = kind === 'object' ? this.name() : entries.length;
      entries.push(this.entry(key, entryFrom, levels - 1));
    } while (this.text[this.at] === ',');
    this.at += 1;
    return new JsonNode(kind, this.text.slice(from, this.at), entries);
  }

  /** And the colon behind it. */
  private name(): string {
    const name = this.string();
    this.skipSpace();
    this.at += 1;
    this.skipSpace();
    return name;
  }

  private string(): string {
    const { text } = this;
    const from = this.at;
    let to = text.indexOf('"', from + 1);
    while (isEscaped(text, to)) to = text.indexOf('"', to + 1);
    this.at = to + 1;
    const inner = text.slice(from + 1, to);
    return inner.includes('\\') ? (JSON.parse(text.slice(from, to + 1)) as string) : inner;
  }

  private skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at += 1;
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

/** `]` and `}` */
function endsContainer(code: number): boolean {
  return code === 93 || code === 125;
}

function endsWord(code: number): boolean {
  return code === 44 || endsContainer(code) || isSpace(code);
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text[quote - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

function plain(value: AttributeValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'bigint') return String(value);
  if (value === undefined) return null;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly AttributeValue[]).map(plain);
  return Object.fromEntries([...(value as ReadonlyMap<string, AttributeValue>)].map(([key, inner]) => [key, plain(inner)]));
}
