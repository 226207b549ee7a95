/** Hot path: what the tokens of one call cost at given prices, each token counted once. */
import type { CallCost, CostSource, TokenUsage } from '@meterlark/core';
import type { PriceClass, PriceSet, TieredPrices } from './entry.js';

/** Tokens of each class that are charged as such; undefined when nobody told of them. */
export type ChargedTokens = Readonly<Record<PriceClass, number | undefined>>;

/** `input` and `output` without the parts that are charged apart. */
export function chargedTokens(usage: TokenUsage, { borrowed, prices }: PriceSet): ChargedTokens {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, audioInput, audioOutput } = usage;
  // Reasoning at the price of output stays within it, so that the amounts add up as the provider's bill does.
  const within = borrowed.reasoning !== undefined || (prices.reasoning === undefined && prices.output === undefined);
  const reasoning = within ? undefined : usage.reasoning;
  return {
    input: less(input, (cacheRead ?? 0) + (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0) + (audioInput ?? 0)),
    cacheRead, cacheWrite5m, cacheWrite1h,
    output: less(output, (reasoning ?? 0) + (audioOutput ?? 0)),
    reasoning, audioInput, audioOutput,
  };
}

function less(whole: number | undefined, parts: number): number | undefined {
  if (whole === undefined) return undefined;
  return whole > parts ? whole - parts : 0;
}

/** The prices that hold for a request with so many input tokens, cached ones included. */
export function atContext({ base, above }: TieredPrices, inputTokens: number): PriceSet {
  for (let place = above.length - 1; place >= 0; place -= 1) {
    const tier = above[place]!;
    if (inputTokens > tier.tokens) return tier.set;
  }
  return base;
}

export interface Priced {
  readonly set: PriceSet;
  readonly version: string;
  /** Output that was told nothing of was nevertheless used. */
  readonly needsOutput: boolean;
}

/** `unknown` when tokens were used of a class without a price, or amounts are beyond exact numbers. */
export function costOf(usage: TokenUsage, { set, version, needsOutput }: Priced): CallCost {
  const tokens = chargedTokens(usage, set);
  const { prices } = set;
  const input = amount(tokens.input, prices.input);
  const cacheRead = amount(tokens.cacheRead, prices.cacheRead);
  const cacheWrite = both(amount(tokens.cacheWrite5m, prices.cacheWrite5m), amount(tokens.cacheWrite1h, prices.cacheWrite1h));
  const output = amount(tokens.output, prices.output);
  const reasoning = amount(tokens.reasoning, prices.reasoning);
  const audio = both(amount(tokens.audioInput, prices.audioInput), amount(tokens.audioOutput, prices.audioOutput));
  const total = (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0) + (output ?? 0) + (reasoning ?? 0) + (audio ?? 0);
  // A class without a price gives NaN, and so does the sum.
  const isWhole = !(needsInput(set) && tokens.input === undefined) && !(needsOutput && tokens.output === undefined);
  const known = total <= Number.MAX_SAFE_INTEGER && isWhole;
  const source: CostSource = known ? 'computed' : 'unknown';
  const tier = set.label === '' ? 'standard' : set.label;
  return {
    source,
    total: known ? total : undefined,
    input: shown(input), cacheRead: shown(cacheRead), cacheWrite: shown(cacheWrite), output: shown(output), reasoning: shown(reasoning), audio: shown(audio),
    priceVersion: version, tier,
  };
}

/** Whatever charges for input charges for some in every request: not told is not nothing. */
function needsInput({ prices }: PriceSet): boolean {
  return prices.input !== undefined;
}

/** NaN when tokens were used and there is no price. */
function amount(tokens: number | undefined, price: number | undefined): number | undefined {
  if (tokens === undefined) return undefined;
  if (tokens === 0) return 0;
  return price === undefined ? Number.NaN : tokens * price;
}

function both(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : one + other;
}

function shown(value: number | undefined): number | undefined {
  return value !== undefined && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
