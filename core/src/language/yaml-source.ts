/** YAML with positions: rule texts live in scalars, and their errors must point into the file. */
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node, type Scalar } from 'yaml';
import type { MeterlarkError } from '../kernel/error.js';
import { languageErrors } from './errors.js';
import { lineStarts, positionIn, type SourceText, type TextPosition } from './source-text.js';
import { scalarOffsets } from './yaml-offsets.js';

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The scalar's text (of a number: as written), located in the file through quotes, folds and indentation. */
  readonly source: SourceText;
  readonly at: TextPosition;
}
export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlValue[];
  readonly at: TextPosition;
}
export interface YamlEntry {
  readonly key: string;
  readonly keyAt: TextPosition;
  readonly value: YamlValue;
}
export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly at: TextPosition;
}
export type YamlValue = YamlScalar | YamlList | YamlMap;

export interface YamlFile {
  /** undefined when the file is empty or could not be read. */
  readonly root: YamlValue | undefined;
  readonly faults: readonly MeterlarkError[];
}

const maxLength = 1024 * 1024;
const maxDepth = 64;
/** Brackets open at one place, texts included, so it is generous; the YAML library recurses once per bracket. */
const maxBrackets = 500;
const shownFaults = 20;

class Reader {
  readonly faults: MeterlarkError[] = [];
  private readonly starts: readonly number[];

  constructor(
    private readonly file: string,
    private readonly text: string,
  ) {
    this.starts = lineStarts(text);
  }

  at(offset: number): TextPosition {
    return positionIn(this.starts, offset);
  }

  fault(offset: number, reason: string): void {
    this.faults.push(languageErrors.METERLARK_LANGUAGE_YAML({ file: this.file, ...this.at(offset), reason }));
  }

  read(node: Node, depth: number): YamlValue {
    const offset = node.range?.[0] ?? 0;
    const at = this.at(offset);
    if (depth > maxDepth) this.fault(offset, `nested more than ${maxDepth} levels deep`);
    else if (isMap(node)) return { kind: 'map', at, entries: node.items.map((pair) => this.entry(pair, at, depth)) };
    else if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => this.child(item, at, depth)) };
    else if (isScalar(node)) return this.scalar(node, at);
    else if (isAlias(node)) this.fault(offset, 'aliases are not supported in rule files');
    return this.nothing(at);
  }

  nothing(at: TextPosition): YamlScalar {
    return { kind: 'scalar', value: null, at, source: { file: this.file, text: '', locate: () => at } };
  }

  private child(item: unknown, near: TextPosition, depth: number): YamlValue {
    return item === null || item === undefined ? this.nothing(near) : this.read(item as Node, depth + 1);
  }

  private entry(pair: { key: unknown; value: unknown }, near: TextPosition, depth: number): YamlEntry {
    const key = this.child(pair.key, near, depth);
    if (key.kind !== 'scalar') this.faults.push(this.badKey(key.at));
    const name = key.kind === 'scalar' ? String(key.value) : '';
    return { key: name, keyAt: key.at, value: this.child(pair.value, key.at, depth) };
  }

  private badKey(at: TextPosition): MeterlarkError {
    return languageErrors.METERLARK_LANGUAGE_YAML({ file: this.file, ...at, reason: 'a key must be a plain word' });
  }

  private scalar(node: Scalar, at: TextPosition): YamlScalar {
    const value = node.value;
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
    const text = typeof value === 'string' ? value : (node.source ?? '');
    let offsets: readonly number[] | undefined;
    const locate = (offset: number): TextPosition => {
      offsets ??= scalarOffsets(this.text, node, text);
      return this.at(offsets[Math.max(0, Math.min(offset, text.length))] ?? 0);
    };
    return { kind: 'scalar', value: plain, at, source: { file: this.file, text, locate } };
  }
}

/** Reads one document. Faults of syntax, duplicate keys, aliases and depth are collected, never thrown. */
export function readYaml(file: string, text: string): YamlFile {
  const reader = new Reader(file, text);
  if (text.length > maxLength) reader.fault(0, `the file has ${text.length} characters, more than ${maxLength}`);
  const document = text.length > maxLength ? undefined : parse(reader, text);
  if (document === undefined) return { root: undefined, faults: reader.faults };
  for (const error of document.errors.slice(0, shownFaults))
    reader.fault(error.pos[0], error.message.split('\n')[0] ?? error.code);
  const root = document.contents === null ? undefined : reader.read(document.contents, 0);
  return { root, faults: reader.faults };
}

/** Value of a key of a map; undefined when missing or when `value` is no map. */
export function yamlGet(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return value?.kind === 'map' ? value.entries.find((entry) => entry.key === key)?.value : undefined;
}

function parse(reader: Reader, text: string): Document.Parsed | undefined {
  try {
    if (deepestBracket(text) <= maxBrackets) return parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  } catch (error) {
    // The YAML library composes recursively; only nesting beyond all reason ends here.
    if (!(error instanceof RangeError)) throw error;
  }
  reader.fault(0, 'nested too deep');
  return undefined;
}

function deepestBracket(text: string): number {
  let open = 0;
  let deepest = 0;
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    open = Math.max(0, open + (bracket === '[' || bracket === '{' ? 1 : -1));
    deepest = Math.max(deepest, open);
  }
  return deepest;
}
