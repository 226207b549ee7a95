/**
 * Hot path: write requests. The first of a stream has the metadata and the names of what is sent; the server keeps both for the
 * following ones. The number of a request, from 1 in each stream, names it in the answer.
 */
import type { MeasureRow, StreamRow, TraceRow } from '../connection/client.js';
import { tagFamily, type MeasureSpec, type StreamSpec, type TagSpec, type TraceSpec } from '../schema/model.js';
import { encodeField, encodeTag, encodeTime } from './encode-values.js';
import type { WireEncoder } from './wire-encoder.js';

type Encode<S, R> = (out: WireEncoder, spec: S, row: R, number: number) => void;

/** The bytes of one request. */
export type EncodeRow<S, R> = (out: WireEncoder, spec: S, row: R, number: number) => Buffer;

export function encodeMeasureRow(out: WireEncoder, spec: MeasureSpec, row: MeasureRow, number: number): Buffer {
  return encodeRow(out, spec, row, number, measureParts);
}

export function encodeStreamRow(out: WireEncoder, spec: StreamSpec, row: StreamRow, number: number): Buffer {
  return encodeRow(out, spec, row, number, streamParts);
}

export function encodeTraceRow(out: WireEncoder, spec: TraceSpec, row: TraceRow, number: number): Buffer {
  return encodeRow(out, spec, row, number, traceParts);
}

interface Parts<S, R> {
  readonly names: (out: WireEncoder, spec: S) => void;
  readonly body: Encode<S, R>;
}

const measureParts: Parts<MeasureSpec, MeasureRow> = { names: measureNames, body: measureBody };
const streamParts: Parts<StreamSpec, StreamRow> = { names: (out, { tags }) => familyNames(out, 34, tags), body: streamBody };
const traceParts: Parts<TraceSpec, TraceRow> = { names: traceNames, body: traceBody };

// eslint-disable-next-line max-params -- one call per row: an object for them would be one too
function encodeRow<S extends { readonly group: string; readonly name: string }, R>(out: WireEncoder, spec: S, row: R, number: number, parts: Parts<S, R>): Buffer {
  if (number === 1) encodeMetadata(out, 10, spec);
  parts.body(out, spec, row, number);
  if (number === 1) parts.names(out, spec);
  return out.finish();
}

export function encodeMetadata(out: WireEncoder, tag: number, { group, name }: { readonly group: string; readonly name: string }): void {
  const metadata = out.open(tag);
  out.text(10, group);
  out.text(18, name);
  out.close(metadata);
}

function measureBody(out: WireEncoder, spec: MeasureSpec, row: MeasureRow, number: number): void {
  const point = out.open(18);
  encodeTime(out, 10, row.timeMs);
  encodeFamily(out, 18, spec.tags, row.tags);
  for (let index = 0; index < spec.fields.length; index += 1) encodeField(out, 26, spec.fields[index]!.kind, row.fields[index] ?? null);
  out.tag(32);
  out.bigint(row.version);
  out.close(point);
  out.tag(24);
  out.uint(number);
}

function streamBody(out: WireEncoder, spec: StreamSpec, row: StreamRow, number: number): void {
  const element = out.open(18);
  out.text(10, row.id);
  encodeTime(out, 18, row.timeMs);
  encodeFamily(out, 26, spec.tags, row.tags);
  out.close(element);
  out.tag(24);
  out.uint(number);
}

function traceBody(out: WireEncoder, spec: TraceSpec, row: TraceRow, number: number): void {
  for (let index = 0; index < spec.tags.length; index += 1) encodeTag(out, 18, spec.tags[index]!.kind, row.tags[index] ?? null);
  out.block(26, row.span);
  out.tag(32);
  out.uint(number);
}

function encodeFamily(out: WireEncoder, tag: number, specs: readonly TagSpec[], cells: MeasureRow['tags']): void {
  const family = out.open(tag);
  for (let index = 0; index < specs.length; index += 1) encodeTag(out, 10, specs[index]!.kind, cells[index] ?? null);
  out.close(family);
}

function measureNames(out: WireEncoder, { tags, fields }: MeasureSpec): void {
  const names = out.open(34);
  familyNames(out, 10, tags);
  for (const { name } of fields) out.text(18, name);
  out.close(names);
}

function familyNames(out: WireEncoder, tag: number, tags: readonly TagSpec[]): void {
  const family = out.open(tag);
  out.text(10, tagFamily);
  for (const { name } of tags) out.text(18, name);
  out.close(family);
}

function traceNames(out: WireEncoder, { tags }: TraceSpec): void {
  const names = out.open(42);
  for (const { name } of tags) out.text(10, name);
  out.close(names);
}
