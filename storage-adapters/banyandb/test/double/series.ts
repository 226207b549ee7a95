/** The identity of a series: its entity values as the server writes them, and how wildcards find it. */
import { unknown } from './failures.js';
import { nullValue, type Value } from './values.js';

/** An entity value that is left open; compared by identity, as in the server. */
export const anyValue: Value = { kind: 'null' };

const kindBytes: Readonly<Partial<Record<Value['kind'], string>>> = { null: '\0', str: '\x01', int: '\x02', binaryData: '\x04', timestamp: '\x07' };
const delimiter = '|';
const escapable = /[|\\]/;
const escapables = /[|\\]/g;
const ascii = /^[\0-\x7f]*$/;

/** Of bytes as text. */
function escaped(bytes: string): string {
  return escapable.test(bytes) ? bytes.replace(escapables, '\\$&') : bytes;
}

/** Zigzag: small numbers of both signs begin with zeros. */
function bigBytes(value: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  return bytes.toString('latin1');
}

/** Bytes as text, one character a byte. */
function payload(value: Value): string {
  switch (value.kind) {
    case 'str': return ascii.test(value.value) ? value.value : Buffer.from(value.value).toString('latin1');
    case 'int': case 'timestamp': return bigBytes(value.value);
    case 'binaryData': return Buffer.from(value.value).toString('latin1');
    default: return '';
  }
}

/** Bytes as text, one character a byte. undefined for a kind that cannot be part of an entity. */
export function marshalled(values: readonly Value[]): string | undefined {
  let out = '';
  for (const value of values) {
    const kind = kindBytes[value.kind];
    if (kind === undefined) return undefined;
    out += kind + escaped(payload(value)) + delimiter;
  }
  return out;
}

/** An empty text or no bytes are read back as null. */
export function readBack(value: Value): Value {
  return (value.kind === 'str' || value.kind === 'binaryData') && value.value.length === 0 ? nullValue : value;
}

/** How many leading values are given; undefined when there is a gap before another one. */
export function leading(entity: readonly Value[]): number | undefined {
  const open = entity.indexOf(anyValue);
  if (open < 0) return entity.length;
  return entity.every((value, at) => at < open || value === anyValue) ? open : undefined;
}

/** With a gap. `*` and `?` of values are wildcards too, and neither matches a newline. */
export function wildcard(values: readonly Value[]): (key: string) => boolean {
  const text = values.map((value) => (value === anyValue ? '*|' : (marshalled([value]) ?? ''))).join('');
  if (!isText(Buffer.from(text, 'latin1'))) throw unknown('error parsing regexp: invalid UTF-8: invalid query message');
  const pattern = new RegExp(`^${Buffer.from(text, 'latin1').toString().replace(/[.+^${}()|[\]\\*?/]/g, regexOf)}$`, 'u');
  return (key) => pattern.test(Buffer.from(key, 'latin1').toString());
}

function regexOf(character: string): string {
  if (character === '*') return '[^\\n]*';
  return character === '?' ? '[^\\n]' : `\\${character}`;
}

function isText(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString()).equals(bytes);
}

/** Everything given: that series. The leading values: what begins with them. A gap: wildcards. */
export function seriesMatcher(entities: readonly (readonly Value[])[]): (key: string) => boolean {
  const exact = new Set<string | undefined>();
  const others: ((key: string) => boolean)[] = [];
  for (const entity of entities) {
    const width = leading(entity);
    if (width === undefined) {
      others.push(wildcard(entity));
    } else if (width === entity.length) {
      exact.add(marshalled(entity));
    } else {
      const prefix = marshalled(entity.slice(0, width)) ?? '';
      others.push((key) => key.startsWith(prefix));
    }
  }
  return (key) => exact.has(key) || others.some((matches) => matches(key));
}
