/** Ids of rateLimit as keys: senders choose what is put into them. */
import { createHash } from 'node:crypto';

const longest = 256;
const fingerprintLength = 22;

/** A longer id keeps its beginning; the fingerprint of the whole keeps different ones different. */
export function boundedId(id: string): string {
  if (id.length <= longest) return id;
  const fingerprint = createHash('sha256').update(id).digest('base64url').slice(0, fingerprintLength);
  return `${id.slice(0, longest - fingerprintLength - 1)}#${fingerprint}`;
}

/** Equal, but no part of a log's text, which it would keep alive. */
export function ownText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
