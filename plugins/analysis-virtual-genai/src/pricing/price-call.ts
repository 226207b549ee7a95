/** The price of a call, and how sure it is. */
import { gatewayLogDialect, type CallCost, type ModelCall } from '@meterlark/core';
import type { PriceBook } from './price-book.js';

type Priced = Omit<ModelCall, 'cost'> & { readonly reportedUsd?: number | undefined };

export function priceOf(book: PriceBook, call: Priced): CallCost {
  const { provider, model, requestModel, serverAddress, serviceTier, operation, usage, status, startUs, reportedUsd } = call;
  const cost = book.price({
    provider, model, requestModel, serverAddress, serviceTier, operation, usage, status, timeMs: startUs / 1000, reportedUsd,
  });
  return cost.source === 'computed' && isEstimate(call) ? { ...cost, source: 'estimated' } : cost;
}

/** A gateway's log says how many tokens went in, and not how many of them were cached: the price is that of none. */
function isEstimate({ dialect, usage }: Priced): boolean {
  return dialect === gatewayLogDialect && usage.cacheRead === undefined && (usage.input ?? 0) > 0;
}
