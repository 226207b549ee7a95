/** MeterData bytes: one gauge or one histogram of an instance. */
import { StringTable, WireReader } from '@meterlark/core';
import { readCollection } from './collection.js';
import { bounded, demandName, unusable } from './fault.js';

export interface MeterValue {
  readonly type: 'gauge';
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** Counts since the start of the sender; `counts` has one element more than `bounds`, which are upper bounds. */
export interface MeterHistogram {
  readonly type: 'histogram';
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** Who, when and what; "" and 0 when the message leaves them to an earlier or later one. */
export interface MeterData {
  readonly service: string;
  readonly instance: string;
  readonly timeMs: number;
  /** undefined for kinds of meters that came after this server. */
  readonly meter: MeterValue | MeterHistogram | undefined;
}

interface Bucket {
  readonly from: number;
  readonly count: number;
}

export class MeterReader {
  private readonly strings = new StringTable({ maxEntries: 20_000, maxBytes: 2 * 1024 * 1024, maxKeyBytes: 128 });

  constructor(private readonly maxItems: number) {}

  /** Throws WireFault or UnusableMessage. */
  one(body: Buffer): MeterData {
    return this.read(new WireReader(body, { items: this.maxItems }));
  }

  /** Elements of a MeterDataCollection; `refused` hears of each that cannot be used. */
  collection(body: Buffer, refused: (error: unknown) => void): readonly MeterData[] {
    const reader = new WireReader(body, { items: this.maxItems });
    return readCollection(reader, (element) => this.read(element), refused);
  }

  private read(reader: WireReader): MeterData {
    const { strings } = this;
    let meter: MeterData['meter'];
    let service = '', instance = '';
    let timeMs = 0;
    reader.spendItem();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      switch (tag) {
        case 10: meter = this.readValue(reader); break;
        case 18: meter = this.readHistogram(reader); break;
        case 26: service = bounded(strings.read(reader)); break;
        case 34: instance = bounded(strings.read(reader)); break;
        case 40: timeMs = reader.uint64(); break;
        default: reader.skip(tag);
      }
    }
    return { service, instance, timeMs: Number.isSafeInteger(timeMs) ? timeMs : unusable('bad_time'), meter };
  }

  private readValue(reader: WireReader): MeterValue {
    const labels = new Map<string, string>();
    let name = '';
    let value = 0;
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) name = this.strings.read(reader);
      else if (tag === 18) this.readLabel(reader, labels);
      else if (tag === 25) value = reader.double();
      else reader.skip(tag);
    }
    reader.leave(outer);
    return { type: 'gauge', name: demandName(name, 'no_name'), labels, value };
  }

  private readHistogram(reader: WireReader): MeterHistogram {
    const labels = new Map<string, string>();
    const buckets: Bucket[] = [];
    let name = '';
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) name = this.strings.read(reader);
      else if (tag === 18) this.readLabel(reader, labels);
      else if (tag === 26) buckets.push(readBucket(reader));
      else reader.skip(tag);
    }
    reader.leave(outer);
    return { type: 'histogram', name: demandName(name, 'no_name'), labels, ...upperBounds(buckets) };
  }

  private readLabel(reader: WireReader, into: Map<string, string>): void {
    let name = '', value = '';
    reader.spendItem();
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) name = this.strings.read(reader);
      else if (tag === 18) value = this.strings.read(reader);
      else reader.skip(tag);
    }
    reader.leave(outer);
    into.set(name, value);
  }
}

function readBucket(reader: WireReader): Bucket {
  let from = 0, count = 0;
  let isFirst = false;
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 9) from = reader.double();
    else if (tag === 16) count = reader.uint64();
    else if (tag === 24) isFirst = reader.bool();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { from: isFirst ? -Infinity : from, count };
}

/**
 * Agents name a bucket by its lower bound, which it includes. A bucket ends where the next begins, and the last is
 * open; so the bounds between them are the upper bounds of all but the last.
 */
function upperBounds(buckets: Bucket[]): { readonly bounds: readonly number[]; readonly counts: readonly number[] } {
  const sorted = buckets.sort((left, right) => left.from - right.from);
  const bounds = sorted.slice(1).map(({ from }) => from);
  const isAscending = bounds.every((bound, index) => Number.isFinite(bound) && bound > (sorted[index]?.from ?? Number.NaN));
  const isCounted = sorted.every(({ count }) => Number.isSafeInteger(count));
  if (sorted.length === 0 || !isAscending || !isCounted) unusable('bad_histogram');
  return { bounds, counts: sorted.map(({ count }) => count) };
}
