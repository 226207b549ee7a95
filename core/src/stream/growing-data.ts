/** Hot path: words and texts of a batch in growing arrays, which are handed over without a copy. */
import type { TextData, WordData } from '../model/record.js';

/** What the columns of one batch have in common. */
export interface Tally {
  /** Memory that the rows take, about. */
  bytes: number;
  /** Values that did not fit their column and were replaced. */
  misfits: number;
}

/** Shorter texts are written faster byte by byte than by a call out of the engine. */
const shortText = 32;
/** UTF-16 units become at most so many bytes each. */
const bytesPerUnit = 3;
/** A longer text is measured before it is written: the worst case would waste too much. */
const longText = 4096;

export function grown<T extends Uint32Array | Float64Array | Uint8Array>(array: T, length: number, make: (length: number) => T): T {
  const larger = make(Math.max(64, array.length * 2, length));
  larger.set(array);
  return larger;
}

export const words32 = (length: number): Uint32Array => new Uint32Array(length);
export const doubles = (length: number): Float64Array => new Float64Array(length);
const bytes8 = (length: number): Buffer => Buffer.allocUnsafeSlow(length);

export class GrowingWords {
  count = 0;
  private readonly places = new Map<string, number>();
  private readonly dictionary: string[] = [];
  private indexes: Uint32Array;
  private lastWord = '';
  private lastPlace = -1;

  constructor(
    private readonly tally: Tally,
    capacity: number,
  ) {
    this.indexes = new Uint32Array(capacity);
  }

  add(word: string): void {
    if (this.count === this.indexes.length) this.indexes = grown(this.indexes, this.count + 1, words32);
    // Rows that follow each other are often of one service, kind, …
    if (word !== this.lastWord || this.lastPlace < 0) {
      this.lastPlace = this.places.get(word) ?? this.enter(word);
      this.lastWord = word;
    }
    this.indexes[this.count] = this.lastPlace;
    this.count += 1;
    this.tally.bytes += 4;
  }

  finish(): WordData {
    return { dictionary: this.dictionary, indexes: this.indexes.subarray(0, this.count) };
  }

  private enter(word: string): number {
    const wellFormed = word.toWellFormed();
    const place = this.places.get(wellFormed) ?? this.dictionary.push(wellFormed) - 1;
    this.places.set(wellFormed, place);
    if (wellFormed !== word) this.places.set(word, place);
    this.tally.bytes += 64 + 2 * word.length;
    return place;
  }
}

export class GrowingTexts {
  count = 0;
  used = 0;
  private bytes: Buffer;
  private ends: Uint32Array;

  constructor(
    private readonly tally: Tally,
    capacity: number,
    byteCapacity: number,
  ) {
    this.ends = new Uint32Array(capacity);
    this.bytes = bytes8(byteCapacity);
  }

  add(text: string): void {
    if (this.count === this.ends.length) this.ends = grown(this.ends, this.count + 1, words32);
    const before = this.used;
    if (text.length > 0) this.used = text.length <= shortText ? this.writeShort(text) : this.write(text);
    this.ends[this.count] = this.used;
    this.count += 1;
    this.tally.bytes += 4 + this.used - before;
  }

  finish(): TextData {
    return { bytes: this.bytes.subarray(0, this.used), ends: this.ends.subarray(0, this.count) };
  }

  private writeShort(text: string): number {
    const { length } = text;
    this.reserve(length * bytesPerUnit);
    const { bytes } = this;
    let at = this.used;
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 127) return this.write(text);
      bytes[at] = unit;
      at += 1;
    }
    return at;
  }

  /** Lone surrogates become U+FFFD. */
  private write(text: string): number {
    this.reserve(text.length > longText ? Buffer.byteLength(text) : text.length * bytesPerUnit);
    return this.used + this.bytes.write(text, this.used);
  }

  private reserve(length: number): void {
    if (this.used + length > this.bytes.length) this.bytes = grown(this.bytes, this.used + length, bytes8);
  }
}
