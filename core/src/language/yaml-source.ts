/** YAML with positions: rule texts live in scalars, and their errors must point into the file. */
import { parseDocument, type Document } from 'yaml';
import type { MeterlarkError } from '../kernel/error.js';
import { findReading, keepReading } from '../kernel/readings.js';
import { languageErrors } from './errors.js';
import { lineStarts, positionIn, type SourceText, type TextPosition } from './source-text.js';
import { YamlFormReader, yamlReading, type YamlFault, type YamlForm, type YamlFormEntry, type YamlFormScalar } from './yaml-form.js';
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
/** Brackets open at one place, texts included, so it is generous; the YAML library recurses once per bracket. */
const maxBrackets = 500;
const shownFaults = 20;

/** Reads one document. Faults of syntax, duplicate keys, aliases and depth are collected, never thrown. */
export function readYaml(file: string, text: string): YamlFile {
  const places = new Places(file, text);
  const known = findReading(yamlReading, text);
  if (known !== undefined) return { root: places.value(known), faults: [] };
  const faults: MeterlarkError[] = [];
  const form = formOf(text, (offset, reason) => {
    faults.push(languageErrors.METERLARK_LANGUAGE_YAML({ file, ...places.at(offset), reason }));
  });
  if (form !== undefined && faults.length === 0) keepReading(yamlReading, text, form);
  return { root: form === undefined ? undefined : places.value(form), faults };
}

function formOf(text: string, fault: YamlFault): YamlForm | undefined {
  if (text.length > maxLength) fault(0, `the file has ${text.length} characters, more than ${maxLength}`);
  const document = text.length > maxLength ? undefined : parse(text, fault);
  if (document === undefined) return undefined;
  for (const error of document.errors.slice(0, shownFaults)) fault(error.pos[0], error.message.split('\n')[0] ?? error.code);
  return document.contents === null ? undefined : new YamlFormReader(fault).read(document.contents);
}

/** Gives what stands at an offset its line and column. */
class Places {
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

  value(form: YamlForm): YamlValue {
    const at = this.at(form[1]);
    if (form[0] === 'scalar') return this.scalar(form, at);
    if (form[0] === 'list') return { kind: 'list', at, items: form[2].map((item) => this.value(item)) };
    const entry = ([key, keyOffset, value]: YamlFormEntry): YamlEntry => ({ key, keyAt: this.at(keyOffset), value: this.value(value) });
    return { kind: 'map', at, entries: form[2].map(entry) };
  }

  private scalar([, start, value, text, style]: YamlFormScalar, at: TextPosition): YamlScalar {
    let offsets: readonly number[] | undefined;
    const locate = (offset: number): TextPosition => {
      offsets ??= scalarOffsets(this.text, { start, style }, text);
      return this.at(offsets[Math.max(0, Math.min(offset, text.length))] ?? 0);
    };
    return { kind: 'scalar', value, at, source: { file: this.file, text, locate } };
  }
}

/** Value of a key of a map; undefined when missing or when `value` is no map. */
export function yamlGet(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return value?.kind === 'map' ? value.entries.find((entry) => entry.key === key)?.value : undefined;
}

function parse(text: string, fault: YamlFault): Document.Parsed | undefined {
  try {
    if (deepestBracket(text) <= maxBrackets) return parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  } catch (error) {
    // The YAML library composes recursively; only nesting beyond all reason ends here.
    if (!(error instanceof RangeError)) throw error;
  }
  fault(0, 'nested too deep');
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
