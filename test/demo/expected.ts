/** What the metrics must say about a traffic, computed from the events alone: the reference of the demo and the tests. */
import { measure, type Instrument, type Measurement, instruments } from './instruments.js';
import type { TrafficEvent } from './traffic.js';

export interface Tally {
  readonly count: number;
  readonly sum: number;
  /** Observations per bucket of the instrument's bounds, the open one last. */
  readonly counts: readonly number[];
}

export type Selector = (measurement: Measurement, event: TrafficEvent) => boolean;

/** Count, sum and buckets of an instrument's selected measurements. */
export function tally(events: readonly TrafficEvent[], instrument: Instrument, selects: Selector = () => true): Tally {
  const counts = new Array<number>((instrument.bounds ?? []).length + 1).fill(0);
  let count = 0;
  let sum = 0;
  for (const event of events) {
    for (const measurement of measure(event)) {
      if (measurement.instrument !== instrument || !selects(measurement, event)) continue;
      count += 1;
      sum += measurement.value;
      const bucket = (instrument.bounds ?? []).findIndex((bound) => measurement.value <= bound);
      const index = bucket < 0 ? counts.length - 1 : bucket;
      counts[index] = (counts[index] ?? 0) + 1;
    }
  }
  return { count, sum, counts };
}

/** Upper bound, in ms, of the bucket in which the rank-th percentile lies; the open bucket counts as the last bound. */
export function percentileMs(instrument: Instrument, { counts, count }: Tally, rank: number): number | undefined {
  if (count === 0) return undefined;
  const bounds = instrument.bounds ?? [];
  const target = Math.max(1, Math.round((count * rank) / 100));
  let seen = 0;
  for (const [index, inBucket] of counts.entries()) {
    seen += inBucket;
    if (seen >= target) return Math.round((bounds[Math.min(index, bounds.length - 1)] ?? 0) * 1000);
  }
  return undefined;
}

export interface Expectation<E = TrafficEvent> {
  readonly title: string;
  readonly unit: string;
  /** MQE expression that answers one series. */
  readonly expression: string;
  /** Value of the events of one bucket; undefined: no value may be shown. */
  readonly of: (events: readonly E[]) => number | undefined;
  /** The answer is rounded to an integer. */
  readonly rounded: boolean;
  /** Counts: a minute in which nothing lived may have no row, which reads as 0. Averages: no value, never 0. */
  readonly zeroMayBeAbsent: boolean;
}

export const counted = { rounded: true, zeroMayBeAbsent: true };
export const averaged = { rounded: true, zeroMayBeAbsent: false };

const attribute =
  (name: string, value: string): Selector =>
  ({ attributes }) =>
    attributes[name] === value;

function meanMs(instrument: Instrument): Expectation['of'] {
  return (events) => {
    const { count, sum } = tally(events, instrument);
    return count === 0 ? undefined : (sum / count) * 1000;
  };
}

const countOf =
  (instrument: Instrument, selects?: Selector): Expectation['of'] =>
  (events) =>
    tally(events, instrument, selects).count;
const sumOf =
  (instrument: Instrument, selects?: Selector): Expectation['of'] =>
  (events) =>
    tally(events, instrument, selects).sum;

/** Ten metrics of one gateway service, minute by minute. */
export const expectations: readonly Expectation[] = [
  {
    title: 'requests',
    unit: 'calls/min',
    expression: 'meter_envoy_ai_gw_request_cpm',
    of: countOf(instruments.duration),
    ...counted,
  },
  {
    title: 'mean latency',
    unit: 'ms',
    expression: 'meter_envoy_ai_gw_request_latency_avg',
    of: meanMs(instruments.duration),
    ...averaged,
  },
  {
    title: '95th percentile of latency',
    unit: 'ms',
    expression: "meter_envoy_ai_gw_request_latency_percentile{p='95'}",
    of: (events) => percentileMs(instruments.duration, tally(events, instruments.duration), 95),
    ...averaged,
  },
  {
    title: 'input tokens',
    unit: 'tokens/min',
    expression: 'meter_envoy_ai_gw_input_token_rate',
    of: sumOf(instruments.tokens, attribute('gen_ai.token.type', 'input')),
    ...counted,
  },
  {
    title: 'output tokens',
    unit: 'tokens/min',
    expression: 'meter_envoy_ai_gw_output_token_rate',
    of: sumOf(instruments.tokens, attribute('gen_ai.token.type', 'output')),
    ...counted,
  },
  {
    title: 'mean time to first token',
    unit: 'ms',
    expression: 'meter_envoy_ai_gw_ttft_avg',
    of: meanMs(instruments.firstToken),
    ...averaged,
  },
  {
    title: 'requests to openai',
    unit: 'calls/min',
    expression: "meter_envoy_ai_gw_provider_request_cpm{gen_ai_provider_name='openai'}",
    of: countOf(instruments.duration, attribute('gen_ai.provider.name', 'openai')),
    ...counted,
  },
  {
    title: 'requests to gpt-4.1-mini',
    unit: 'calls/min',
    expression: "meter_envoy_ai_gw_model_request_cpm{gen_ai_response_model='gpt-4.1-mini'}",
    of: countOf(instruments.duration, attribute('gen_ai.response.model', 'gpt-4.1-mini')),
    ...counted,
  },
  {
    title: 'failed requests',
    unit: '%',
    expression: 'meter_envoy_ai_gw_error_percent',
    of: (events) => {
      const all = tally(events, instruments.duration).count;
      const failed = tally(events, instruments.duration, ({ attributes }) => 'error.type' in attributes).count;
      return all === 0 ? undefined : (failed / all) * 100;
    },
    ...averaged,
    rounded: false,
  },
  {
    title: 'MCP requests',
    unit: 'calls/min',
    expression: 'meter_envoy_ai_gw_mcp_request_cpm',
    of: countOf(instruments.mcpDuration),
    ...counted,
  },
];

/** SkyWalking's rounding: integers, and a positive value below 1 is 1. */
function shown(value: number): number {
  return value > 0 && value < 1 ? 1 : Math.round(value);
}

/** Whether an answered value is the expected one; a sum of doubles that lies between two integers may go either way. */
export function agrees(expectation: Pick<Expectation, 'rounded' | 'zeroMayBeAbsent'>, expected: number | undefined, answered: number | undefined): boolean {
  if (answered === undefined) return expected === undefined || (expected === 0 && expectation.zeroMayBeAbsent);
  if (expected === undefined) return false;
  if (!expectation.rounded) return Math.abs(expected - answered) <= 0.000_501;
  return answered === shown(expected) || Math.abs(Math.abs(expected - answered) - 0.5) < 1e-6;
}
