/** Requests and tokens as metrics, logs and spans tell of them: all three must tell of all. */
import { durationOf, graphql, type Window } from '../client.js';
import { compareTexts, type Found } from '../found.js';
import type { ModelRequest } from '../traffic.js';
import { isCall } from './calls.js';
import type { SentLines } from './sent.js';

interface Share {
  readonly count: number;
  readonly percent: number;
}

interface Coverage {
  readonly model: string;
  readonly missing: readonly string[];
  readonly signals: readonly { readonly signal: string; readonly sent: boolean; readonly requests: Share; readonly tokens: Share }[];
}

/** `window`: of the metrics, whose minutes are those in which requests ended. A row per signal, of as many as there are models. */
export async function compareCoverage(url: string, { service, lines, traced }: SentLines, window: Window): Promise<Found[]> {
  const query = `query ($d: Duration!, $s: String) { signalCoverage(duration: $d, service: $s, limit: 100) {
    model missing signals { signal sent requests { count percent } tokens { count percent } } } }`;
  const { signalCoverage } = await graphql<{ signalCoverage: readonly Coverage[] }>(url, query, { d: durationOf(window), s: service });
  const sums = sumsOf(lines.filter(isCall).map(({ request }) => request.event as ModelRequest));
  const signals = traced ? ['metrics', 'logs', 'spans'] : ['metrics', 'logs'];
  const rows = signals.map((signal) => {
    const sent = [...sums].map(([model, { requests, tokens }]) => `${model} true ${requests} 100 ${tokens} ${tokens === 0 ? '-' : 100}`);
    return compareTexts(`models of which ${signal} tell all`, sent, signalCoverage.flatMap((row) => shown(row, signal)));
  });
  const missing = signalCoverage.flatMap((row) => row.missing);
  return [...rows, compareTexts('signals that miss something', [], missing)];
}

function shown({ model, signals }: Coverage, wanted: string): string[] {
  const found = signals.filter(({ signal }) => signal === wanted);
  return found.map(({ sent, requests, tokens }) => `${model} ${sent} ${requests.count} ${requests.percent} ${tokens.count} ${tokens.count === 0 ? '-' : tokens.percent}`);
}

function sumsOf(events: readonly ModelRequest[]): ReadonlyMap<string, { readonly requests: number; readonly tokens: number }> {
  const sums = new Map<string, { requests: number; tokens: number }>();
  for (const { requestModel, tokens: { input = 0, output = 0 } } of events) {
    const { requests, tokens } = sums.get(requestModel) ?? { requests: 0, tokens: 0 };
    sums.set(requestModel, { requests: requests + 1, tokens: tokens + input + output });
  }
  return sums;
}
