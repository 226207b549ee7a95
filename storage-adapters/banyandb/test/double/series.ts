/** The identity of a series: its entity values as the server writes them, and its three ways to look them up. */
import { unknown } from './failures.js';
import { nullValue, type Value } from './values.js';

/** An entity value that is left open; compared by identity, as in the server. */
export const anyValue: Value = { kind: 'null' };

const kindBytes: Readonly<Partial<Record<Value['kind'], number>>> = { null: 0, str: 1, int: 2, binaryData: 4, timestamp: 7 };
const delimiter = 0x7c;
const escape = 0x5c;

function escaped(bytes: Uint8Array): number[] {
  const out: number[] = [];
  for (const byte of bytes) {
    if (byte === delimiter || byte === escape) out.push(escape);
    out.push(byte);
  }
  out.push(delimiter);
  return out;
}

/** Zigzag: small numbers of both signs begin with zeros. */
function bigBytes(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  return bytes;
}

function payload(value: Value): Uint8Array {
  switch (value.kind) {
    case 'str': return Buffer.from(value.value);
    case 'int': case 'timestamp': return bigBytes(value.value);
    case 'binaryData': return value.value;
    default: return new Uint8Array();
  }
}

/** Bytes as text, one character a byte. undefined for a kind that cannot be part of an entity. */
export function marshalled(values: readonly Value[]): string | undefined {
  const out: number[] = [];
  for (const value of values) {
    const kind = kindBytes[value.kind];
    if (kind === undefined) return undefined;
    out.push(kind, ...escaped(payload(value)));
  }
  return Buffer.from(out).toString('latin1');
}

/** An empty text or no bytes are read back as null. */
export function readBack(value: Value): Value {
  return (value.kind === 'str' || value.kind === 'binaryData') && value.value.length === 0 ? nullValue : value;
}

/** `*` and `?` of values are wildcards too, and neither matches a newline. */
function wildcard(values: readonly Value[]): (key: string) => boolean {
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
export function seriesMatcher(values: readonly Value[]): (key: string) => boolean {
  const open = values.indexOf(anyValue);
  if (open < 0) {
    const exact = marshalled(values);
    return (key) => key === exact;
  }
  if (values.slice(open).every((value) => value === anyValue)) {
    const prefix = marshalled(values.slice(0, open)) ?? '';
    return (key) => key.startsWith(prefix);
  }
  return wildcard(values);
}
