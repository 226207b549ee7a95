/**
 * What the server would not say: it stores a cell of a wrong kind as null, and an error after its answer is only in its log.
 * So rows are checked before the first is sent.
 */
import { banyanErrors } from '../errors.js';
import type { Cell, MeasureRow, StreamRow, TraceRow } from '../connection/client.js';
import type { FieldKind, MeasureSpec, StreamSpec, TagKind, TraceSpec } from '../schema/model.js';

/** The server takes messages of 16 MiB; the rest is for metadata and names. */
export const maxRowBytes = 16 * 1024 * 1024 - 64 * 1024;

/** Times are kept as int64 nanoseconds. */
const latestMs = 9_223_372_036_854;
const greatestVersion = 2n ** 63n - 1n;
/** Of one value beside its own bytes: tags and lengths. */
const valueOverhead = 32;

export function checkMeasureRows(spec: MeasureSpec, rows: readonly MeasureRow[]): void {
  const required = spec.tags.map(({ name }) => spec.entity.includes(name));
  for (const row of rows) {
    checkTime(spec.name, row.timeMs);
    if (row.version <= 0n || row.version > greatestVersion) refuse(spec.name, `version ${String(row.version)}`);
    const bytes = checkTags(spec, row.tags, required) + checkFields(spec, row.fields);
    checkBytes(spec.name, bytes);
  }
}

export function checkStreamRows(spec: StreamSpec, rows: readonly StreamRow[]): void {
  const required = spec.tags.map(({ name }) => spec.entity.includes(name));
  for (const row of rows) {
    checkTime(spec.name, row.timeMs);
    if (row.id === '') refuse(spec.name, 'the id is empty');
    checkBytes(spec.name, streamRowBytes(spec, row, required));
  }
}

/** The greatest size a row can have; rejects what is no row of the stream. */
export function streamRowBytes(spec: StreamSpec, { id, tags }: StreamRow, required?: readonly boolean[]): number {
  return textBytes(spec.name, 'the id', id) + checkTags(spec, tags, required);
}

export function checkTraceRows(spec: TraceSpec, rows: readonly TraceRow[]): void {
  const { traceIdTag, spanIdTag, timestampTag } = spec;
  const required = spec.tags.map(({ name }) => name === traceIdTag || name === spanIdTag || name === timestampTag);
  const ids = spec.tags.flatMap(({ name }, index) => (name === traceIdTag || name === spanIdTag ? [index] : []));
  for (const row of rows) {
    for (const index of ids) if (row.tags[index] === '') refuse(spec.name, `the id ${spec.tags[index]!.name} is empty`);
    if (!(row.span instanceof Uint8Array)) refuse(spec.name, 'the span is not bytes');
    checkBytes(spec.name, traceRowBytes(spec, row, required));
  }
}

/** As `streamRowBytes`. */
export function traceRowBytes(spec: TraceSpec, { tags, span }: TraceRow, required?: readonly boolean[]): number {
  return checkTags(spec, tags, required) + span.length;
}

interface Tagged {
  readonly name: string;
  readonly tags: readonly { readonly name: string; readonly kind: TagKind }[];
}

/** Gives the greatest size the cells can have. `required`: what says where the row lies cannot be null or a list. */
export function checkTags(spec: Tagged, cells: readonly Cell[], required: readonly boolean[] = []): number {
  if (cells.length !== spec.tags.length) refuse(spec.name, `${cells.length} tags, not ${spec.tags.length}`);
  let bytes = 0;
  for (let index = 0; index < cells.length; index += 1) {
    const { name, kind } = spec.tags[index]!;
    const cell = cells[index] ?? null;
    if (required[index] === true && (cell === null || typeof cell === 'object')) refuse(spec.name, `${name} must have a text or a number`);
    bytes += valueOverhead + cellBytes(spec.name, name, kind, cell);
  }
  return bytes;
}

function checkFields({ name, fields }: MeasureSpec, cells: readonly Cell[]): number {
  if (cells.length !== fields.length) refuse(name, `${cells.length} fields, not ${fields.length}`);
  let bytes = 0;
  for (let index = 0; index < cells.length; index += 1) {
    bytes += valueOverhead + cellBytes(name, fields[index]!.name, fields[index]!.kind, cells[index] ?? null);
  }
  return bytes;
}

 
function cellBytes(what: string, name: string, kind: TagKind | FieldKind, cell: Cell): number {
  if (cell === null) return 0;
  switch (kind) {
    case 'string':
      return typeof cell === 'string' ? textBytes(what, name, cell) : wrongKind(what, name, kind);
    case 'int':
      return Number.isSafeInteger(cell) ? 0 : wrongKind(what, name, kind);
    case 'float':
      return typeof cell === 'number' ? 0 : wrongKind(what, name, kind);
    case 'binary':
      return cell instanceof Uint8Array ? cell.length : wrongKind(what, name, kind);
    case 'strings':
      return Array.isArray(cell) ? listBytes(what, name, cell) : wrongKind(what, name, kind);
    case 'timestamp':
      if (typeof cell !== 'number') return wrongKind(what, name, kind);
      checkTime(what, cell);
      return 0;
  }
}

function listBytes(what: string, name: string, texts: readonly unknown[]): number {
  let bytes = 0;
  for (const text of texts) {
    if (typeof text !== 'string') return wrongKind(what, name, 'strings');
    bytes += valueOverhead + textBytes(what, name, text);
  }
  return bytes;
}

/** UTF-8 takes at most three bytes for each unit; exact only where it matters. */
function textBytes(what: string, name: string, text: string): number {
  if (!text.isWellFormed()) refuse(what, `${name} has half a surrogate pair`);
  return text.length > 10_000 ? Buffer.byteLength(text) : text.length * 3;
}

/** Before 1970 nothing is stored: the server's clock of segments starts there. */
function checkTime(what: string, timeMs: number): void {
  if (!Number.isInteger(timeMs) || timeMs < 0 || timeMs > latestMs) refuse(what, `the time ${timeMs} is not a whole ms from 1970 to 2262`);
}

function checkBytes(what: string, bytes: number): void {
  if (bytes > maxRowBytes) refuse(what, `about ${bytes} bytes, more than ${maxRowBytes}`);
}

function wrongKind(what: string, name: string, kind: string): never {
  return refuse(what, `${name} is not of the kind ${kind}`);
}

function refuse(what: string, reason: string): never {
  throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ROW({ what, reason });
}
