/** The price book over what was read from files. */
import type { CallCost, TokenUsage } from '@meterlark/core';
import { picodollarsOf } from './amounts.js';
import { atContext, costOf } from './call-cost.js';
import type { DatedPrices, ModelEntry, PriceLayer, PriceSet } from './entry.js';
import { hostName, ModelFinder } from './model-finder.js';
import type { PriceBook, PriceRequest } from './price-book.js';
import { standardTiers } from './read-prices.js';

export interface BookOptions {
  /** From `<deployment>`, `<host>/<deployment>` or `<host>/*` to a model, or to `unpriced`. */
  readonly deployments: Readonly<Record<string, string>>;
  /** Models looked up that are remembered. */
  readonly maxRemembered: number;
}

const nothing: CallCost = {
  source: 'unknown', total: undefined, input: undefined, cacheRead: undefined, cacheWrite: undefined, output: undefined,
  reasoning: undefined, audio: undefined, priceVersion: '', tier: '',
};
const nothingOwed: CallCost = { ...nothing, source: 'none' };

/** Calls of these operations have no output tokens, so none are missing. */
const withoutOutput: ReadonlySet<string> = new Set(['embeddings', 'embedding', 'embed', 'rerank', 'moderation']);

type ByModel = Map<string, ModelEntry | null>;

export class FilePriceBook implements PriceBook {
  readonly finder: ModelFinder;
  readonly entries: readonly ModelEntry[];
  /** Host, provider, model; null is a model without a price. */
  private remembered = new Map<string, Map<string, ByModel>>();
  private count = 0;

  constructor(layers: readonly PriceLayer[], private readonly options: BookOptions) {
    this.finder = new ModelFinder(layers, options.deployments);
    this.entries = layers.flat().flatMap(({ entries }) => entries);
  }

  providerOf(model: string): string | undefined {
    return this.finder.providerOf(model);
  }

  price(request: PriceRequest): CallCost {
    const { usage, status } = request;
    const used = isUsed(usage);
    const reported = request.reportedUsd === undefined ? undefined : picodollarsOf(request.reportedUsd);
    // Instrumentations report 0 for models they have no price of: 0 for something used is no report.
    // A sum that is too great to be exact is not replaced by another one.
    if (reported === undefined && isAmount(request.reportedUsd)) return nothing;
    if (reported !== undefined && reported > 0) return { ...nothing, source: 'provider-reported', total: reported };
    if (used) return this.computed(request);
    if (status === 'error') return nothingOwed;
    if (reported === 0) return { ...nothing, source: 'provider-reported', total: 0 };
    return isTold(usage) ? this.computed(request) : nothing;
  }

  chargesWrites(request: PriceRequest): boolean {
    const found = this.pricesOf(request);
    if ('source' in found) return false;
    const { input, cacheWrite5m, cacheWrite1h } = found.set.prices;
    return (cacheWrite5m ?? input) !== input || (cacheWrite1h ?? input) !== input;
  }

  private computed(request: PriceRequest): CallCost {
    const found = this.pricesOf(request);
    if ('source' in found) return found;
    const { set, version } = found;
    const needsOutput = request.status === 'ok' && set.prices.output !== undefined && !withoutOutput.has(request.operation);
    return costOf(request.usage, { set, version, needsOutput });
  }

  /** Or why there are none. */
  private pricesOf(request: PriceRequest): { readonly set: PriceSet; readonly version: string } | CallCost {
    const { usage } = request;
    const entry = this.entryOf(request);
    if (entry === null || !isCountable(usage)) return nothing;
    const dated = pricesAt(entry, request.timeMs);
    if (dated === undefined) return { ...nothing, tier: 'no price that early' };
    const tier = request.serviceTier;
    const tiered = standardTiers.has(tier) ? dated.standard : tierOf(dated, tier);
    if (tiered === undefined) return { ...nothing, tier: 'no price for the service tier' };
    return { set: atContext(tiered, inputTokens(usage)), version: dated.version };
  }

  private entryOf({ serverAddress, provider, model, requestModel }: PriceRequest): ModelEntry | null {
    const entry = this.remember(serverAddress, provider, model);
    if (entry !== null || requestModel === '' || requestModel === model) return entry;
    return this.mayStandFor(requestModel, model) ? this.remember(serverAddress, provider, requestModel) : null;
  }

  /**
   * A model that answers need not be the one that was asked: only a fuller name of it (Bedrock answers
   * `claude-…` for `us.anthropic.claude-…`), or a deployment of the settings, tells its price.
   */
  private mayStandFor(requestModel: string, model: string): boolean {
    return requestModel.toLowerCase().includes(model.toLowerCase()) || this.finder.isDeployment(requestModel);
  }

  private remember(address: string, provider: string, model: string): ModelEntry | null {
    let byProvider = this.remembered.get(address);
    if (byProvider === undefined) this.remembered.set(address, (byProvider = new Map<string, ByModel>()));
    let byModel = byProvider.get(provider);
    if (byModel === undefined) byProvider.set(provider, (byModel = new Map<string, ModelEntry | null>()));
    let entry = byModel.get(model);
    if (entry !== undefined) return entry;
    entry = this.finder.find({ provider, model, host: hostName(address) })?.entry ?? null;
    byModel.set(model, entry);
    this.count += 1;
    // Names are made up by senders; starting afresh is cheaper than knowing which were used last.
    if (this.count >= this.options.maxRemembered) this.forget();
    return entry;
  }

  private forget(): void {
    this.remembered = new Map();
    this.count = 0;
  }
}

/** undefined for a call before the first date. */
export function pricesAt({ prices }: ModelEntry, timeMs: number): DatedPrices | undefined {
  return prices.find(({ fromMs }) => timeMs >= fromMs);
}

/** undefined when the provider's list has no such tier for the model. */
export function tierOf({ standard, tiers }: DatedPrices, tier: string): DatedPrices['standard'] | undefined {
  const name = tier.toLowerCase();
  return standardTiers.has(name) ? standard : tiers.get(name);
}

/** All input tokens; when only parts of them are known, those. */
export function inputTokens({ input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput }: TokenUsage): number {
  const parts = (cacheRead ?? 0) + (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0) + (audioInput ?? 0);
  return input !== undefined && input > parts ? input : parts;
}

function isUsed(usage: TokenUsage): boolean {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, audioInput, audioOutput } = usage;
  return !!(input || output || cacheRead || cacheWrite5m || cacheWrite1h || reasoning || audioInput || audioOutput);
}

/** Somebody told that nothing was used, which is not the same as nobody telling. */
function isTold({ input, output }: TokenUsage): boolean {
  return input !== undefined || output !== undefined;
}

function isCount(value: number | undefined): boolean {
  return value === undefined || (value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value);
}

function isCountable(usage: TokenUsage): boolean {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, audioInput, audioOutput } = usage;
  return (
    isCount(input) && isCount(output) && isCount(cacheRead) && isCount(cacheWrite5m) && isCount(cacheWrite1h) &&
    isCount(reasoning) && isCount(audioInput) && isCount(audioOutput)
  );
}

function isAmount(usd: number | undefined): boolean {
  return usd !== undefined && Number.isFinite(usd) && usd > 0;
}
