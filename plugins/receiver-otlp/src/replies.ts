/** What OTLP says to a sender: ExportMetricsServiceResponse and google.rpc.Status, as protobuf and as JSON. */
import type { HttpResponse } from '@meterlark/core';
import { WireWriter } from './wire-writer.js';
import { wireType } from './wire.js';

export type Encoding = 'protobuf' | 'json';

/** Of the points of a request, those that were refused for good. */
export interface Rejection {
  readonly points: number;
  readonly message: string;
}

/** google.rpc.Code. */
export const rpcCode = { invalidArgument: 3, resourceExhausted: 8, internal: 13 } as const;

const mediaTypes: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** undefined for a content type that OTLP/HTTP does not have; parameters such as charset are passed over. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === mediaTypes.protobuf) return 'protobuf';
  return mediaType === mediaTypes.json ? 'json' : undefined;
}

/** An empty message unless points were refused. */
export function responseBytes(rejection: Rejection): Uint8Array {
  const writer = new WireWriter();
  if (rejection.points > 0) {
    writer.tag(1, wireType.bytes);
    writer.nested(() => {
      writer.tag(1, wireType.varint);
      writer.varint(BigInt(rejection.points));
      writer.tag(2, wireType.bytes);
      writer.block(Buffer.from(rejection.message));
    });
  }
  return writer.finish();
}

export function successReply(encoding: Encoding, rejection: Rejection): HttpResponse {
  if (encoding === 'protobuf') return reply(200, encoding, responseBytes(rejection));
  const { points, message } = rejection;
  const partialSuccess = { rejectedDataPoints: String(points), errorMessage: message };
  return reply(200, encoding, JSON.stringify(points > 0 ? { partialSuccess } : {}));
}

export function statusReply(status: number, encoding: Encoding, code: number, message: string): HttpResponse {
  if (encoding === 'json') return reply(status, encoding, JSON.stringify({ code, message }));
  const writer = new WireWriter();
  writer.tag(1, wireType.varint);
  writer.varint(BigInt(code));
  writer.tag(2, wireType.bytes);
  writer.block(Buffer.from(message));
  return reply(status, encoding, writer.finish());
}

function reply(status: number, encoding: Encoding, body: string | Uint8Array): HttpResponse {
  return { status, headers: { 'content-type': mediaTypes[encoding] }, body };
}
