/** Decoding of the reference payloads: this receiver against protobufjs 7, rounds interleaved. */
import { decodeMetrics, decodeTraces, Interns } from '@meterlark/receiver-otlp';
import { figureOf, type Figure } from './figure.js';
import { makePayload, requestType } from './payload.js';
import { makeSpanPayload, tracesRequestType } from './span-payload.js';

const roundMs = 300;
const maxItems = 1_000_000;

interface Contest {
  readonly name: string;
  readonly unit: string;
  readonly requests: readonly Buffer[];
  readonly itemsPerRequest: number;
  readonly ours: (body: Buffer) => unknown;
  readonly theirs: (body: Buffer) => unknown;
}

export function benchDecode(runs = 7): Figure[] {
  return [metricsContest(), tracesContest()].map((contest) => figureOfContest(contest, runs));
}

function metricsContest(): Contest {
  const { requests, pointsPerRequest } = makePayload();
  const type = requestType();
  const interns = newInterns();
  return {
    name: 'decode_histogram_points',
    unit: 'points/s',
    requests,
    itemsPerRequest: pointsPerRequest,
    ours: (body) => decodeMetrics(body, interns, maxItems),
    theirs: (body) => type.decode(body),
  };
}

/** So many requests that most ids and texts of one are not those of another. */
function tracesContest(): Contest {
  const { requests, spansPerRequest } = makeSpanPayload();
  const type = tracesRequestType();
  const interns = newInterns();
  return {
    name: 'decode_spans',
    unit: 'spans/s',
    requests,
    itemsPerRequest: spansPerRequest,
    ours: (body) => decodeTraces(body, interns, maxItems),
    theirs: (body) => type.decode(body),
  };
}

function newInterns(): Interns {
  return new Interns({ maxEntries: 200_000, maxBytes: 32 * 1024 * 1024, maxShapes: 10_000 });
}

function figureOfContest(contest: Contest, runs: number): Figure {
  for (const decode of [contest.ours, contest.theirs]) itemsPerSecond(decode, contest);
  const values: number[] = [];
  const baselines: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    values.push(itemsPerSecond(contest.ours, contest));
    baselines.push(itemsPerSecond(contest.theirs, contest));
  }
  return figureOf({ name: contest.name, unit: contest.unit, values, baselines });
}

function itemsPerSecond(decode: (body: Buffer) => unknown, { requests, itemsPerRequest }: Contest): number {
  const start = performance.now();
  let decoded = 0;
  let elapsed = 0;
  while (elapsed < roundMs) {
    for (const request of requests) decode(request);
    decoded += requests.length * itemsPerRequest;
    elapsed = performance.now() - start;
  }
  return (decoded * 1000) / elapsed;
}
