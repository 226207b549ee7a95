import { describe, expect, test } from 'vitest';
import { frameOf, PodFrame } from './frame.js';
import { makePayload, requestType } from './payload.js';

const [message = Buffer.alloc(0)] = makePayload({ services: 1, instances: 1, pushes: 1, startMs: Date.UTC(2026, 0, 1), intervalMs: 1000 }).requests;

interface Point {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly count: string;
  readonly sum: number;
  readonly bucketCounts: readonly string[];
}

/** Read by protobufjs, which knows nothing of the places that were changed. */
function pointsOf(frame: Buffer): Point[] {
  const type = requestType();
  const request = type.toObject(type.decode(frame.subarray(5)), { longs: String }) as {
    resourceMetrics: { scopeMetrics: { metrics: { histogram: { dataPoints: Point[] } }[] }[] }[];
  };
  return request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ histogram }) => histogram.dataPoints)),
  );
}

describe("a pod's frame", () => {
  const first = pointsOf(frameOf(message));

  test('grows by the same counts with every push, in all points, and keeps its start', () => {
    const frame = new PodFrame(message);
    const pushes = [1, 2, 3].map(() => pointsOf(Buffer.from(frame.next())));
    pushes.forEach((points, index) => {
      expect(points.map(({ count }) => Number(count))).toEqual(first.map(({ count }) => Number(count) * (index + 1)));
      expect(points.map(({ sum }) => sum)).toEqual(first.map(({ sum }) => sum * (index + 1)));
      expect(points.map(({ bucketCounts }) => bucketCounts.map(Number))).toEqual(
        first.map(({ bucketCounts }) => bucketCounts.map((count) => Number(count) * (index + 1))),
      );
    });
    expect(new Set(pushes.flat().map(({ startTimeUnixNano }) => startTimeUnixNano)).size).toBe(1);
    const times = pushes.map(([point]) => BigInt(point?.timeUnixNano ?? 0));
    expect(times[1]! > times[0]! && times[2]! > times[1]!).toBe(true);
  });

  test('has the length of its message in its head', () => {
    expect([...frameOf(Buffer.alloc(258)).subarray(0, 5)]).toEqual([0, 0, 0, 1, 2]);
  });
});
