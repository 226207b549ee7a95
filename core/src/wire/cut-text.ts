/** Hot path: texts that are cut before they become strings, so that one of ten megabytes costs what its limit does. */

/** The text of these bytes, or as many of its first whole characters as `limit` bytes hold. */
export function cutText(bytes: Buffer, start: number, length: number, limit: number): string {
  return bytes.toString('utf8', start, length <= limit ? start + length : wholeEnd(bytes, start + limit));
}

/** `end`, or before the character that it would halve; the byte at `end` is part of the text. */
export function wholeEnd(bytes: Buffer, end: number): number {
  // A byte 10xxxxxx goes on with the character before it; no character has more than three of them.
  let whole = end;
  for (let step = 0; step < 4; step += 1, whole -= 1) {
    if ((bytes[whole] ?? 0) < 0x80 || (bytes[whole] ?? 0) >= 0xc0) return whole;
  }
  return end;
}
