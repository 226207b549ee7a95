/** The price book as data: what the files of `config/pricing` say, ready to be looked up. */
import type { VersionPattern } from './version-pattern.js';

export const priceClasses = [
  'input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output', 'reasoning', 'audioInput', 'audioOutput',
] as const;
export type PriceClass = (typeof priceClasses)[number];

/** Picodollars per token, whole; undefined when no price is known. */
export type ClassPrices = Readonly<Record<PriceClass, number | undefined>>;

export interface PriceSet {
  readonly prices: ClassPrices;
  /** Classes without a price of their own, and the class whose price the provider charges for them. */
  readonly borrowed: Readonly<Partial<Record<PriceClass, PriceClass>>>;
  /** For people, e.g. `batch, above 200000 input tokens`. */
  readonly label: string;
}

export interface TieredPrices {
  readonly base: PriceSet;
  /** Ascending: requests whose whole input, cached parts included, has more tokens cost this in all classes. */
  readonly above: readonly { readonly tokens: number; readonly set: PriceSet }[];
}

export interface DatedPrices {
  /** First moment, epoch ms; -Infinity when it has always been so. */
  readonly fromMs: number;
  /** As written; "" when it has always been so. */
  readonly from: string;
  readonly standard: TieredPrices;
  /** By service tier, in small letters. */
  readonly tiers: ReadonlyMap<string, TieredPrices>;
  /** `openai/gpt-4o@2024-10-01`. */
  readonly version: string;
}

export interface ModelEntry {
  readonly provider: string;
  readonly model: string;
  readonly aliases: readonly string[];
  /** Endings that a name may have beyond the entry's; undefined: those of the file. */
  readonly versions: readonly VersionPattern[] | undefined;
  /** Newest first. */
  readonly prices: readonly DatedPrices[];
  readonly source: string;
  readonly read: string;
  readonly file: string;
  readonly line: number;
}

export interface PriceFile {
  readonly file: string;
  readonly provider: string;
  /** Provider names of calls, in small letters. */
  readonly serves: readonly string[];
  /** Hosts, or with a leading dot all hosts below a domain. */
  readonly hosts: readonly string[];
  /** Beginnings of model names that tell this provider. */
  readonly begins: readonly string[];
  /** Beginnings that are taken off a model name. */
  readonly strip: readonly string[];
  readonly versions: readonly VersionPattern[];
  /** Its API is spoken by others: a model that is not listed here is looked up with its maker. */
  readonly compatible: boolean;
  /** A host of others' models: its prices hold for calls to it and nowhere else. */
  readonly hosted: boolean;
  /** Providers whose models cost the same here. */
  readonly uses: readonly string[];
  readonly entries: readonly ModelEntry[];
}

/** Files of one path of the settings; a later layer goes before an earlier one. */
export type PriceLayer = readonly PriceFile[];
