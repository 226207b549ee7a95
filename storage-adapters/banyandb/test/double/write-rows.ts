/** Rows out of write requests: what the server checks at once, and what it silently makes of the rest. */
import { hash } from 'node:crypto';
import { status as codes } from '@grpc/grpc-js';
import { Failure, invalid } from './failures.js';
import type { FamilyMessage, FamilySpecMessage, Int64, MetadataMessage, TimestampMessage, ValueMessage } from './messages.js';
import { places, type Schema } from './schema.js';
import { Cells, type DataKind, type Row } from './rows.js';
import { bigintOf, nanosOf, nullValue, storedAs, valueOf, type Value } from './values.js';

/** Of all three kinds of requests: each has its part. */
export interface WriteMessage {
  readonly metadata?: MetadataMessage;
  readonly messageId?: Int64;
  readonly version?: Int64;
  readonly dataPoint?: { readonly timestamp?: TimestampMessage; readonly tagFamilies: readonly FamilyMessage[]; readonly fields: readonly ValueMessage[]; readonly version?: Int64 };
  readonly element?: { readonly elementId?: string; readonly timestamp?: TimestampMessage; readonly tagFamilies: readonly FamilyMessage[] };
  readonly tags?: readonly ValueMessage[];
  readonly span?: Uint8Array;
  readonly dataPointSpec?: { readonly tagFamilySpec: readonly FamilySpecMessage[]; readonly fieldNames: readonly string[] };
  readonly tagFamilySpec?: readonly FamilySpecMessage[];
  readonly tagSpec?: { readonly tagNames: readonly string[] };
}

export interface Spec {
  readonly families: readonly FamilySpecMessage[];
  readonly fields: readonly string[];
}

export interface NewRow {
  readonly entity: readonly Value[];
  readonly row: Omit<Row, 'sequence'>;
}

export function specOf(kind: DataKind, message: WriteMessage): Spec | undefined {
  if (kind === 'measure') return message.dataPointSpec && { families: message.dataPointSpec.tagFamilySpec, fields: message.dataPointSpec.fieldNames };
  if (kind === 'trace') return message.tagSpec && { families: [{ name: '', tagNames: message.tagSpec.tagNames }], fields: [] };
  return (message.tagFamilySpec ?? []).length === 0 ? undefined : { families: message.tagFamilySpec ?? [], fields: [] };
}

/** The rules on fields: a message that breaks one ends the call. */
export function checkMessage(kind: DataKind, message: WriteMessage): void {
  const id = bigintOf(kind === 'trace' ? message.version : message.messageId);
  if (id === 0n) throw invalid(`invalid WriteRequest.${kind === 'trace' ? 'Version' : 'MessageId'}: value must be greater than 0`);
  if (kind === 'trace' && (message.tags ?? []).length === 0) throw invalid('invalid WriteRequest.Tags: value must contain at least 1 item(s)');
  if (kind === 'stream' && message.element === undefined) throw invalid('invalid WriteRequest.Element: value is required');
  if (kind !== 'measure') return;
  const point = message.dataPoint;
  if (point === undefined) throw invalid('invalid WriteRequest.DataPoint: value is required');
  if (point.timestamp === undefined) throw invalid('invalid DataPointValue.Timestamp: value is required');
  if (point.tagFamilies.length === 0) throw invalid('invalid DataPointValue.TagFamilies: value must contain at least 1 item(s)');
}

function familiesOf(message: WriteMessage): readonly FamilyMessage[] {
  return message.dataPoint?.tagFamilies ?? message.element?.tagFamilies ?? [{ tags: message.tags ?? [] }];
}

const minNanos = -(2n ** 63n);
const maxNanos = 2n ** 63n - 1n;

function wholeMs(time: TimestampMessage | undefined): boolean {
  if (time === undefined) return false;
  const nanos = nanosOf(time);
  return nanos % 1_000_000n === 0n && nanos >= minNanos && nanos <= maxNanos;
}

/** The tag of its place, or any other timestamp among the tags. */
function timeOf(kind: DataKind, schema: Schema | undefined, message: WriteMessage, spec: Spec | undefined): TimestampMessage | undefined {
  if (kind !== 'trace') return message.dataPoint?.timestamp ?? message.element?.timestamp;
  const [, at = -1] = (schema && places(schema, spec?.families).get(schema.object.timestampTagName ?? '')) ?? [];
  return message.tags?.[at]?.timestamp ?? message.tags?.find(({ timestamp }) => timestamp !== undefined)?.timestamp;
}

