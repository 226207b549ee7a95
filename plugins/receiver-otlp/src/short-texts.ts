/**
 * Hot path (test/bench/decode.ts): short texts that were met before, by their bytes. Two places for each hash, and what
 * is put there last stays: nothing is counted, moved or allocated but the text. Hostile texts cost misses, not time.
 */
import type { WireReader } from '@meterlark/core';

/** Longer texts are made anew. */
export const longestShortText = 124;

const places = 8192;
const wordsPerPlace = 32;

export class ShortTexts {
  private readonly lengths = new Uint8Array(places);
  private readonly words = new Int32Array(places * wordsPerPlace);
  private readonly texts = new Array<string>(places).fill('');

  /** Reads a length-delimited field of any length. Bytes that are not UTF-8 become U+FFFD. */
  read(reader: WireReader): string {
    const length = reader.length();
    const start = reader.pos;
    reader.pos = start + length;
    if (length === 0) return '';
    if (length > longestShortText) return reader.bytes.toString('utf8', start, start + length);
    return this.get(reader.view, start, length) ?? this.make(reader, start, length);
  }

  /** The known text of 1 to `longestShortText` bytes; undefined when it is not known. */
  get(view: DataView, start: number, length: number): string | undefined {
    const place = placeOf(view, start, length);
    if (this.holds(place, view, start, length)) return this.texts[place];
    return this.holds(place ^ 1, view, start, length) ? this.texts[place ^ 1] : undefined;
  }

  /** Makes and keeps a text that `get` did not find. */
  make(reader: WireReader, start: number, length: number): string {
    const text = reader.bytes.toString('utf8', start, start + length);
    const place = placeOf(reader.view, start, length);
    this.move(place, place ^ 1);
    this.keep(place, reader.view, start, length);
    this.texts[place] = text;
    return text;
  }

  private holds(place: number, view: DataView, start: number, length: number): boolean {
    if (this.lengths[place] !== length) return false;
    const { words } = this;
    let at = place * wordsPerPlace;
    const end = start + length;
    let pos = start;
    for (; pos + 4 <= end; pos += 4, at += 1) {
      if (words[at] !== view.getInt32(pos, true)) return false;
    }
    return pos === end || words[at] === restOf(view, pos, end);
  }

  private keep(place: number, view: DataView, start: number, length: number): void {
    this.lengths[place] = length;
    const end = start + length;
    let at = place * wordsPerPlace;
    let pos = start;
    for (; pos + 4 <= end; pos += 4, at += 1) this.words[at] = view.getInt32(pos, true);
    if (pos < end) this.words[at] = restOf(view, pos, end);
  }

  private move(from: number, to: number): void {
    this.lengths[to] = this.lengths[from]!;
    this.texts[to] = this.texts[from]!;
    this.words.copyWithin(to * wordsPerPlace, from * wordsPerPlace, (from + 1) * wordsPerPlace);
  }
}

/** The last one to three bytes. */
function restOf(view: DataView, pos: number, end: number): number {
  let word = view.getUint8(pos);
  if (pos + 1 < end) word |= view.getUint8(pos + 1) << 8;
  if (pos + 2 < end) word |= view.getUint8(pos + 2) << 16;
  return word;
}

/** Of length, beginning, middle and end: what tells names, models and codes apart. */
function placeOf(view: DataView, start: number, length: number): number {
  let hash = length;
  if (length < 4) {
    hash ^= restOf(view, start, start + length) << 4;
  } else {
    hash = Math.imul(hash ^ view.getInt32(start, true), 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ view.getInt32(start + ((length - 4) >>> 1), true), 0x85ebca6b);
    hash ^= view.getInt32(start + length - 4, true);
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & (places - 1);
}
