/** The prices of one model: classes, context tiers, service tiers, dates. */
import type { TextPosition, YamlEntry, YamlValue } from '@meterlark/core';
import { isFault, picodollarsPerToken, timesFactor } from './amounts.js';
import { priceClasses, type ClassPrices, type DatedPrices, type PriceClass, type PriceSet, type TieredPrices } from './entry.js';
import type { YamlShape } from './yaml-shape.js';

/** Which class's price the provider charges for a class that has none of its own. */
export type MissingRule = { readonly [word in PriceClass]?: PriceClass | undefined };

export interface PricesContext {
  readonly shape: YamlShape;
  readonly missing: MissingRule;
  /** `openai/gpt-4o` */
  readonly name: string;
}

/** Keys of one set of prices beside its classes. */
export const setKeys: readonly string[] = [...priceClasses, 'unknown', 'above', 'tiers'];
const maxTiers = 20;

/** Newest first. The prices stand in the model's own map or, with dates, in its list `prices`. */
export function readPrices(context: PricesContext, own: ReadonlyMap<string, YamlEntry>, at: TextPosition): readonly DatedPrices[] {
  const { shape } = context;
  const list = own.get('prices');
  if (list === undefined) return [readDated(context, own, at)];
  for (const key of setKeys) if (own.has(key)) shape.fault(own.get(key)?.keyAt ?? at, `"${key}" stands beside "prices": put it into the list`);
  const items = shape.list(list.value, 'prices');
  if (list.value.kind === 'list' && items.length === 0) shape.fault(list.keyAt, 'prices has no item');
  const dated = items.map((item) => readDated(context, shape.map(item, ['from', ...setKeys], 'an item of prices'), item.at));
  dated.forEach(({ fromMs }, index) => {
    const before = dated[index - 1];
    if (before !== undefined && !(fromMs > before.fromMs)) shape.fault(items[index]?.at ?? at, 'the dates of prices must ascend, each item but the first with its "from"');
  });
  return dated.reverse();
}

function readDated(context: PricesContext, own: ReadonlyMap<string, YamlEntry>, at: TextPosition): DatedPrices {
  const { shape, name } = context;
  const from = own.get('from');
  const day = from === undefined ? undefined : shape.day(from.value, 'from', from.keyAt);
  const standard = readTiered(context, own, { at, label: '' });
  return {
    fromMs: day?.ms ?? Number.NEGATIVE_INFINITY,
    from: day?.text ?? '',
    standard,
    tiers: readTiers(context, own.get('tiers'), standard),
    version: day === undefined ? name : `${name}@${day.text}`,
  };
}

function readTiers(context: PricesContext, entry: YamlEntry | undefined, standard: TieredPrices): ReadonlyMap<string, TieredPrices> {
  const tiers = new Map<string, TieredPrices>();
  if (entry === undefined) return tiers;
  const { shape } = context;
  // What the standard list charges apart, a tier does not charge as something else: without a price of its own it has none.
  const apart = priceClasses.filter((word) => standard.base.prices[word] !== undefined && standard.base.borrowed[word] === undefined);
  const missing = Object.fromEntries(Object.entries(context.missing).filter(([word]) => !apart.some((one) => one === word)));
  const named = shape.map(entry.value, undefined, 'tiers');
  if (named.size > maxTiers) shape.fault(entry.keyAt, `more than ${maxTiers} service tiers`);
  for (const [word, { keyAt, value }] of named) {
    const label = word.toLowerCase();
    if (standardTiers.has(label)) shape.fault(keyAt, `"${word}" is what the prices outside of tiers are for`);
    const own = shape.map(value, [...priceClasses, 'unknown', 'above', 'times'], `the tier ${word}`);
    const times = own.get('times');
    tiers.set(label, times === undefined ? readTiered({ ...context, missing }, own, { at: keyAt, label }) : multiplied(context, standard, { times, own, label }));
  }
  return tiers;
}

/** Names under which senders tell that nothing special was ordered. */
export const standardTiers: ReadonlySet<string> = new Set(['', 'default', 'standard', 'standard_only', 'auto', 'on_demand']);

interface Factor {
  readonly times: YamlEntry;
  readonly own: ReadonlyMap<string, YamlEntry>;
  readonly label: string;
}

