/** Cumulative histograms as the gateway's external processor pushes them, as OTLP/JSON. */
import type { Sender, Tags } from './senders.js';
import type { RunningServer } from './support.js';

export interface SentHistogram {
  readonly metric: string;
  readonly attributes: Tags;
  readonly count: number;
  readonly sum: number;
}

const millionsPerMs = 1_000_000n;

function nanos(timeMs: number): string {
  return String(BigInt(timeMs) * millionsPerMs);
}

function keyValues(tags: Tags): unknown[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value: { stringValue: String(value) } }));
}

/** One push at `timeMs` of everything since `startMs`; all observations lie in the one bucket there is. */
export async function sendHistograms(
  server: RunningServer, { service, scope = '', resource = {} }: Sender, window: { readonly startMs: number; readonly timeMs: number }, sent: readonly SentHistogram[],
): Promise<void> {
  const metrics = sent.map(({ metric, attributes, count, sum }) => ({
    name: metric,
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [{
        attributes: keyValues(attributes), startTimeUnixNano: nanos(window.startMs), timeUnixNano: nanos(window.timeMs), count: String(count), sum,
        bucketCounts: ['0', String(count)], explicitBounds: [0.01],
      }],
    },
  }));
  const attributes = keyValues({ 'service.name': service, ...resource });
  const body = JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope: { name: scope }, metrics }] }] });
  const answer = await fetch(`${server.httpUrl}/v1/metrics`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const text = await answer.text();
  if (answer.status !== 200 || text !== '{}') throw new Error(`/v1/metrics answered ${answer.status} ${text}`);
}
