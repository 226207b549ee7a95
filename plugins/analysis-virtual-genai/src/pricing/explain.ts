/** How a price comes about, step by step, for people. */
import { picodollarsToUsd, type CallCost, type TokenUsage } from '@meterlark/core';
import { usdPerMillion } from './amounts.js';
import { atContext, chargedTokens } from './call-cost.js';
import { priceClasses, type DatedPrices, type ModelEntry, type PriceClass, type PriceSet } from './entry.js';
import { inputTokens, pricesAt, tierOf, type FilePriceBook } from './file-price-book.js';
import { hostName } from './model-finder.js';
import type { PriceRequest } from './price-book.js';

export interface ExplainedAmount {
  readonly class: PriceClass;
  readonly tokens: number;
  /** USD per million tokens; undefined when there is none. */
  readonly perMillion: string | undefined;
  /** The class whose price the provider charges for it. */
  readonly pricedAs: PriceClass | undefined;
  readonly usd: string | undefined;
}

export interface Explanation {
  readonly cost: CallCost;
  readonly entry: ModelEntry | undefined;
  readonly steps: readonly string[];
  /** Prices in force, whatever was used. */
  readonly prices: PriceSet | undefined;
  readonly amounts: readonly ExplainedAmount[];
}

export function explain(book: FilePriceBook, request: PriceRequest): Explanation {
  const steps: string[] = [];
  const cost = book.price(request);
  const { provider, model, serverAddress, timeMs } = request;
  const entry = book.finder.find({ provider, model, host: hostName(serverAddress) }, (step) => steps.push(step))?.entry;
  if (entry === undefined) return { cost, entry, steps: [...steps, 'no price is known: the cost is unknown, not 0'], prices: undefined, amounts: [] };
  const dated = pricesAt(entry, timeMs);
  steps.push(dateStep(entry, dated, timeMs));
  const prices = dated === undefined ? undefined : setOf(dated, request, steps);
  const amounts = prices === undefined ? [] : amountsOf(request.usage, prices);
  if (cost.source === 'unknown') steps.push(cost.total === undefined && amounts.length === 0 ? 'no tokens were given' : 'not all tokens have a price: the cost is unknown');
  return { cost, entry, steps, prices, amounts };
}

function dateStep({ prices }: ModelEntry, dated: DatedPrices | undefined, timeMs: number): string {
  const at = new Date(timeMs).toISOString();
  if (dated === undefined) return `at ${at}: no price that early, the first is of ${prices.at(-1)?.from ?? ''}`;
  const next = prices.find(({ fromMs }) => fromMs > timeMs);
  const since = dated.from === '' ? 'the only price known so far back' : `the price since ${dated.from}`;
  return `at ${at}: ${prices.length === 1 && dated.from === '' ? 'one price for all time' : since}${next === undefined ? '' : `, until another at ${prices.findLast(({ fromMs }) => fromMs > timeMs)?.from ?? ''}`}`;
}

function setOf(dated: DatedPrices, { serviceTier, usage }: PriceRequest, steps: string[]): PriceSet | undefined {
  const tiered = tierOf(dated, serviceTier);
  const known = dated.tiers.size === 0 ? 'none listed' : [...dated.tiers.keys()].join(', ');
  if (tiered === undefined) {
    steps.push(`service tier ${serviceTier}: no price is known for it (known: ${known})`);
    return undefined;
  }
  steps.push(tiered === dated.standard ? `service tier: standard${serviceTier === '' ? ', none was named' : ''}` : `service tier: ${serviceTier.toLowerCase()}`);
  const tokens = inputTokens(usage);
  const set = atContext(tiered, tokens);
  const limits = tiered.above.map((tier) => tier.tokens).join(', ');
  if (limits !== '') steps.push(`context: ${tokens} input tokens, cached ones included; other prices above ${limits}${set === tiered.base ? '' : `: ${set.label}, for all tokens of the request`}`);
  if (set.label.startsWith('no price')) steps.push(set.label);
  return set;
}

function amountsOf(usage: TokenUsage, set: PriceSet): readonly ExplainedAmount[] {
  const tokens = chargedTokens(usage, set);
  return priceClasses.flatMap((word) => {
    const count = tokens[word];
    if (count === undefined) return [];
    const price = set.prices[word];
    const usd = price === undefined ? (count === 0 ? '0' : undefined) : picodollarsToUsd(BigInt(price) * BigInt(count));
    const perMillion = price === undefined ? undefined : usdPerMillion(price);
    return [{ class: word, tokens: count, perMillion, pricedAs: set.borrowed[word], usd }];
  });
}
