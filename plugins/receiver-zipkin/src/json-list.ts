/** Hot path: where the elements of a JSON list lie, told from its bytes, so that they can be parsed one by one. */

export interface JsonElement {
  readonly start: number;
  readonly end: number;
  /** Opening braces and brackets, and commas: never fewer than the values inside, less one. */
  readonly parts: number;
}

export interface JsonListLimits {
  readonly elements: number;
  /** Of all elements together. */
  readonly parts: number;
}

export type JsonList = { readonly kind: 'elements'; readonly elements: readonly JsonElement[] } | { readonly kind: 'tooMany' | 'noList' | 'noJson' };

const quote = 0x22;
const comma = 0x2c;
const openingBracket = 0x5b;
const backslash = 0x5c;
const closingBracket = 0x5d;
const openingBrace = 0x7b;
const closingBrace = 0x7d;

/**
 * In one pass, which stops at the limits. Whether an element is JSON only its parser can say; if all are, so is the
 * list: brackets of an element that do not match leave it with bytes that are none.
 */
export function findElements(body: Buffer, limits: JsonListLimits): JsonList {
  const first = afterSpace(body, 0);
  if (body[first] !== openingBracket) return { kind: first === body.length ? 'noJson' : 'noList' };
  return new ListScan(body, limits).run(first + 1);
}

class ListScan {
  private readonly elements: JsonElement[] = [];
  private start = 0;
  private parts = 0;
  /** Of the elements before this one. */
  private partsBefore = 0;

  constructor(
    private readonly body: Buffer,
    private readonly limits: JsonListLimits,
  ) {}

  run(from: number): JsonList {
    const { body, limits } = this;
    this.start = from;
    let depth = 1;
    for (let at = from; at < body.length; at += 1) {
      const byte = body[at];
      if (byte === quote) at = endOfText(body, at + 1);
      else if (byte === openingBrace || byte === openingBracket) {
        depth += 1;
        this.parts += 1;
      } else if (byte === closingBrace || byte === closingBracket) {
        depth -= 1;
        if (depth === 0) return this.end(at);
      } else if (byte === comma) {
        this.parts += 1;
        if (depth === 1) this.endElement(at);
      } else continue;
      if (this.parts > limits.parts || this.elements.length >= limits.elements) return { kind: 'tooMany' };
    }
    return { kind: 'noJson' };
  }

  private endElement(at: number): void {
    this.elements.push({ start: this.start, end: at, parts: this.parts - this.partsBefore });
    this.start = at + 1;
    this.partsBefore = this.parts;
  }

  private end(at: number): JsonList {
    const { body, elements } = this;
    if (body[at] !== closingBracket || afterSpace(body, at + 1) !== body.length) return { kind: 'noJson' };
    if (elements.length > 0 || afterSpace(body, this.start) !== at) this.endElement(at);
    return { kind: 'elements', elements };
  }
}

/** JSON's white space only. */
function afterSpace(body: Buffer, from: number): number {
  let at = from;
  for (; at < body.length; at += 1) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return at;
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
