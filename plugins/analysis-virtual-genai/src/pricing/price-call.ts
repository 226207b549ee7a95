/** The price of a call, and how sure it is. */
import { gatewayLogDialect, type CallCost, type ModelCall } from '@meterlark/core';
import type { PriceBook, PriceRequest } from './price-book.js';

type Priced = Omit<ModelCall, 'cost'> & { readonly reportedUsd?: number | undefined };

export function priceOf(book: PriceBook, call: Priced): CallCost {
  const { provider, model, requestModel, serverAddress, serviceTier, operation, usage, status, startUs, reportedUsd } = call;
  const request: PriceRequest = {
    provider, model, requestModel, serverAddress, serviceTier, operation, usage, status, timeMs: startUs / 1000, reportedUsd,
  };
  const cost = book.price(request);
  const isEstimate = cost.source === 'computed' && call.dialect === gatewayLogDialect && isGuessed(request, book);
  return isEstimate ? { ...cost, source: 'estimated' } : cost;
}

/** A gateway's log says how many tokens went in, and not how many of them were read from or written to a cache. */
function isGuessed(request: PriceRequest, book: PriceBook): boolean {
  const { input = 0, cacheRead, cacheWrite5m, cacheWrite1h } = request.usage;
  if (cacheRead === undefined) return input > 0;
  return (cacheWrite5m ?? cacheWrite1h) === undefined && input > cacheRead && book.chargesWrites(request);
}
