/** Documents by id; few and small, so protobufjs writes and reads them. */
import type Long from 'long';
import { banyanErrors } from '../errors.js';
import { decodeMessage, encodeMessage } from '../protocol/root.js';
import { methods } from '../protocol/methods.js';
import { checkTags } from '../protocol/check-rows.js';
import type { PropertySpec, TagKind } from '../schema/model.js';
import type { Cell, FoundProperty } from './client.js';

type Value = Record<string, unknown>;

export function encodeApply(property: PropertySpec, id: string, cells: readonly Cell[]): Buffer {
  checkTags(property, cells);
  if (id === '') throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ROW({ what: property.name, reason: 'the id is empty' });
  const { group, name } = property;
  const tags = property.tags.map((tag, index) => ({ key: tag.name, value: valueOf(tag.kind, cells[index]!) }));
  return encodeMessage(methods.propertyApply.request, { property: { metadata: { group, name }, id, tags }, strategy: 'STRATEGY_REPLACE' });
}

/** The server cuts without a word, and counts what was replaced or deleted in the last days: it is asked for far more than there is. */
const askedFor = 1_000_000;

export function encodePropertyQuery({ group, name }: PropertySpec, ids: readonly string[]): Buffer {
  return encodeMessage(methods.propertyQuery.request, { groups: [group], name, ids, limit: askedFor });
}

export function decodeProperties(property: PropertySpec, limit: number, bytes: Buffer): FoundProperty[] {
  const { properties } = decodeAnswer(bytes);
  if (properties.length > limit) throw banyanErrors.METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS({ what: property.name, limit });
  return properties.map(({ id, tags }) => {
    const byKey = new Map(tags.map(({ key, value }) => [key, value]));
    return { id, cells: property.tags.map(({ name }) => cellOf(byKey.get(name))) };
  });
}

interface Answer {
  readonly properties: readonly { readonly id: string; readonly tags: readonly { readonly key: string; readonly value: Value | null }[] }[];
}

function decodeAnswer(bytes: Buffer): Answer {
  try {
    return decodeMessage(methods.propertyQuery.response, bytes) as unknown as Answer;
  } catch (error) {
    throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: String(error) }, error);
  }
}

function valueOf(kind: TagKind, cell: Cell): Value {
  if (cell === null) return { null: 'NULL_VALUE' };
  switch (kind) {
    case 'string':
      return { str: { value: cell } };
    case 'int':
      return { int: { value: cell } };
    case 'binary':
      return { binaryData: cell };
    case 'strings':
      return { strArray: { value: cell } };
    case 'timestamp':
      return { timestamp: { seconds: Math.floor(Number(cell) / 1000), nanos: (Number(cell) % 1000) * 1_000_000 } };
  }
}

function cellOf(value: Value | null | undefined): Cell {
  if (value === null || value === undefined) return null;
  const { str, int, binaryData, strArray, timestamp } = value as {
    readonly str?: { readonly value: string };
    readonly int?: { readonly value: Long };
    readonly binaryData?: Uint8Array;
    readonly strArray?: { readonly value: readonly string[] };
    readonly timestamp?: { readonly seconds: Long; readonly nanos: number };
  };
  if (timestamp !== undefined) return timestamp.seconds.toNumber() * 1000 + Math.floor(timestamp.nanos / 1_000_000);
  return str?.value ?? int?.value.toNumber() ?? binaryData ?? strArray?.value ?? null;
}
