/** Segments in JSON to protobuf bytes, so that one reader with its limits serves both. Unknown fields are ignored. */
import { countJsonParts, isRecord, reasonOf, wireType, WireWriter } from '@meterlark/core';
import { receiverErrors } from './errors.js';
import { unusable } from './fault.js';

type Field =
  | { readonly number: number; readonly kind: 'text' | 'int' | 'bool' }
  | { readonly number: number; readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly number: number; readonly kind: 'list'; readonly of: Message };
type Message = Readonly<Record<string, Field>>;

const text = (number: number): Field => ({ number, kind: 'text' });
const int = (number: number): Field => ({ number, kind: 'int' });
const bool = (number: number): Field => ({ number, kind: 'bool' });
const list = (number: number, of: Message): Field => ({ number, kind: 'list', of });
const choice = (number: number, ...values: readonly string[]): Field => ({ number, kind: 'enum', values });

const pair: Message = { key: text(1), value: text(2) };
const log: Message = { time: int(1), data: list(2, pair) };
const ref: Message = {
  refType: choice(1, 'CrossProcess', 'CrossThread'),
  traceId: text(2),
  parentTraceSegmentId: text(3),
  parentSpanId: int(4),
  parentService: text(5),
  parentServiceInstance: text(6),
  parentEndpoint: text(7),
  networkAddressUsedAtPeer: text(8),
};
const span: Message = {
  spanId: int(1),
  parentSpanId: int(2),
  startTime: int(3),
  endTime: int(4),
  refs: list(5, ref),
  operationName: text(6),
  peer: text(7),
  spanType: choice(8, 'Entry', 'Exit', 'Local'),
  spanLayer: choice(9, 'Unknown', 'Database', 'RPCFramework', 'Http', 'MQ', 'Cache', 'FAAS', 'GenAI'),
  componentId: int(10),
  isError: bool(11),
  tags: list(12, pair),
  logs: list(13, log),
  skipAnalysis: bool(14),
};
const segment: Message = { traceId: text(1), traceSegmentId: text(2), spans: list(3, span), service: text(4), serviceInstance: text(5) };

/** Braces, brackets and commas per object that a body may have; a span without lists has fewer than twenty. */
const partsPerItem = 20;

/** A SegmentObject, or a SegmentCollection of the list. Throws METERLARK_RECEIVER_SKYWALKING_MALFORMED_JSON or UnusableMessage. */
export function encodeSegments(body: Buffer, message: 'SegmentObject' | 'list of SegmentObject', maxItems: number): Buffer {
  const limits = { objects: maxItems, parts: maxItems * partsPerItem };
  const { objects, parts } = countJsonParts(body, limits);
  if (objects > limits.objects || parts > limits.parts) unusable('too_many_items');
  return new SegmentEncoder(message).encode(body);
}

class SegmentEncoder {
  private readonly writer = new WireWriter();
  private readonly path: (string | number)[] = [];

  constructor(private readonly message: 'SegmentObject' | 'list of SegmentObject') {}

  encode(body: Buffer): Buffer {
    const value = this.parse(body.toString('utf8'));
    if (this.message === 'SegmentObject') this.fields(value, segment);
    else this.elements(value, 1, segment);
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
      else this.scalar(member, field);
      this.path.pop();
    }
  }

  private elements(value: unknown, number: number, message: Message): void {
    if (!Array.isArray(value)) this.fault('a list is expected');
    for (const [index, element] of (value as readonly unknown[]).entries()) {
      this.path.push(index);
      this.writer.tag(number, wireType.bytes);
      this.writer.nested(() => this.fields(element, message));
      this.path.pop();
    }
  }

  private scalar(value: unknown, field: Exclude<Field, { kind: 'list' }>): void {
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
