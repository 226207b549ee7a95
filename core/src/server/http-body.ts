/** Inflating request bodies within a limit, for what was sent and for what comes out. */
import { promisify } from 'node:util';
import { gunzip, gunzipSync, inflate, inflateSync } from 'node:zlib';
import { settingVariable } from '../kernel/env-names.js';
import type { MeterlarkError } from '../kernel/error.js';
import { serverErrors } from './errors.js';
import { sharedIdentity } from './identity.js';

/** Below these sizes inflating on the spot is quicker than a trip to the thread pool, and short enough for the event loop. */
const quickInputBytes = 256 * 1024;
const quickOutputBytes = 2 * 1024 * 1024;

const codecs = {
  gzip: { quick: gunzipSync, slow: promisify(gunzip) as Inflate },
  deflate: { quick: inflateSync, slow: promisify(inflate) as Inflate },
};
type Inflate = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
type Encoding = keyof typeof codecs;

export function encodingOf(header: string | undefined): Encoding | 'identity' {
  const name = (header ?? 'identity').trim().toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  if (name === 'deflate') return 'deflate';
  throw serverErrors.METERLARK_SERVER_UNSUPPORTED_ENCODING();
}

export function tooLarge(limit: number): MeterlarkError {
  return serverErrors.METERLARK_SERVER_BODY_TOO_LARGE({
    limit,
    setting: `${sharedIdentity} http.maxBodyBytes`,
    env: settingVariable(sharedIdentity, ['http', 'maxBodyBytes']),
  });
}

export async function inflated(body: Buffer, encoding: Encoding | 'identity', limit: number): Promise<Buffer> {
  if (encoding === 'identity') return body;
  try {
    return quickly(body, encoding, limit) ?? (await codecs[encoding].slow(body, { maxOutputLength: limit }));
  } catch (error) {
    if (outgrew(error)) throw tooLarge(limit);
    throw serverErrors.METERLARK_SERVER_BAD_REQUEST({ reason: `not valid ${encoding}` }, error);
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

function outgrew(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
