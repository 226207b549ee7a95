/**
 * OTLP/JSON to OTLP protobuf bytes, by the schema. The JSON form then takes the one decoder's way, with its limits,
 * refusals and interning. Fields that the schema does not name are ignored, null is a field that is not set.
 */
import { isRecord, reasonOf, wireType, WireWriter } from '@meterlark/core';
import { receiverErrors } from './errors.js';
import { toBytes, toDouble, toEnum, toHexBytes, toInteger, type IntegerRange } from './json-scalars.js';
import type { FieldSchema, MessageSchema, ScalarKind } from './schema.js';

/** Steps of a path; more than the protobuf decoder takes, so that it never decides earlier. */
const deepestMessage = 256;

const wireTypes: Readonly<Record<ScalarKind, number>> = {
  string: wireType.bytes,
  bytes: wireType.bytes,
  hex: wireType.bytes,
  bool: wireType.varint,
  double: wireType.fixed64,
  fixed64: wireType.fixed64,
  sfixed64: wireType.fixed64,
  int64: wireType.varint,
  uint64: wireType.varint,
  uint32: wireType.varint,
  sint32: wireType.varint,
  enum: wireType.varint,
};

const ranges: Readonly<Partial<Record<ScalarKind, IntegerRange>>> = {
  fixed64: { least: 0n, most: 2n ** 64n - 1n },
  uint64: { least: 0n, most: 2n ** 64n - 1n },
  sfixed64: { least: -(2n ** 63n), most: 2n ** 63n - 1n },
  int64: { least: -(2n ** 63n), most: 2n ** 63n - 1n },
  uint32: { least: 0n, most: 2n ** 32n - 1n },
  sint32: { least: -(2n ** 31n), most: 2n ** 31n - 1n },
};

/** Throws METERLARK_RECEIVER_OTLP_MALFORMED_JSON with the path of the value at fault. */
export function encodeJson(text: string, schema: MessageSchema): Buffer {
  return new JsonEncoder().encode(text, schema);
}

class JsonEncoder {
  private readonly writer = new WireWriter();
  private readonly path: (string | number)[] = [];

  encode(text: string, schema: MessageSchema): Buffer {
    this.message(this.parse(text), schema);
    return this.writer.finish();
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      this.fault(reasonOf(error));
    }
  }

  private message(value: unknown, schema: MessageSchema): void {
    if (!isRecord(value)) this.fault('an object is expected');
    if (this.path.length > deepestMessage) this.fault('nested too deeply');
    for (const field of schema) {
      const member = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
      if (member === undefined || member === null) continue;
      this.path.push(field.name);
      if (field.repeated) this.repeated(member, field);
      else this.single(member, field);
      this.path.pop();
    }
  }

  private repeated(value: unknown, field: FieldSchema): void {
    if (!Array.isArray(value)) this.fault('an array is expected');
    if (field.kind === 'message') {
      this.eachOf(value, (element) => this.single(element, field));
      return;
    }
    const { kind } = field;
    this.writer.tag(field.number, wireType.bytes);
    this.writer.nested(() => this.eachOf(value, (element) => this.scalar(element, kind, field)));
  }

  private eachOf(values: readonly unknown[], write: (element: unknown) => void): void {
    values.forEach((element, index) => {
      this.path.push(index);
      write(element);
      this.path.pop();
    });
  }

  private single(value: unknown, field: FieldSchema): void {
    const { kind, message } = field;
    if (kind !== 'message') {
      this.writer.tag(field.number, wireTypes[kind]);
      this.scalar(value, kind, field);
    } else if (message !== undefined) {
      this.writer.tag(field.number, wireType.bytes);
      this.writer.nested(() => this.message(value, message()));
    }
  }

  private scalar(value: unknown, kind: ScalarKind, field: FieldSchema): void {
    switch (kind) {
      case 'string':
        this.writer.block(Buffer.from(typeof value === 'string' ? value : this.fault('a string is expected')));
        return;
      case 'bytes':
        this.writer.block(toBytes(value) ?? this.fault('base64 text is expected'));
        return;
      case 'hex':
        this.writer.block(toHexBytes(value) ?? this.fault('hex digits are expected, two a byte'));
        return;
      case 'bool':
        this.writer.varint(typeof value === 'boolean' ? BigInt(value) : this.fault('true or false is expected'));
        return;
      case 'double':
        this.writer.double(toDouble(value) ?? this.fault('a number is expected'));
        return;
      case 'enum':
        this.writer.varint(toEnum(value, field.values ?? []) ?? this.fault('a value of the enum is expected'));
        return;
      case 'sint32':
        this.writer.varint(zigzag(this.integer(value, kind)));
        return;
      case 'fixed64':
      case 'sfixed64':
        this.writer.fixed64(this.integer(value, kind));
        return;
      case 'int64':
      case 'uint64':
      case 'uint32':
        this.writer.varint(this.integer(value, kind));
        return;
    }
  }

  private integer(value: unknown, kind: ScalarKind): bigint {
    const range = ranges[kind] ?? { least: 0n, most: 0n };
    return toInteger(value, range) ?? this.fault(`an integer from ${range.least} to ${range.most} is expected`);
  }

  private fault(reason: string): never {
    const steps = this.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    throw receiverErrors.METERLARK_RECEIVER_OTLP_MALFORMED_JSON({ reason, path: `$${steps.join('')}` });
  }
}

function zigzag(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value;
}
