/** Texts that a sender chooses, held to sizes that the server chooses. */
import { createHash } from 'node:crypto';

/** Longest name (of a service, a span, an attribute), in characters: names go to dictionaries and entities. */
export const maxNameLength = 1024;
/** `#` and 128 bits of SHA-256 as 22 characters. */
const endingLength = 23;

/** Long names keep their beginning; the fingerprint of the whole at its end keeps different ones different. */
export function boundedName(text: string, cut: () => void): string {
  if (text.length <= maxNameLength) return text;
  cut();
  const fingerprint = createHash('sha256').update(text).digest('base64url').slice(0, endingLength - 1);
  // Through bytes, so that the whole text is not kept alive by its beginning; half a character becomes U+FFFD.
  return `${Buffer.from(text.slice(0, maxNameLength - endingLength)).toString()}#${fingerprint}`;
}

/** The text, or its beginning and a marker that says how long it was; never more bytes of UTF-8 than `maxBytes`. */
export function boundedText(text: string, maxBytes: number, cut: () => void): string {
  // A character of UTF-16 has at most three bytes, so that most texts need no count.
  if (text.length * 3 <= maxBytes) return text;
  const size = Buffer.byteLength(text);
  if (size <= maxBytes) return text;
  cut();
  const marker = `…[${size} bytes]`;
  const room = Math.max(0, maxBytes - Buffer.byteLength(marker));
  const kept = wholeCharacters(Buffer.from(text.slice(0, room)), room);
  return `${kept}${marker}`.slice(0, maxBytes);
}

/** The first characters that fit, none of them halved. */
function wholeCharacters(bytes: Buffer, room: number): string {
  let end = Math.min(bytes.length, room);
  // A byte 10xxxxxx goes on with the character before it.
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
