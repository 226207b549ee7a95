/** Texts that senders choose, as keys of what is remembered: neither their length nor what they were cut from is theirs to choose. */
import { createHash } from 'node:crypto';

export const maxKeyLength = 64;
const mark = '#';

/** The text itself to look things up by; a fingerprint of a long one. No text is the fingerprint of another. */
export function keyOf(text: string): string {
  if (text.length <= maxKeyLength && !text.startsWith(mark)) return text;
  return mark + createHash('sha256').update(text).digest('base64url');
}

/** A copy through bytes: a text that was cut out of a long one, or put together, would keep the whole alive. */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
