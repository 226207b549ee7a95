/** The points of a duration: bucket starts, both ends included. */
import type { QueryDuration } from '../contract/query.js';
import type { Step } from '../model/metric.js';
import { bucketStart, stepMs } from '../model/time.js';
import { queryErrors } from './errors.js';

export interface Points {
  readonly step: Step | 'second';
  readonly startMs: number;
  readonly count: number;
  readonly lengthMs: number;
}

const secondMs = 1000;

/** Throws METERLARK_QUERY_RANGE when there are none or more than `limit`. */
export function pointsOf(duration: QueryDuration, limit: number): Points {
  const { step } = duration;
  const lengthMs = step === 'second' ? secondMs : stepMs[step];
  const startMs = alignedStart(duration.startMs, step);
  const count = (alignedStart(duration.endMs, step) - startMs) / lengthMs + 1;
  if (!(count >= 1 && count <= limit)) {
    throw queryErrors.METERLARK_QUERY_RANGE({ points: Number.isFinite(count) ? count : 0, limit, step });
  }
  return { step, startMs, count, lengthMs };
}

function alignedStart(timeMs: number, step: Step | 'second'): number {
  return step === 'second' ? Math.floor(timeMs / secondMs) * secondMs : bucketStart(timeMs, step);
}

/** `extra` points more before the first. */
export function before(points: Points, extra: number): Points {
  return { ...points, startMs: points.startMs - extra * points.lengthMs, count: points.count + extra };
}

export function pointStarts({ startMs, count, lengthMs }: Points): readonly number[] {
  return Array.from({ length: count }, (_, index) => startMs + index * lengthMs);
}

const digitsOf: Readonly<Record<Step | 'second', number>> = { day: 8, hour: 10, minute: 12, second: 14 };

/** SkyWalking's time bucket, e.g. 202401011030. */
export function timeBucket(timeMs: number, step: Step | 'second'): string {
  return new Date(timeMs).toISOString().replace(/\D/g, '').slice(0, digitsOf[step]);
}
