/** Hot path: a row's states one after the other; every malformed input is an error of the answer. */
import type { HistogramState, MetricState } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import type { Cell } from '../connection/client.js';
import { boundsAsDoubles, countsAsDoubles, hasHistogram, numberForm, slotForm, slotHalf, slotHalfSize, statesFormat } from './states-format.js';

const nothing: Buffer = Buffer.alloc(0);
const noState: MetricState = { a: 0, b: 0, slots: 0n, histogram: undefined };

/** `open`, then `next` until it says false; `labels` and `state` are of the last one. */
export class StatesDecoder {
  labels = '';
  state: MetricState = noState;
  private bytes = nothing;
  private at = 0;
  private left = 0;

  open(cell: Cell | undefined): void {
    if (!(cell instanceof Uint8Array)) return fault('a row has no states');
    this.bytes = Buffer.isBuffer(cell) ? cell : Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength);
    this.at = 0;
    const format = this.byte();
    if (format !== statesFormat) fault(`states of format ${format}`);
    this.left = this.count(2);
  }

  next(): boolean {
    if (this.left === 0) {
      if (this.at !== this.bytes.length) fault('bytes after the last state');
      return false;
    }
    this.left -= 1;
    this.labels = this.text();
    const forms = this.byte();
    if ((forms & 0x80) !== 0) fault('unknown form of a state');
    const a = this.number(forms & 3);
    const b = this.number((forms >> 2) & 3);
    const slots = this.slots((forms >> 4) & 3);
    this.state = { a, b, slots, histogram: (forms & hasHistogram) === 0 ? undefined : this.histogram() };
    return true;
  }

  private histogram(): HistogramState {
    const length = this.count(2);
    const forms = this.byte();
    if (forms > (boundsAsDoubles | countsAsDoubles)) fault('unknown form of a histogram');
    const bounds = new Array<number>(length);
    let bound = 0;
    for (let index = 0; index < length; index += 1) {
      if ((forms & boundsAsDoubles) !== 0) bound = this.double();
      else bound = index === 0 ? zigzag(this.varint()) : bound + this.varint();
      bounds[index] = bound;
    }
    const counts = new Array<number>(length);
    for (let index = 0; index < length; index += 1) counts[index] = (forms & countsAsDoubles) === 0 ? this.varint() : this.double();
    return { bounds, counts };
  }

  private slots(form: number): bigint {
    if (form === slotForm.none) return 0n;
    if (form === slotForm.one) return 1n;
    const low = this.varint();
    const high = this.varint();
    if (form !== slotForm.halves || low >= slotHalfSize || high >= slotHalfSize) fault('slots out of range');
    return (BigInt(high) << BigInt(slotHalf)) | BigInt(low);
  }

  private number(form: number): number {
    if (form === numberForm.zero) return 0;
    if (form === numberForm.whole) return this.varint();
    return form === numberForm.double ? this.double() : fault('unknown form of a number');
  }

  /** Of things that have at least so many bytes each: nothing is allocated for what cannot be there. */
  private count(bytesEach: number): number {
    const count = this.varint();
    if (count * bytesEach > this.bytes.length - this.at) fault('more things than bytes');
    return count;
  }

  private text(): string {
    const length = this.varint();
    if (length === 0) return '';
    const end = this.at + length;
    if (end > this.bytes.length) fault('text passes the end');
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  private double(): number {
    if (this.at + 8 > this.bytes.length) fault('double passes the end');
    const value = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  private varint(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value <= 2 ** 53 ? value : fault('number out of range');
      unit *= 128;
      if (unit > 2 ** 49) fault('number too long');
    }
  }

  private byte(): number {
    return this.bytes[this.at++] ?? fault('the end comes too early');
  }
}

function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function fault(reason: string): never {
  throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason });
}
