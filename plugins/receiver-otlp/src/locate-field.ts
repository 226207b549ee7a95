import { WireFault, WireReader, wireType } from '@meterlark/core';
import type { FieldSchema, MessageSchema } from './schema.js';

const deepestPath = 64;

/**
 * Names the field that holds a byte, e.g. `resourceMetrics[0].scopeMetrics[2].metrics[5].name`; fields that are not
 * known are `#number`. Walks the bytes a second time, so it is for faults only. "request" when nothing can be said.
 */
export function locateField(bytes: Buffer, schema: MessageSchema, offset: number): string {
  const path: string[] = [];
  try {
    descend(new WireReader(bytes, { items: 0 }), schema, offset, path);
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
  }
  return path.length === 0 ? 'request' : path.join('.');
}

function descend(reader: WireReader, schema: MessageSchema, offset: number, path: string[]): void {
  const seen = new Map<number, number>();
  while (reader.pos < reader.limit && path.length < deepestPath) {
    const tag = reader.tag();
    const field = schema.find((candidate) => candidate.number === tag >>> 3);
    const index = seen.get(tag) ?? 0;
    seen.set(tag, index + 1);
    path.push(nameOf(tag, field, index));
    const nested = field?.message !== undefined && (tag & 7) === wireType.bytes;
    const end = endOfValue(reader, tag, nested);
    if (nested && end > offset) {
      reader.limit = end;
      descend(reader, field.message(), offset, path);
      return;
    }
    reader.pos = end;
    if (end > offset) return;
    path.pop();
  }
}

function nameOf(tag: number, field: FieldSchema | undefined, index: number): string {
  if (field === undefined) return `#${tag >>> 3}`;
  return field.repeated ? `${field.name}[${index}]` : field.name;
}

/** Leaves the reader at the first byte of a nested message, and anywhere otherwise. */
function endOfValue(reader: WireReader, tag: number, nested: boolean): number {
  if (nested) {
    const length = reader.length();
    return reader.pos + length;
  }
  reader.skip(tag);
  return reader.pos;
}
