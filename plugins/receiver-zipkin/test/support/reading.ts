/** Spans read from both encodings, or the fault that reading them gives. */
import { isMeterlarkError } from '@meterlark/core';
import { expect } from 'vitest';
import { readJson } from '../../src/read-json.js';
import { readProtobuf } from '../../src/read-protobuf.js';
import type { ZipkinSpan } from '../../src/zipkin-span.js';
import { encodeSpans } from './zipkin-proto.js';

export const ids = { traceId: '463ac35c9f6413ad', id: 'a2fb4a1d1a96d312' };
export const maxSpans = 1000;

export function fromJson(...spans: readonly unknown[]): ZipkinSpan[] {
  return readAll(readJson(Buffer.from(JSON.stringify(spans)), maxSpans));
}

export function fromProtobuf(...spans: readonly object[]): ZipkinSpan[] {
  return readAll(readProtobuf(encodeSpans(spans), maxSpans));
}

export function readAll(spans: Iterable<ZipkinSpan>): ZipkinSpan[] {
  return [...spans].map(plain);
}

function plain(span: ZipkinSpan): ZipkinSpan {
  return { ...span, tags: [...span.tags] };
}

export function faultOf(read: () => unknown): { readonly place: unknown; readonly reason: unknown; readonly code: string } {
  try {
    read();
  } catch (error) {
    if (!isMeterlarkError(error)) throw error;
    expect(error.class).toBe('permanent');
    return { code: error.code, place: error.fields['place'], reason: error.fields['reason'] };
  }
  throw new Error('read');
}

export function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
