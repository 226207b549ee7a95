/** Decoding of the reference payload: this receiver against protobufjs 7, rounds interleaved. */
import { decodeMetrics, Interns } from '@meterlark/receiver-otlp';
import { figureOf, type Figure } from './figure.js';
import { makePayload, requestType, type Payload } from './payload.js';

const roundMs = 300;

export function benchDecode(runs = 7, payload: Payload = makePayload()): Figure[] {
  const type = requestType();
  const interns = new Interns({ maxEntries: 200_000, maxBytes: 32 * 1024 * 1024 });
  const ours = (body: Buffer): unknown => decodeMetrics(body, interns, 1_000_000);
  const theirs = (body: Buffer): unknown => type.decode(body);
  for (const decode of [ours, theirs]) pointsPerSecond(decode, payload);
  const values: number[] = [];
  const baselines: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    values.push(pointsPerSecond(ours, payload));
    baselines.push(pointsPerSecond(theirs, payload));
  }
  return [figureOf({ name: 'decode_histogram_points', unit: 'points/s', values, baselines })];
}

function pointsPerSecond(decode: (body: Buffer) => unknown, { requests, pointsPerRequest }: Payload): number {
  const start = performance.now();
  let decoded = 0;
  let elapsed = 0;
  while (elapsed < roundMs) {
    for (const request of requests) decode(request);
    decoded += requests.length * pointsPerRequest;
    elapsed = performance.now() - start;
  }
  return (decoded * 1000) / elapsed;
}
