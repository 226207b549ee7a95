/**
 * Hot path (test/bench/decode.ts): bounded table from byte ranges to what they were decoded to, so that equal bytes
 * give the same object. Two generations: a full young one becomes the old one and the old one is dropped; a hit in
 * the old one moves the entry. The hash is seeded per process and a chain is at most four long, so hostile keys
 * cost misses, not time.
 */
import { randomInt } from 'node:crypto';

export interface InternLimits {
  /** Entries of one generation. */
  readonly maxEntries: number;
  /** Sum of the key bytes of one generation. */
  readonly maxBytes: number;
  /** Longer keys are not kept. */
  readonly maxKeyBytes: number;
}

interface Entry<T> {
  readonly length: number;
  /** The key as 32-bit words, the last one filled with zeros. */
  readonly words: Int32Array;
  readonly value: T;
  next: Entry<T> | undefined;
}

const longestChain = 4;
const seed = randomInt(2 ** 31);

export class InternTable<T> {
  /** Entries dropped with a generation, and keys that were not kept (too long, chain full); both only grow. */
  evicted = 0;
  refused = 0;

  private young = new Map<number, Entry<T>>();
  private old = new Map<number, Entry<T>>();
  private youngEntries = 0;
  private oldEntries = 0;
  private youngBytes = 0;
  private oldBytes = 0;
  private moved = 0;

  constructor(private readonly limits: InternLimits) {}

  get entries(): number {
    return this.youngEntries + this.oldEntries - this.moved;
  }

  /** Key bytes held. */
  get heldBytes(): number {
    return this.youngBytes + this.oldBytes;
  }

  get(view: DataView, start: number, length: number): T | undefined {
    if (length > this.limits.maxKeyBytes) return undefined;
    const hash = hashOf(view, start, length);
    const entry = find(this.young.get(hash), view, start, length);
    if (entry !== undefined) return entry.value;
    return this.oldEntries === 0 ? undefined : this.fromOld(hash, view, start, length);
  }

  /** Keeps the value of a key that `get` did not find. */
  put(view: DataView, start: number, length: number, value: T): void {
    if (length > this.limits.maxKeyBytes) this.refused += 1;
    else this.add(hashOf(view, start, length), { length, words: wordsOf(view, start, length), value, next: undefined });
  }

  private fromOld(hash: number, view: DataView, start: number, length: number): T | undefined {
    const entry = find(this.old.get(hash), view, start, length);
    if (entry === undefined) return undefined;
    this.moved += 1;
    this.add(hash, { ...entry, next: undefined });
    return entry.value;
  }

  private add(hash: number, entry: Entry<T>): void {
    const { maxEntries, maxBytes } = this.limits;
    if (this.youngEntries >= maxEntries || this.youngBytes + entry.length > maxBytes) this.turn();
    const first = this.young.get(hash);
    if (chainLength(first) >= longestChain) {
      this.refused += 1;
      return;
    }
    entry.next = first;
    this.young.set(hash, entry);
    this.youngEntries += 1;
    this.youngBytes += entry.length;
  }

  private turn(): void {
    this.evicted += this.oldEntries - this.moved;
    this.old = this.young;
    this.oldEntries = this.youngEntries;
    this.oldBytes = this.youngBytes;
    this.young = new Map();
    this.youngEntries = 0;
    this.youngBytes = 0;
    this.moved = 0;
  }
}

function chainLength(first: Entry<unknown> | undefined): number {
  let length = 0;
  for (let entry = first; entry !== undefined; entry = entry.next) length += 1;
  return length;
}

function find<T>(first: Entry<T> | undefined, view: DataView, start: number, length: number): Entry<T> | undefined {
  for (let entry = first; entry !== undefined; entry = entry.next) {
    if (entry.length === length && sameWords(entry.words, view, start, length)) return entry;
  }
  return undefined;
}

function sameWords(words: Int32Array, view: DataView, start: number, length: number): boolean {
  const whole = length >>> 2;
  let pos = start;
  for (let index = 0; index < whole; index += 1) {
    if (words[index] !== view.getInt32(pos, true)) return false;
    pos += 4;
  }
  return whole === words.length || words[whole] === lastWord(view, pos, start + length);
}

function hashOf(view: DataView, start: number, length: number): number {
  const end = start + length;
  let hash = seed ^ length;
  let pos = start;
  for (; pos + 4 <= end; pos += 4) {
    hash = Math.imul(hash ^ view.getInt32(pos, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ lastWord(view, pos, end), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function lastWord(view: DataView, start: number, end: number): number {
  let word = 0;
  for (let pos = start; pos < end; pos += 1) word |= view.getUint8(pos) << (8 * (pos - start));
  return word;
}

function wordsOf(view: DataView, start: number, length: number): Int32Array {
  const words = new Int32Array((length + 3) >>> 2);
  const whole = length >>> 2;
  for (let index = 0; index < whole; index += 1) words[index] = view.getInt32(start + 4 * index, true);
  if (whole < words.length) words[whole] = lastWord(view, start + 4 * whole, start + length);
  return words;
}
