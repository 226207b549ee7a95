/** Values as the double keeps them, and their way from and to messages. */
import Long from 'long';
import type { Int64, TimestampMessage, ValueMessage } from './messages.js';

export type Value =
  | { readonly kind: 'unset' | 'null' }
  | { readonly kind: 'str'; readonly value: string }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'binaryData'; readonly value: Uint8Array }
  | { readonly kind: 'strArray'; readonly value: readonly string[] }
  | { readonly kind: 'intArray'; readonly value: readonly bigint[] }
  /** Epoch nanoseconds. */
  | { readonly kind: 'timestamp'; readonly value: bigint };

export const nullValue: Value = { kind: 'null' };

export function bigintOf(value: Int64 | undefined): bigint {
  return value === undefined ? 0n : (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

export function longOf(value: bigint): Long {
  return new Long(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

export function nanosOf(time: TimestampMessage): bigint {
  return bigintOf(time.seconds) * 1_000_000_000n + BigInt(time.nanos ?? 0);
}

export function timestampOf(nanos: bigint): { seconds: Long; nanos: number } {
  const seconds = nanos >= 0n ? nanos / 1_000_000_000n : -((-nanos + 999_999_999n) / 1_000_000_000n);
  return { seconds: longOf(seconds), nanos: Number(nanos - seconds * 1_000_000_000n) };
}

export function valueOf(message: ValueMessage | undefined): Value {
  switch (message?.value) {
    case 'null': return nullValue;
    case 'str': return { kind: 'str', value: message.str?.value ?? '' };
    case 'int': return { kind: 'int', value: bigintOf(message.int?.value) };
    case 'float': return { kind: 'float', value: message.float?.value ?? 0 };
    case 'binaryData': return { kind: 'binaryData', value: message.binaryData ?? new Uint8Array() };
    case 'strArray': return { kind: 'strArray', value: message.strArray?.value ?? [] };
    case 'intArray': return { kind: 'intArray', value: (message.intArray?.value ?? []).map(bigintOf) };
    case 'timestamp': return { kind: 'timestamp', value: nanosOf(message.timestamp ?? {}) };
    case undefined: return { kind: 'unset' };
  }
}

/** An object protobufjs encodes as it is. */
export function messageOf(value: Value): object {
  switch (value.kind) {
    case 'unset': case 'null': return { null: 0 };
    case 'str': case 'float': return { [value.kind]: { value: value.value } };
    case 'int': return { int: { value: longOf(value.value) } };
    case 'binaryData': return { binaryData: value.value };
    case 'strArray': return { strArray: { value: value.value } };
    case 'intArray': return { intArray: { value: value.value.map(longOf) } };
    case 'timestamp': return { timestamp: timestampOf(value.value) };
  }
}

export const tagKinds: Readonly<Record<string, Value['kind']>> = {
  TAG_TYPE_STRING: 'str',
  TAG_TYPE_INT: 'int',
  TAG_TYPE_STRING_ARRAY: 'strArray',
  TAG_TYPE_INT_ARRAY: 'intArray',
  TAG_TYPE_DATA_BINARY: 'binaryData',
  TAG_TYPE_TIMESTAMP: 'timestamp',
  FIELD_TYPE_STRING: 'str',
  FIELD_TYPE_INT: 'int',
  FIELD_TYPE_DATA_BINARY: 'binaryData',
  FIELD_TYPE_FLOAT: 'float',
};

/** The server says nothing about a value of the wrong kind: it stores null. */
export function storedAs(type: string, value: Value): Value {
  return value.kind === tagKinds[type] ? value : nullValue;
}
