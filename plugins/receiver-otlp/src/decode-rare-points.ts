/** Exponential histogram and summary points. Tags are field number × 8 + wire type. */
import type { ExponentialBuckets, ExponentialHistogramPoint, SummaryPoint, WireReader } from '@meterlark/core';
import { noRecordedValueFlag } from './decode-points.js';
import type { MetricsReading } from './metrics-reading.js';

type Quantile = SummaryPoint['quantiles'][number];

interface MutableBuckets {
  offset: number;
  readonly counts: number[];
}

export function readExponentialPoint(reading: MetricsReading): ExponentialHistogramPoint {
  const { reader } = reading;
  const positive: MutableBuckets = { offset: 0, counts: [] };
  const negative: MutableBuckets = { offset: 0, counts: [] };
  const point = { startTimeMs: 0, timeMs: 0, count: 0, scale: 0, zeroCount: 0, zeroThreshold: 0 };
  let sum: number | undefined;
  let flags = 0;
  const outer = reading.beginPoint();
  while (reader.pos < reader.limit) {
    const from = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 10: reading.passAttributes(tag, from); break;
      case 17: point.startTimeMs = reader.timeMs(); break;
      case 25: point.timeMs = reader.timeMs(); break;
      case 33: point.count = reader.fixed64(); break;
      case 41: sum = reader.double(); break;
      case 48: point.scale = reader.sint32(); break;
      case 57: point.zeroCount = reader.fixed64(); break;
      case 66: readBuckets(reader, positive); break;
      case 74: readBuckets(reader, negative); break;
      case 80: flags = reader.uint32(); break;
      case 113: point.zeroThreshold = reader.double(); break;
      default: reader.skip(tag);
    }
  }
  reader.leave(outer);
  const attributes = reading.attributes(reading.interns.attributes1);
  return { attributes, ...point, sum, positive, negative, noRecordedValue: (flags & noRecordedValueFlag) !== 0 };
}

function readBuckets(reader: WireReader, into: MutableBuckets): ExponentialBuckets {
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 8) into.offset = reader.sint32();
    else if (tag === 16) into.counts.push(reader.uint64());
    else if (tag === 18) readPackedCounts(reader, into.counts);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return into;
}

function readPackedCounts(reader: WireReader, counts: number[]): void {
  const outer = reader.enter();
  while (reader.pos < reader.limit) counts.push(reader.uint64());
  reader.leave(outer);
}

export function readSummaryPoint(reading: MetricsReading): SummaryPoint {
  const { reader } = reading;
  const quantiles: Quantile[] = [];
  let startTimeMs = 0;
  let timeMs = 0;
  let count = 0;
  let sum = 0;
  let flags = 0;
  const outer = reading.beginPoint();
  while (reader.pos < reader.limit) {
    const from = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 17: startTimeMs = reader.timeMs(); break;
      case 25: timeMs = reader.timeMs(); break;
      case 33: count = reader.fixed64(); break;
      case 41: sum = reader.double(); break;
      case 50: quantiles.push(readQuantile(reader)); break;
      case 58: reading.passAttributes(tag, from); break;
      case 64: flags = reader.uint32(); break;
      default: reader.skip(tag);
    }
  }
  reader.leave(outer);
  const attributes = reading.attributes(reading.interns.attributes7);
  return { attributes, startTimeMs, timeMs, noRecordedValue: (flags & noRecordedValueFlag) !== 0, count, sum, quantiles };
}

function readQuantile(reader: WireReader): Quantile {
  let quantile = 0;
  let value = 0;
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 9) quantile = reader.double();
    else if (tag === 17) value = reader.double();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { quantile, value };
}
