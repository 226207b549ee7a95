/** What OTLP says to a sender that succeeded: Export…ServiceResponse, as protobuf and as JSON. */
import { wireType, WireWriter, type HttpResponse } from '@meterlark/core';

export type Encoding = 'protobuf' | 'json';

/** Of the points or spans of a request, those that were refused for good. */
export interface Rejection {
  readonly points: number;
  readonly message: string;
}

export const mediaTypes: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** The server lets no other content type through; parameters such as charset are passed over. */
export function encodingOf(contentType: string | undefined): Encoding {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === mediaTypes.json ? 'json' : 'protobuf';
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

/** `rejected`: name of the count in JSON; its number is the same for all signals. */
export function successReply(encoding: Encoding, rejected: string, rejection: Rejection): HttpResponse {
  if (encoding === 'protobuf') return reply(encoding, responseBytes(rejection));
  const { points, message } = rejection;
  const partialSuccess = { [rejected]: String(points), errorMessage: message };
  return reply(encoding, JSON.stringify(points > 0 ? { partialSuccess } : {}));
}

function reply(encoding: Encoding, body: string | Uint8Array): HttpResponse {
  return { status: 200, headers: { 'content-type': mediaTypes[encoding] }, body };
}