/** The status that is answered at once; undefined when the row waits for the end of the stream. */
export function refusal(kind: DataKind, schema: Schema | undefined, message: WriteMessage, spec: Spec | undefined): string | undefined {
  if (kind === 'trace' && schema === undefined) return 'STATUS_NOT_FOUND';
  if (!wholeMs(timeOf(kind, schema, message, spec))) return 'STATUS_INVALID_TIMESTAMP';
  return undefined;
}

export function revisionRefusal(schema: Schema | undefined, asked: bigint, version010: boolean): string | undefined {
  if (asked === 0n) return undefined;
  if (schema === undefined) return 'STATUS_NOT_FOUND';
  const known = bigintOf(schema.object.metadata?.modRevision);
  if (asked === known) return undefined;
  return asked < known || version010 ? 'STATUS_EXPIRED_SCHEMA' : 'STATUS_SCHEMA_NOT_APPLIED';
}

/** Entity values as they were sent: the declared kind does not count. undefined: one is not there. */
function entityOf(schema: Schema, message: WriteMessage, spec: Spec | undefined): Value[] | undefined {
  const at = places(schema, spec?.families);
  const families = familiesOf(message);
  const values = schema.entity.map((name) => {
    const place = at.get(name);
    if (place === undefined && spec !== undefined) return nullValue;
    const sent = place && families[place[0]]?.tags[place[1]];
    return sent && valueOf(sent);
  });
  if (values.includes(undefined)) return undefined;
  if (values.some((value) => value?.kind === 'unset')) throw new Failure(codes.INTERNAL, 'unknown tag value type');
  return values as Value[];
}

function cellsOf(schema: Schema, message: WriteMessage, spec: Spec | undefined): Cells {
  const at = places(schema, spec?.families);
  const families = familiesOf(message);
  const values = schema.tags.map(({ name, type }) => {
    const place = at.get(name);
    const value = storedAs(type, valueOf(place && families[place[0]]?.tags[place[1]]));
    // No items are stored as nothing.
    return (value.kind === 'strArray' || value.kind === 'intArray') && value.value.length === 0 ? nullValue : value;
  });
  return new Cells(schema.tagPlaces, values);
}

function fieldsOf(schema: Schema, message: WriteMessage, spec: Spec | undefined): Cells {
  const sent = message.dataPoint?.fields ?? [];
  const fields = (schema.object.fields ?? []).map(({ name, fieldType = '' }, place) => {
    const at = spec === undefined ? place : spec.fields.lastIndexOf(name);
    return storedAs(fieldType, valueOf(sent[at]));
  });
  return new Cells(schema.fieldPlaces, fields);
}

function textOf(value: Value | undefined): string | undefined {
  return value?.kind === 'str' ? value.value : undefined;
}

let generated = 0;

function elementHash(schema: Schema, id: string): string {
  generated += 1;
  const seed = id === '' ? `generated ${generated}` : `${schema.group.metadata?.name}|${schema.name}|${id}`;
  return hash('sha256', seed, 'hex').slice(0, 16);
}

function idOf(kind: DataKind, schema: Schema, message: WriteMessage, cells: Cells): string {
  if (kind === 'measure') return '';
  return kind === 'trace' ? (textOf(cells.get(schema.object.spanIdTagName ?? '')) ?? '') : elementHash(schema, message.element?.elementId ?? '');
}

/** undefined: STATUS_INTERNAL_ERROR. */
export function rowOf(kind: DataKind, schema: Schema, message: WriteMessage, spec: Spec | undefined): NewRow | undefined {
  if (familiesOf(message).length === 0) return undefined;
  const cells = cellsOf(schema, message, spec);
  const entity = kind === 'trace' ? [] : entityOf(schema, message, spec);
  const traceId = textOf(cells.get(schema.object.traceIdTagName ?? ''));
  if (entity === undefined) return undefined;
  if (kind === 'trace' && traceId === undefined) return undefined;
  const timeMs = Number(nanosOf(timeOf(kind, schema, message, spec) ?? {}) / 1_000_000n);
  const version = bigintOf(message.dataPoint?.version) || bigintOf(message.messageId);
  const id = idOf(kind, schema, message, cells);
  return { entity, row: { timeMs, cells, fields: fieldsOf(schema, message, spec), version, id, traceId: traceId ?? '', span: message.span ?? new Uint8Array() } };
}

/** Accepted with SUCCEED, but only logged when it is stored. */
export function isForgotten(schema: Schema, message: WriteMessage): boolean {
  return familiesOf(message).length > schema.families.length;
}
