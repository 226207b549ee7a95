/** Reading and inflating request bodies within a limit, for what was sent and for what comes out. */
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, gunzipSync, inflate, inflateSync } from 'node:zlib';
import type { MeterlarkError } from '../kernel/error.js';
import type { ByteLease } from './byte-budget.js';
import { serverErrors } from './errors.js';

/** Below these sizes inflating on the spot is quicker than a trip to the thread pool, and short enough for the event loop. */
const quickInputBytes = 256 * 1024;
const quickOutputBytes = 2 * 1024 * 1024;

const codecs = {
  gzip: { quick: gunzipSync, slow: promisify(gunzip) as Inflate },
  deflate: { quick: inflateSync, slow: promisify(inflate) as Inflate },
};
type Inflate = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
type Encoding = keyof typeof codecs;

/** The limit that holds for one request, and the setting that says so. */
export interface BodyLimit {
  readonly bytes: number;
  readonly setting: string;
  readonly env: string;
}

/** What a body may take: its own limit, and what is left for all requests together. */
export interface BodyRoom {
  readonly limit: BodyLimit;
  readonly lease: ByteLease;
  /** Throws the refusal for a server that holds too many bytes. */
  readonly refuse: () => never;
}

export function encodingOf(header: string | undefined): Encoding | 'identity' {
  const name = (header ?? 'identity').trim().toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  if (name === 'deflate') return 'deflate';
  throw serverErrors.METERLARK_SERVER_UNSUPPORTED_ENCODING();
}

export function tooLarge({ bytes, setting, env }: BodyLimit): MeterlarkError {
  return serverErrors.METERLARK_SERVER_BODY_TOO_LARGE({ limit: bytes, setting, env });
}

/** What was sent; every chunk is counted as it comes. */
export async function readBody(stream: Readable, room: BodyRoom): Promise<Buffer> {
  try {
    return await readAll(stream, room);
  } catch (error) {
    if (codeOf(error) !== 'ECONNRESET') throw error;
    throw serverErrors.METERLARK_SERVER_BAD_REQUEST({ reason: 'the connection ended before the body did' }, error);
  }
}

async function readAll(stream: Readable, room: BodyRoom): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Destroying the stream would close the connection before the refusal is sent.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > room.limit.bytes) throw tooLarge(room.limit);
    if (!room.lease.resize(length)) room.refuse();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
}

export async function inflated(body: Buffer, encoding: Encoding | 'identity', room: BodyRoom): Promise<Buffer> {
  if (encoding === 'identity' || body.length === 0) return body;
  try {
    const plain = quickly(body, encoding, room.limit.bytes) ?? (await slowly(body, encoding, room));
    if (!room.lease.resize(body.length + plain.length)) room.refuse();
    return plain;
  } catch (error) {
    if (outgrew(error)) throw tooLarge(room.limit);
    if (isZlibFault(error)) throw serverErrors.METERLARK_SERVER_BAD_REQUEST({ reason: `not valid ${encoding}` }, error);
    throw error;
  }
}

function quickly(body: Buffer, encoding: Encoding, limit: number): Buffer | undefined {
  if (body.length > quickInputBytes) return undefined;
  try {
    return codecs[encoding].quick(body, { maxOutputLength: Math.min(limit, quickOutputBytes) });
  } catch (error) {
    if (outgrew(error) && limit > quickOutputBytes) return undefined;
    throw error;
  }
}

/** Room is set aside before inflating: for what the body says it holds, or for all it could become. */
async function slowly(body: Buffer, encoding: Encoding, room: BodyRoom): Promise<Buffer> {
  const limit = room.limit.bytes;
  const said = encoding === 'gzip' && body.length > 18 ? body.readUInt32LE(body.length - 4) : limit;
  if (said > 0 && said < limit) {
    try {
      return await inflateWithin(body, encoding, { room, most: said });
    } catch (error) {
      // A stream of several members tells the size of its last only, and a sender may lie.
      if (!outgrew(error)) throw error;
    }
  }
  return inflateWithin(body, encoding, { room, most: limit });
}

async function inflateWithin(body: Buffer, encoding: Encoding, { room, most }: { room: BodyRoom; most: number }): Promise<Buffer> {
  if (!room.lease.resize(body.length + most)) room.refuse();
  return codecs[encoding].slow(body, { maxOutputLength: most });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function outgrew(error: unknown): boolean {
  return codeOf(error) === 'ERR_BUFFER_TOO_LARGE';
}

function isZlibFault(error: unknown): boolean {
  return codeOf(error).startsWith('Z_');
}
