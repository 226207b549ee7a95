/** From counts to shares of the fullest signal. */
import { coverageSignals, type CoverageShare, type CoverageSignal, type SignalCount } from '../../contract/coverage-query.js';
import type { BySignal, GatewayTally, ModelTally } from './tally.js';

export interface Comparison {
  readonly requests: number;
  readonly tokens: number;
  readonly signals: readonly SignalCount[];
  readonly missing: readonly CoverageSignal[];
  readonly atBorder: number;
}

/** Signals of which the gateway sent anything at all. */
export function sentSignals({ models }: GatewayTally): ReadonlySet<CoverageSignal> {
  const sent = coverageSignals.filter((signal) => [...models.values()].some(({ requests, tokens }) => requests[signal] > 0 || tokens[signal] > 0));
  return new Set(sent);
}

export function compare(tally: ModelTally, sent: ReadonlySet<CoverageSignal>): Comparison {
  const fullest = (counts: BySignal): number => Math.max(...coverageSignals.map((signal) => counts[signal]));
  const requests = fullest(tally.requests);
  const tokens = fullest(tally.tokens);
  const signals = coverageSignals.map((signal) => ({
    signal,
    sent: sent.has(signal),
    requests: shareOf(tally.requests[signal], requests),
    tokens: shareOf(tally.tokens[signal], tokens),
  }));
  const missing = signals.filter((each) => each.sent && (each.requests.missing > 0 || each.tokens.missing > 0)).map(({ signal }) => signal);
  return { requests, tokens, signals, missing, atBorder: fullest(tally.border) };
}

function shareOf(count: number, fullest: number): CoverageShare {
  return { count, missing: fullest - count, percent: fullest === 0 ? 100 : (count / fullest) * 100 };
}
