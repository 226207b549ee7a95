/**
 * The protocol by protobufjs: for the registry, properties, health, and the test double; rows and answers to queries have
 * hand-written codecs beside it. Nothing is parsed before the first use.
 *
 * Fields are in camelCase, enums are names, int64 and uint64 are `Long` (revisions are epoch nanoseconds: more than a number
 * holds exactly).
 */
import Long from 'long';
import protobuf from 'protobufjs';
import { barrierProto } from './proto/barrier.js';
import { commonProto } from './proto/common.js';
import { databaseProto } from './proto/database.js';
import { googleProto } from './proto/google.js';
import { healthProto } from './proto/health.js';
import { measureProto } from './proto/measure.js';
import { modelProto } from './proto/model.js';
import { propertyProto } from './proto/property.js';
import { streamProto } from './proto/stream.js';
import { traceProto } from './proto/trace.js';

const texts = [googleProto, commonProto, modelProto, measureProto, streamProto, traceProto, propertyProto, databaseProto, barrierProto, healthProto];

let parsed: protobuf.Root | undefined;

export function protocolRoot(): protobuf.Root {
  if (parsed === undefined) {
    // protobufjs looks for `long` by a require that a bundle hides from it, and would then round.
    protobuf.util.Long = Long;
    protobuf.configure();
    const root = new protobuf.Root();
    for (const text of texts) protobuf.parse(text, root);
    root.resolveAll();
    parsed = root;
  }
  return parsed;
}

/** By its full name: `banyandb.measure.v1.WriteRequest`. */
export function messageType(name: string): protobuf.Type {
  return protocolRoot().lookupType(name);
}

/** Accepts names or numbers of enums, and number, text or Long for int64; unknown fields are left out. */
export function encodeMessage(name: string, value: object): Buffer {
  const type = messageType(name);
  const bytes = type.encode(type.fromObject(value)).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Plain object with every field: [] '' 0 false where nothing was sent, null for a missing message, nothing for an unset oneof. */
export function decodeMessage(name: string, bytes: Uint8Array): Record<string, unknown> {
  const type = messageType(name);
  const object: Record<string, unknown> = type.toObject(type.decode(bytes), { enums: String, longs: Long, defaults: true });
  return object;
}
