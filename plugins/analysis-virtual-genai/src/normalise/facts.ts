import type { CallCost, ModelCall } from '@meterlark/core';

/** A model call as its span tells it; the listener fills in the cost. */
export interface ModelCallFacts extends Omit<ModelCall, 'cost'> {
  cost: CallCost;
  /** What the sender says the call costs, in USD; undefined when it says nothing. */
  readonly reportedUsd: number | undefined;
}

export const notPriced: CallCost = {
  source: 'unknown', total: undefined, input: undefined, cacheRead: undefined, cacheWrite: undefined,
  output: undefined, reasoning: undefined, audio: undefined, priceVersion: '', tier: '',
};
