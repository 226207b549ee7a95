/** A YAML document as plain arrays with offsets: what is left of it when comments and styles are gone, and what is kept of it. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import type { ReadingForm } from '../kernel/readings.js';

/** Offsets count in the file. Those of a scalar without text, which stands nowhere, are those of what it belongs to. */
export type YamlForm =
  | readonly ['map', offset: number, entries: readonly YamlFormEntry[]]
  | readonly ['list', offset: number, items: readonly YamlForm[]]
  | YamlFormScalar;

/** `text`: of a number as it is written. `style`: as the YAML library calls it. Both are empty where nothing is written. */
export type YamlFormScalar = readonly ['scalar', offset: number, value: string | number | boolean | null, text: string, style: string];

export type YamlFormEntry = readonly [key: string, keyOffset: number, value: YamlForm];

export const yamlReading: ReadingForm<YamlForm> = {
  kind: 'YAML',
  pack: (form) => JSON.stringify(form),
  unpack: (json) => JSON.parse(json) as YamlForm,
};

const maxDepth = 64;

export type YamlFault = (offset: number, reason: string) => void;

/** Tells `fault` of what rule files may not hold. */
export class YamlFormReader {
  constructor(private readonly fault: YamlFault) {}

  read(node: Node, depth = 0): YamlForm {
    const offset = node.range?.[0] ?? 0;
    if (depth > maxDepth) this.fault(offset, `nested more than ${maxDepth} levels deep`);
    else if (isMap(node)) return ['map', offset, node.items.map((pair) => this.entry(pair, offset, depth))];
    else if (isSeq(node)) return ['list', offset, node.items.map((item) => this.child(item, offset, depth))];
    else if (isScalar(node)) return scalar(node, offset);
    else if (isAlias(node)) this.fault(offset, 'aliases are not supported in rule files');
    return nothing(offset);
  }

  private child(item: unknown, near: number, depth: number): YamlForm {
    return item === null || item === undefined ? nothing(near) : this.read(item as Node, depth + 1);
  }

  private entry(pair: { key: unknown; value: unknown }, near: number, depth: number): YamlFormEntry {
    const key = this.child(pair.key, near, depth);
    if (key[0] !== 'scalar') this.fault(key[1], 'a key must be a plain word');
    const name = key[0] === 'scalar' ? String(key[2]) : '';
    return [name, key[1], this.child(pair.value, key[1], depth)];
  }
}

function nothing(offset: number): YamlFormScalar {
  return ['scalar', offset, null, '', ''];
}

function scalar(node: Scalar, offset: number): YamlFormScalar {
  const value = node.value;
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return ['scalar', offset, plain, typeof value === 'string' ? value : (node.source ?? ''), node.type ?? 'PLAIN'];
}
