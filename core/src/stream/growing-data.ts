/** Hot path: words and texts of a batch in growing arrays, which are handed over without a copy; see test/bench/records.ts. */
import type { TextData, WordData } from '../model/record.js';

/** What the columns of one batch have in common. */
export interface Tally {
  /** Memory that words and texts take, about; the fixed part of each row not included. */
  bytes: number;
  /** Values that did not fit their column and were replaced. */
  misfits: number;
}

/** Texts are written so many at a time, because each call out of the engine costs more than their bytes. */
const textsPerWrite = 32;
/** UTF-16 units after which they are written before that. */
const unitsPerWrite = 16_384;
/** UTF-16 units become at most so many bytes each. */
const bytesPerUnit = 3;

export function grown<T extends Uint32Array | Float64Array | Uint8Array>(array: T, length: number, make: (length: number) => T): T {
  const larger = make(Math.max(64, array.length * 2, length));
  larger.set(array);
  return larger;
}

export const words32 = (length: number): Uint32Array => new Uint32Array(length);
export const doubles = (length: number): Float64Array => new Float64Array(length);
export const bytes8 = (length: number): Uint8Array => new Uint8Array(length);
const rawBytes = (length: number): Buffer => Buffer.allocUnsafeSlow(length);

export class GrowingWords {
  count = 0;
  private readonly places = new Map<string, number>();
  private readonly dictionary: string[] = [];
  private indexes: Uint32Array;

  constructor(
    private readonly tally: Tally,
    capacity: number,
  ) {
    this.indexes = new Uint32Array(capacity);
  }

  /** Where the word stands in the dictionary, from now on if not yet. */
  placeOf(word: string): number {
    return this.places.get(word) ?? this.enter(word);
  }

  addPlace(place: number): void {
    if (this.count === this.indexes.length) this.indexes = grown(this.indexes, this.count + 1, words32);
    this.indexes[this.count] = place;
    this.count += 1;
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
  /** Of texts not yet written as if each unit were a byte. */
  private ends: Uint32Array;
  /** Texts not yet written, one after the other: `used` is the place of the first, whose number is `firstPending`. */
  private pending = '';
  private firstPending = 0;

  constructor(
    private readonly tally: Tally,
    capacity: number,
    byteCapacity: number,
  ) {
    this.ends = new Uint32Array(capacity);
    this.bytes = rawBytes(byteCapacity);
  }

  add(text: string): void {
    if (this.count === this.ends.length) this.ends = grown(this.ends, this.count + 1, words32);
    this.pending += text;
    this.ends[this.count] = this.used + this.pending.length;
    this.count += 1;
    this.tally.bytes += text.length;
    if (this.count - this.firstPending >= textsPerWrite || this.pending.length >= unitsPerWrite) this.write();
  }

  finish(): TextData {
    this.write();
    return { bytes: this.bytes.subarray(0, this.used), ends: this.ends.subarray(0, this.count) };
  }

  private write(): void {
    const { pending } = this;
    const { length } = pending;
    // Near the end of the buffer a look at the real length spares growing for the worst case.
    const isRoomy = this.used + length * bytesPerUnit <= this.bytes.length;
    const isPlain = isRoomy || Buffer.byteLength(pending) === length;
    if (!isRoomy && isPlain) this.reserve(length);
    // As many bytes as units: all of it is ASCII, and the ends are as foreseen.
    if (isPlain && this.bytes.write(pending, this.used) === length) this.used += length;
    else this.writeEach();
    this.pending = '';
    this.firstPending = this.count;
  }

  /** One by one, so that the halves of a surrogate pair in two texts do not become one. Lone ones become U+FFFD. */
  private writeEach(): void {
    const start = this.used;
    let from = 0;
    for (let place = this.firstPending; place < this.count; place += 1) {
      const to = this.ends[place]! - start;
      const text = this.pending.slice(from, to);
      this.reserve(Buffer.byteLength(text));
      this.used += this.bytes.write(text, this.used);
      this.ends[place] = this.used;
      from = to;
    }
    this.tally.bytes += this.used - start - from;
  }

  private reserve(length: number): void {
    if (this.used + length > this.bytes.length) this.bytes = grown(this.bytes, this.used + length, rawBytes);
  }
}
