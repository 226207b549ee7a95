/** A Zipkin v2 span as both encodings give it, before it becomes one of ours. */
import type { SpanKind } from '@meterlark/core';

export interface ZipkinEndpoint {
  /** "" when the sender did not say. */
  readonly service: string;
  /** IPv4 or IPv6 address; "" when the sender did not say. */
  readonly ip: string;
  /** 0 when the sender did not say. */
  readonly port: number;
}

export interface ZipkinAnnotation {
  readonly timeUs: number;
  readonly value: string;
}

export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  /** "" for the root of a trace. */
  readonly parentId: string;
  readonly kind: SpanKind;
  readonly name: string;
  /** 0 when the sender did not say. */
  readonly timestampUs: number;
  readonly durationUs: number;
  readonly local: ZipkinEndpoint;
  readonly remote: ZipkinEndpoint;
  readonly annotations: readonly ZipkinAnnotation[];
  readonly tags: Iterable<readonly [string, string]>;
  /** Tags and annotations over the limit of one span; they were not read. */
  readonly dropped: number;
  readonly debug: boolean;
  readonly shared: boolean;
}

export const nowhere: ZipkinEndpoint = { service: '', ip: '', port: 0 };

/** What one request may hold for each span that it may have: tags, annotations, endpoints and what surrounds them. */
export const partsPerSpan = 64;

/** Tags of one span, and annotations: as many as analyzer/trace stores. */
export const maxPerSpan = 1024;

/**
 * What a span in JSON may hold at all, an annotation being three: with more it is not even parsed, because nothing can
 * pause within one. Room for as many as are kept, and for a quarter more.
 */
export const maxPartsOfSpan = 5 * maxPerSpan;

/** Malformed input inside a span; its place in the request is added where the list is read. */
export class SpanFault extends Error {
  constructor(
    readonly field: string,
    readonly reason: string,
  ) {
    super(reason);
    this.name = 'SpanFault';
  }
}
