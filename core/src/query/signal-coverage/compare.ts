/** From counts to shares of the fullest signal, like compared with like: without the requests that only access logs can tell of. */
import { coverageSignals, type CoverageShare, type CoverageSignal, type SignalCount } from '../../contract/coverage-query.js';
import type { BySignal, GatewayTally, ModelTally } from './tally.js';

export interface Comparison {
  readonly requests: number;
  readonly tokens: number;
  readonly signals: readonly SignalCount[];
  readonly missing: readonly CoverageSignal[];
  /** Requests set apart, for only access logs can tell of them. */
  readonly logsAlone: number;
  readonly atBorder: number;
}

/** Signals of which the gateway sent anything at all. */
export function sentSignals({ models }: GatewayTally): ReadonlySet<CoverageSignal> {
  const sent = coverageSignals.filter((signal) => [...models.values()].some(({ requests, tokens }) => requests[signal] > 0 || tokens[signal] > 0));
  return new Set(sent);
}

export function compare(tally: ModelTally, sent: ReadonlySet<CoverageSignal>): Comparison {
  const alike = comparable(tally, sent);
  const requests = fullest(alike);
  const tokens = fullest(tally.tokens);
  const signals = coverageSignals.map((signal) => ({
    signal,
    sent: sent.has(signal),
    requests: { ...shareOf(alike[signal], requests), count: tally.requests[signal] },
    tokens: shareOf(tally.tokens[signal], tokens),
  }));
  const missing = signals.filter((each) => each.sent && (each.requests.missing > 0 || each.tokens.missing > 0)).map(({ signal }) => signal);
  const atBorder = fullest({ ...tally.border, logs: Math.max(0, tally.border.logs - tally.borderNoBackend) });
  return { requests, tokens, signals, missing, logsAlone: tally.requests.logs - alike.logs, atBorder };
}

/**
 * Requests of each signal that the others can tell of as well. What a log says of the backend and of its answer lets
 * guess only, so what another signal tells of is compared all the same.
 */
function comparable({ requests, tokens, noBackend, unfinished }: ModelTally, sent: ReadonlySet<CoverageSignal>): BySignal {
  if (!sent.has('metrics') && !sent.has('spans')) return requests;
  // An answer without tokens is taken for unfinished, which says nothing where logs have no tokens at all.
  const hasTokens = tokens.logs > 0 || fullest(tokens) === 0;
  const least = Math.max(0, requests.logs - noBackend - (hasTokens ? unfinished : 0));
  return { ...requests, logs: Math.min(requests.logs, Math.max(least, requests.metrics, requests.spans)) };
}

function fullest(counts: BySignal): number {
  return Math.max(...coverageSignals.map((signal) => counts[signal]));
}

function shareOf(count: number, most: number): CoverageShare {
  return { count, missing: most - count, percent: most === 0 ? 100 : (count / most) * 100 };
}
