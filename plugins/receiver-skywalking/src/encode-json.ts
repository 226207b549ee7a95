/** Messages in JSON to protobuf bytes, so that one reader with its limits serves both. Unknown fields are ignored. */
import { countJsonParts, isRecord, reasonOf, wireType, WireWriter } from '@meterlark/core';
import { receiverErrors } from './errors.js';
import { unusable } from './fault.js';
import { logData, segment, type Field, type Message } from './json-messages.js';

const messages = { SegmentObject: segment, 'list of SegmentObject': segment, 'list of LogData': logData } as const;
export type JsonMessage = keyof typeof messages;

/** Braces, brackets and commas per object that a body may have; a span without lists has fewer than twenty. */
const partsPerItem = 20;

/** The message, or one with the list as its field 1. Throws METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON or UnusableMessage. */
export function encodeJson(body: Buffer, message: JsonMessage, maxItems: number): Buffer {
  const limits = { objects: maxItems, parts: maxItems * partsPerItem };
  const { objects, parts } = countJsonParts(body, limits);
  if (objects > limits.objects || parts > limits.parts) unusable('too_many_items');
  return new JsonEncoder(message).encode(body);
}

class JsonEncoder {
  private readonly writer = new WireWriter();
  private readonly path: (string | number)[] = [];

  constructor(private readonly message: JsonMessage) {}

  encode(body: Buffer): Buffer {
    const value = this.parse(body.toString('utf8'));
    const message = messages[this.message];
    if (this.message.startsWith('list of ')) this.elements(value, 1, message);
    else this.fields(value, message);
    return this.writer.finish();
  }

  private parse(body: string): unknown {
    try {
      return JSON.parse(body) as unknown;
    } catch (error) {
      return this.fault(reasonOf(error));
    }
  }

  private fields(value: unknown, message: Message): void {
    if (!isRecord(value)) this.fault('an object is expected');
    for (const [name, field] of Object.entries(message)) {
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      if (member === undefined || member === null) continue;
      this.path.push(name);
      if (field.kind === 'list') this.elements(member, field.number, field.of);
      else if (field.kind === 'message') this.nested(member, field.number, field.of);
      else this.scalar(member, field);
      this.path.pop();
    }
  }

  private elements(value: unknown, number: number, message: Message): void {
    if (!Array.isArray(value)) this.fault('a list is expected');
    for (const [index, element] of (value as readonly unknown[]).entries()) {
      this.path.push(index);
      this.nested(element, number, message);
      this.path.pop();
    }
  }

  private nested(value: unknown, number: number, message: Message): void {
    this.writer.tag(number, wireType.bytes);
    this.writer.nested(() => this.fields(value, message));
  }

  private scalar(value: unknown, field: Exclude<Field, { of: Message }>): void {
    if (field.kind === 'text') {
      this.writer.tag(field.number, wireType.bytes);
      this.writer.block(Buffer.from(typeof value === 'string' ? value : this.fault('a string is expected')));
      return;
    }
    this.writer.tag(field.number, wireType.varint);
    if (field.kind === 'bool') this.writer.varint(typeof value === 'boolean' ? BigInt(value) : this.fault('true or false is expected'));
    else if (field.kind === 'enum' && typeof value === 'string') this.writer.varint(this.place(value, field.values));
    else this.writer.varint(this.integer(value));
  }

  private place(name: string, values: readonly string[]): bigint {
    const place = values.indexOf(name);
    return place < 0 ? this.fault(`one of ${values.join(', ')} is expected`) : BigInt(place);
  }

  private integer(value: unknown): bigint {
    const isText = typeof value === 'string' && /^-?\d{1,19}$/.test(value);
    if (isText || (typeof value === 'number' && Number.isSafeInteger(value))) return BigInt(value);
    return this.fault('an integer is expected');
  }

  private fault(reason: string): never {
    const steps = this.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    const fields = { message: this.message, reason, path: `$${steps.join('')}` };
    throw receiverErrors.METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON(fields);
  }
}