function multiplied({ shape }: PricesContext, standard: TieredPrices, { times, own, label }: Factor): TieredPrices {
  for (const { key, keyAt } of own.values()) if (key !== 'times') shape.fault(keyAt, `"${key}" stands beside "times": write all prices of the tier, or only the factor`);
  const text = shape.text(times.value, 'times', times.keyAt) ?? '1';
  let told = false;
  const one = (set: PriceSet, setLabel: string): PriceSet => {
    const price = (value: number | undefined): number | undefined => {
      const result = value === undefined ? undefined : timesFactor(value, text);
      if (!isFault(result)) return result;
      if (!told) shape.fault(times.value.at, result.fault);
      told = true;
      return undefined;
    };
    const prices = Object.fromEntries(priceClasses.map((word) => [word, price(set.prices[word])])) as Record<PriceClass, number | undefined>;
    return { prices, borrowed: set.borrowed, label: setLabel };
  };
  const above = standard.above.map(({ tokens, set }) => ({ tokens, set: one(set, `${label}, ${set.label}`) }));
  return { base: one(standard.base, label), above };
}

interface Place {
  readonly at: TextPosition;
  readonly label: string;
}

function readTiered(context: PricesContext, own: ReadonlyMap<string, YamlEntry>, { at, label }: Place): TieredPrices {
  const { shape } = context;
  const base = readSet(context, own, { at, label });
  const entry = own.get('above');
  const items = entry === undefined ? [] : shape.list(entry.value, 'above');
  if (items.length > maxTiers) shape.fault(items[maxTiers]?.at ?? at, `more than ${maxTiers} context tiers`);
  const above = items.map((item) => {
    const inner = shape.map(item, ['tokens', 'unknown', ...priceClasses], 'an item of above');
    const tokens = readTokens(shape, inner.get('tokens'), item.at);
    const words = `above ${tokens} input tokens`;
    return { tokens, set: readSet(context, inner, { at: item.at, label: label === '' ? words : `${label}, ${words}` }) };
  });
  above.forEach(({ tokens }, index) => {
    const before = above[index - 1];
    if (before !== undefined && tokens <= before.tokens) shape.fault(items[index]?.at ?? at, 'the tokens of above must ascend');
  });
  return { base, above };
}

function readTokens(shape: YamlShape, entry: YamlEntry | undefined, at: TextPosition): number {
  const text = shape.text(entry?.value, 'tokens', at);
  if (text === undefined) return 0;
  const tokens = /^[1-9]\d{0,11}$/.test(text) ? Number(text) : 0;
  if (tokens === 0) shape.fault(entry?.value.at ?? at, 'tokens must be a whole number, 1 or more');
  return tokens;
}

function readSet(context: PricesContext, own: ReadonlyMap<string, YamlEntry>, { at, label }: Place): PriceSet {
  const { shape, missing } = context;
  const unknown = own.get('unknown');
  if (unknown !== undefined) return unknownSet(context, own, unknown);
  const written = new Map<PriceClass, number>();
  for (const word of priceClasses) {
    const entry = own.get(word);
    const price = entry === undefined ? undefined : readPrice(shape, entry.value, word);
    if (price !== undefined) written.set(word, price);
  }
  if (!priceClasses.some((word) => own.has(word))) shape.fault(at, `no price: write at least one of ${priceClasses.join(', ')}`);
  const borrowed: Partial<Record<PriceClass, PriceClass>> = {};
  const price = (word: PriceClass): number | undefined => {
    const from = written.has(word) ? undefined : missing[word];
    if (from !== undefined && written.has(from)) borrowed[word] = from;
    return written.get(from ?? word);
  };
  const prices: ClassPrices = {
    input: price('input'), cacheRead: price('cacheRead'), cacheWrite5m: price('cacheWrite5m'), cacheWrite1h: price('cacheWrite1h'),
    output: price('output'), reasoning: price('reasoning'), audioInput: price('audioInput'), audioOutput: price('audioOutput'),
  };
  return { prices, borrowed, label };
}

/** Where the book ends: `unknown: why`, e.g. for prices that change with the hour of the day. */
function unknownSet({ shape }: PricesContext, own: ReadonlyMap<string, YamlEntry>, entry: YamlEntry): PriceSet {
  const why = shape.text(entry.value, 'unknown', entry.keyAt) ?? '';
  for (const word of priceClasses) if (own.has(word)) shape.fault(own.get(word)?.keyAt ?? entry.keyAt, `"${word}" stands beside "unknown"`);
  return { prices: noPrices, borrowed: {}, label: `no price: ${why}` };
}

const noPrices: ClassPrices = {
  input: undefined, cacheRead: undefined, cacheWrite5m: undefined, cacheWrite1h: undefined,
  output: undefined, reasoning: undefined, audioInput: undefined, audioOutput: undefined,
};

function readPrice(shape: YamlShape, value: YamlValue, word: PriceClass): number | undefined {
  const text = value.kind === 'scalar' ? value.source.text.trim() : '';
  const price = picodollarsPerToken(text);
  if (!isFault(price)) return price;
  shape.fault(value.at, `${word}: ${price.fault}`);
  return undefined;
}
