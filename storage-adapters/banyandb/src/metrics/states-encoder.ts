/** Hot path: states to bytes into one growing buffer. */
import type { HistogramState, MetricState } from '@meterlark/core';
import type { LabelStates } from './label-states.js';
import { boundsAsDoubles, countsAsDoubles, hasHistogram, maxDeltaBound, numberForm, slotForm, slotHalf, slotHalfSize, statesFormat } from './states-format.js';

const halfMask = BigInt(slotHalfSize - 1);

export class StatesEncoder {
  private bytes = Buffer.allocUnsafe(4096);
  private at = 0;
  private readonly one = (state: MetricState, labels: string): void => this.state(state, labels);

  encode(states: LabelStates): Buffer {
    this.at = 0;
    this.reserve(1);
    this.bytes[this.at++] = statesFormat;
    this.varint(states.size);
    states.forEach(this.one);
    return Buffer.from(this.bytes.subarray(0, this.at));
  }

  private state({ a, b, slots, histogram }: MetricState, labels: string): void {
    this.text(labels);
    const slotsAs = slots === 0n ? slotForm.none : slots === 1n ? slotForm.one : slotForm.halves;
    const aAs = formOf(a);
    const bAs = formOf(b);
    this.reserve(1);
    this.bytes[this.at++] = aAs | (bAs << 2) | (slotsAs << 4) | (histogram === undefined ? 0 : hasHistogram);
    this.number(a, aAs);
    this.number(b, bAs);
    if (slotsAs === slotForm.halves) {
      this.varint(Number(slots & halfMask));
      this.varint(Number(slots >> BigInt(slotHalf)));
    }
    if (histogram !== undefined) this.histogram(histogram);
  }

  private histogram({ bounds, counts }: HistogramState): void {
    const boundsAs = areSteps(bounds) ? 0 : boundsAsDoubles;
    const countsAs = areCounts(counts) ? 0 : countsAsDoubles;
    this.varint(bounds.length);
    this.reserve(1);
    this.bytes[this.at++] = boundsAs | countsAs;
    let before = 0;
    for (let index = 0; index < bounds.length; index += 1) {
      const bound = bounds[index]!;
      if (boundsAs !== 0) this.double(bound);
      else this.varint(index > 0 ? bound - before : bound < 0 ? -2 * bound - 1 : 2 * bound);
      before = bound;
    }
    for (let index = 0; index < bounds.length; index += 1) {
      const count = counts[index] ?? 0;
      if (countsAs === 0) this.varint(count);
      else this.double(count);
    }
  }

  private text(text: string): void {
    const length = text === '' ? 0 : Buffer.byteLength(text);
    this.varint(length);
    if (length === 0) return;
    this.reserve(length);
    this.at += this.bytes.write(text, this.at, 'utf8');
  }

  private number(value: number, form: number): void {
    if (form === numberForm.whole) this.varint(value);
    else if (form === numberForm.double) this.double(value);
  }

  private double(value: number): void {
    this.reserve(8);
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  private varint(value: number): void {
    this.reserve(8);
    let rest = value;
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) this.bytes[this.at++] = (rest % 128) | 128;
    for (; rest > 127; rest >>>= 7) this.bytes[this.at++] = (rest & 127) | 128;
    this.bytes[this.at++] = rest;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + more));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}

/** -0 is no whole number here: it would come back without its sign. */
function formOf(value: number): number {
  if (value === 0 && 1 / value > 0) return numberForm.zero;
  return value > 0 && value <= 2 ** 53 && Number.isInteger(value) ? numberForm.whole : numberForm.double;
}

function areSteps(bounds: readonly number[]): boolean {
  let before = -maxDeltaBound;
  for (const bound of bounds) {
    if (!Number.isInteger(bound) || bound < before || bound > maxDeltaBound) return false;
    before = bound;
  }
  return true;
}

function areCounts(counts: readonly number[]): boolean {
  for (const count of counts) if (!Number.isInteger(count) || count < 0 || count > 2 ** 53) return false;
  return true;
}
