/** Hot path: what JSON text would become, told from its bytes, so that a small body cannot become millions of objects. */

export interface JsonParts {
  /** Opening braces. */
  readonly objects: number;
  /** Braces, brackets and commas: never fewer than the values inside lists and objects. */
  readonly parts: number;
}

const quote = 0x22;
const comma = 0x2c;
const openingBracket = 0x5b;
const backslash = 0x5c;
const openingBrace = 0x7b;

/** Counts outside of texts, in one pass; stops when either count passes its limit. Bytes that are no JSON do no harm. */
export function countJsonParts(body: Buffer, limits: JsonParts): JsonParts {
  const { length } = body;
  let objects = 0;
  let parts = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = body[at];
    if (byte === quote) {
      at = endOfText(body, at + 1);
    } else if (byte === openingBrace) {
      objects += 1;
      parts += 1;
      if (objects > limits.objects || parts > limits.parts) break;
    } else if (byte === comma || byte === openingBracket) {
      parts += 1;
      if (parts > limits.parts) break;
    }
  }
  return { objects, parts };
}

/** Where the closing quote lies; the end of the bytes when there is none. */
function endOfText(body: Buffer, start: number): number {
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === backslash) at += 1;
    else if (byte === quote) return at;
  }
  return body.length;
}
