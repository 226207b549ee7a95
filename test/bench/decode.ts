/**
 * Decoding of the reference payload: this receiver against protobufjs 7 in one run, rounds interleaved, medians.
 * `benchDecode` gives the figures to the harness; as a program of its own it prints one JSON line per figure.
 */
import { basename } from 'node:path';
import { decodeMetrics, Interns } from '@meterlark/receiver-otlp';
import { makePayload, requestType, type Payload } from './payload.js';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number;
  readonly ratio: number;
  readonly runs: number;
}

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
  const value = Math.round(median(values));
  const baseline = Math.round(median(baselines));
  const ratio = Number((value / baseline).toFixed(2));
  return [{ name: 'decode_histogram_points', value, unit: 'points/s', baseline, ratio, runs }];
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

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] ?? 0;
}

if (/^decode\./.test(basename(process.argv[1] ?? ''))) {
  for (const figure of benchDecode()) console.log(JSON.stringify(figure));
}
