/** What a model call costs. Made of the files of `config/pricing`. */
import type { CallCost, CallStatus, TokenUsage } from '@meterlark/core';

/** All that decides a price; texts nobody gave are "". */
export interface PriceRequest {
  readonly provider: string;
  /** The response model, else the request model. */
  readonly model: string;
  /** Tried when the book does not know `model`, if it is a fuller name of it or a deployment of the settings. */
  readonly requestModel: string;
  /** Host, for deployment mappings. */
  readonly serverAddress: string;
  readonly serviceTier: string;
  /** chat, embeddings, …: embeddings have no output that could be missing. */
  readonly operation: string;
  readonly usage: TokenUsage;
  readonly status: CallStatus;
  /** Start of the call, epoch ms: the price of that day holds. */
  readonly timeMs: number;
  /** What the sender says the call costs, in USD; undefined when it says nothing. */
  readonly reportedUsd: number | undefined;
}

export interface PriceBook {
  /**
   * `none` when a failed call has no usage; `unknown` when something was used and no price is known (never 0);
   * `provider-reported` when the sender told the cost; `computed` otherwise. Never throws.
   */
  price(request: PriceRequest): CallCost;
  /** Whether input that was written to a cache costs another price than other input; false when nothing is known. */
  chargesWrites(request: PriceRequest): boolean;
  /** Who makes a model, by the beginning of its name; undefined when no file says. For the provider's name only. */
  providerOf(model: string): string | undefined;
}
