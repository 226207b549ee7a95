import { createHmac, randomBytes } from 'node:crypto';

/** What stands for a hashed text: `#` and 128 bits as 22 characters. */
export const hashMark = /#[\w-]{22}(?![\w-])/g;

export type TextHash = (text: string) => string;

/** Equal texts give equal hashes for as long as the secret stays; "" makes one that nobody knows. */
export function keyedHash(secret: string): TextHash {
  const key = secret === '' ? randomBytes(32) : secret;
  return (text) => `#${createHmac('sha256', key).update(text).digest('base64url').slice(0, 22)}`;
}
