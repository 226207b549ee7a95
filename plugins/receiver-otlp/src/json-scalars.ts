/** Values of protobuf's JSON form; undefined for what is not one. */
import { isRecord } from '@meterlark/core';

export interface IntegerRange {
  readonly least: bigint;
  readonly most: bigint;
}

/** A JSON number without fraction, or decimal text (how 64-bit integers are written). */
export function toInteger(value: unknown, range: IntegerRange): bigint | undefined {
  let integer: bigint;
  if (typeof value === 'number' && Number.isInteger(value)) integer = BigInt(value);
  else if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) integer = BigInt(value);
  else return undefined;
  return integer >= range.least && integer <= range.most ? integer : undefined;
}

const named: ReadonlyMap<unknown, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

export function toDouble(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(value)) return Number(value);
  return named.get(value);
}

/** OTLP asks for the number; the name is protobuf's other form. */
export function toEnum(value: unknown, names: readonly string[]): bigint | undefined {
  if (typeof value === 'string' && names.includes(value)) return BigInt(names.indexOf(value));
  return toInteger(value, { least: 0n, most: 2n ** 31n - 1n });
}

/** Hex digits of either case, two a byte. */
export function toHexBytes(value: unknown): Buffer | undefined {
  return typeof value === 'string' && /^([0-9A-Fa-f]{2})*$/.test(value) ? Buffer.from(value, 'hex') : undefined;
}

/** Base64, also in its URL form. OpenTelemetry's JS SDK sends what JSON makes of a byte array instead: `{"0":7,"1":255}`. */
export function toBytes(value: unknown): Buffer | undefined {
  if (isRecord(value)) return bytesOf(Object.keys(value), Object.values(value));
  return typeof value === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value) ? Buffer.from(value, 'base64') : undefined;
}

function bytesOf(places: readonly string[], values: readonly unknown[]): Buffer | undefined {
  const isByte = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
  return places.every((place, index) => place === String(index)) && values.every(isByte) ? Buffer.from(values) : undefined;
}
