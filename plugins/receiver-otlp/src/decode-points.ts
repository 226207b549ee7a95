/** Hot path (test/bench/decode.ts): number and histogram points. Tags are field number × 8 + wire type. */
import type { HistogramPoint, NumberPoint } from '@meterlark/core';
import type { Bounds } from './interns.js';
import type { MetricsReading } from './metrics-reading.js';

/** FLAG_NO_RECORDED_VALUE of DataPointFlags. */
export const noRecordedValueFlag = 1;

/** A point without any value recorded nothing, whether or not its flag says so. */
export function readNumberPoint(reading: MetricsReading): NumberPoint {
  const { reader } = reading;
  let startTimeMs = 0;
  let timeMs = 0;
  let value = 0;
  let hasValue = false;
  let flags = 0;
  const outer = reading.beginPoint();
  while (reader.pos < reader.limit) {
    const from = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 17: startTimeMs = reader.timeMs(); break;
      case 25: timeMs = reader.timeMs(); break;
      case 33: value = reader.double(); hasValue = true; break;
      case 49: value = reader.sfixed64(); hasValue = true; break;
      case 58: reading.passAttributes(tag, from); break;
      case 64: flags = reader.uint32(); break;
      default: reader.skip(tag);
    }
  }
  reader.leave(outer);
  const attributes = reading.attributes(reading.interns.attributes7);
  const noRecordedValue = !hasValue || (flags & noRecordedValueFlag) !== 0;
  return { attributes, startTimeMs, timeMs, noRecordedValue, value };
}

/** undefined when bounds and counts do not fit; the reading counts it. */
export function readHistogramPoint(reading: MetricsReading): HistogramPoint | undefined {
  const { reader } = reading;
  let startTimeMs = 0;
  let timeMs = 0;
  let count = 0;
  let sum: number | undefined;
  let counts: number[] = [];
  let flags = 0;
  reading.boundRuns.clear();
  const outer = reading.beginPoint();
  while (reader.pos < reader.limit) {
    const from = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 17: startTimeMs = reader.timeMs(); break;
      case 25: timeMs = reader.timeMs(); break;
      case 33: count = reader.fixed64(); break;
      case 41: sum = reader.double(); break;
      case 49: counts.push(reader.fixed64()); break;
      case 50: counts = joined(counts, reader.fixed64Array()); break;
      case 57: reading.passBounds(8); break;
      case 58: reading.passBounds(reader.packedLength()); break;
      case 74: reading.passAttributes(tag, from); break;
      case 80: flags = reader.uint32(); break;
      default: reader.skip(tag);
    }
  }
  reader.leave(outer);
  const attributes = reading.attributes(reading.interns.attributes9);
  const bounds = reading.bounds();
  const misfit = misfitOf(bounds, counts);
  if (misfit !== '') {
    reading.reject(misfit);
    return undefined;
  }
  const noRecordedValue = (flags & noRecordedValueFlag) !== 0;
  return { attributes, startTimeMs, timeMs, noRecordedValue, count, sum, bounds: bounds.values, counts };
}

function misfitOf({ ascending, values }: Bounds, counts: readonly number[]): string {
  if (!ascending) return 'the explicit bounds of a histogram point do not ascend';
  if (counts.length === 0 || counts.length === values.length + 1) return '';
  return `a histogram point has ${counts.length} buckets for ${values.length} bounds`;
}

/** Appends in place: a body of many short parts must not cost its square. */
function joined(counts: number[], more: number[]): number[] {
  if (counts.length === 0) return more;
  for (const count of more) counts.push(count);
  return counts;
}
