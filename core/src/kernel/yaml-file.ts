/** A small YAML file (settings, inventory) as plain data that knows where each key stands. */
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';

export interface Place {
  readonly file: string;
  /** From 1; 0 when the fault concerns the whole file. */
  readonly line: number;
  readonly column: number;
}

export interface YamlFault extends Place {
  readonly reason: string;
  /** Set when a key stands twice in one map. */
  readonly duplicateKey: string | undefined;
}

export interface YamlFile {
  readonly file: string;
  /** Top-level keys in the order of the file. */
  readonly entries: ReadonlyMap<string, unknown>;
  readonly faults: readonly YamlFault[];
  /** Where the key at this path stands; the nearest parent that exists otherwise. */
  place(path: readonly string[]): Place;
}

const maxCharacters = 1024 * 1024;
const maxBrackets = 100;

export function readYamlFile(file: string, text: string): YamlFile {
  if (text.length > maxCharacters) return broken(file, `the file is longer than ${maxCharacters} characters`);
  // The library recurses once per bracket; no honest file comes near the limit.
  if ((text.match(/[[{]/g)?.length ?? 0) > maxBrackets * 10) return broken(file, 'the file nests too many brackets');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const faults = document.errors.map((error): YamlFault => {
    const duplicateKey = error.code === 'DUPLICATE_KEY' ? wordAt(text, error.pos[0]) : undefined;
    return { ...at(error.pos[0]), reason: error.message.split('\n')[0] ?? error.code, duplicateKey };
  });
  const place = (path: readonly string[]): Place => at(offsetOf(document, path));
  return contents({ file, document, faults, place });
}

/** Text of a place as faults show it. */
export function showPlace(place: Place): string {
  return place.line === 0 ? place.file : `${place.file}:${place.line}:${place.column}`;
}

interface Parsed {
  readonly file: string;
  readonly document: Document.Parsed;
  readonly faults: readonly YamlFault[];
  readonly place: (path: readonly string[]) => Place;
}

function contents({ file, document, faults, place }: Parsed): YamlFile {
  const root: unknown = document.contents;
  const empty = { file, entries: new Map<string, unknown>(), faults, place };
  if (root === null || (isScalar(root) && root.value === null)) return empty;
  if (!isMap(root)) return { ...empty, faults: [...faults, wholeFile(file, 'the file must hold one map')] };
  const entries = new Map<string, unknown>();
  try {
    for (const pair of root.items) entries.set(keyText(pair.key), valueOf(document, pair.value));
  } catch (error) {
    // An alias that refers to nothing, or aliases that multiply beyond the library's limit.
    if (!(error instanceof ReferenceError)) throw error;
    return { ...empty, faults: [...faults, wholeFile(file, error.message)] };
  }
  return { ...empty, entries };
}

function valueOf(document: Document.Parsed, node: unknown): unknown {
  if (node === null || node === undefined) return undefined;
  return (node as { toJS(document: Document.Parsed, options: { maxAliasCount: number }): unknown }).toJS(document, { maxAliasCount: 100 });
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function offsetOf(document: Document.Parsed, path: readonly string[]): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const word of path) {
    if (!isMap(node)) break;
    const pair = (node).items.find(({ key }) => keyText(key) === word);
    if (pair === undefined) break;
    offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
    node = pair.value;
  }
  return offset;
}

function wordAt(text: string, offset: number): string {
  return (/^"[^"]*"|^'[^']*'|^[^\s:]+/.exec(text.slice(offset, offset + 200))?.[0] ?? '').replace(/^["']|["']$/g, '');
}

function wholeFile(file: string, reason: string): YamlFault {
  return { file, line: 0, column: 0, reason, duplicateKey: undefined };
}

function broken(file: string, reason: string): YamlFile {
  const place = (): Place => ({ file, line: 0, column: 0 });
  return { file, entries: new Map(), faults: [wholeFile(file, reason)], place };
}
