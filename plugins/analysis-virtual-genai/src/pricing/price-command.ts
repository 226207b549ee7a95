/** `meterlark price`: what a model costs and why; or all prices of the book. */
import { noUsage, picodollarsToUsd, type Command, type CommandRequest, type CommandResult, type TokenUsage } from '@meterlark/core';
import { pricingErrors } from '../errors.js';
import { momentOf } from '../reprice/period.js';
import { usdPerMillion } from './amounts.js';
import { priceClasses, type DatedPrices, type ModelEntry, type PriceSet } from './entry.js';
import { explain, type ExplainedAmount, type Explanation } from './explain.js';
import type { FilePriceBook } from './file-price-book.js';
import type { PriceRequest } from './price-book.js';
import { tableText } from './table.js';

const usage =
  'price MODEL [--provider P] [--host H] [--input N] [--cache-read N] [--cache-write N] [--cache-write-1h N] [--output N] ' +
  '[--reasoning N] [--audio-input N] [--audio-output N] [--tier T] [--operation O] [--at DATE] | price --list';

const tokenOptions: Readonly<Record<string, keyof TokenUsage>> = {
  input: 'input', 'cache-read': 'cacheRead', 'cache-write': 'cacheWrite5m', 'cache-write-1h': 'cacheWrite1h', output: 'output',
  reasoning: 'reasoning', 'audio-input': 'audioInput', 'audio-output': 'audioOutput',
};

export interface PriceCommandOptions {
  /** Rejects with all faults of the files. */
  readonly open: () => Promise<FilePriceBook>;
  readonly now: () => number;
}

export function priceCommand({ open, now }: PriceCommandOptions): Command {
  return {
    name: 'price',
    usage: usage.replace('price ', ''),
    doc: 'shows how a model call is priced, step by step; --input holds cached and audio tokens, --output reasoning',
    options: {
      ...Object.fromEntries(Object.keys(tokenOptions).map((name) => [name, 'value' as const])),
      provider: 'value', host: 'value', tier: 'value', operation: 'value', at: 'value', list: 'flag',
    },
    needsStore: false,
    async run(request): Promise<CommandResult> {
      if (request.options['list'] === true) return list(await open(), request);
      const asked = requestOf(request, now());
      return shown(asked, explain(await open(), asked));
    },
  };
}

function requestOf({ words, options }: CommandRequest, nowMs: number): PriceRequest {
  const [model, ...others] = words;
  if (model === undefined || others.length > 0) throw wrong(model === undefined ? 'name a model, or ask for --list' : `one model at a time, not also ${others.join(' ')}`);
  const text = (name: string): string => (typeof options[name] === 'string' ? options[name] : '');
  const tokens: Record<keyof TokenUsage, number | undefined> = { ...noUsage };
  for (const [option, name] of Object.entries(tokenOptions)) tokens[name] = countOf(options[option], option);
  return {
    model, provider: text('provider'), requestModel: '', serverAddress: text('host'), serviceTier: text('tier'),
    operation: text('operation') || (tokens.output === undefined ? 'embeddings' : 'chat'), usage: tokens, status: 'ok',
    timeMs: options['at'] === undefined ? nowMs : momentOf(options['at'], '--at').ms, reportedUsd: undefined,
  };
}

function countOf(given: string | boolean | undefined, option: string): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^\d{1,15}$/.test(given)) return Number(given);
  throw wrong(`--${option} must be a number of tokens, not ${String(given)}`);
}

function wrong(reason: string): Error {
  return pricingErrors.METERLARK_PRICING_USAGE({ reason, usage });
}

function shown(request: PriceRequest, explanation: Explanation): CommandResult {
  const { cost, entry, steps, prices, amounts } = explanation;
  const totalUsd = cost.total === undefined ? undefined : picodollarsToUsd(cost.total);
  const json = {
    model: request.model, provider: request.provider, at: new Date(request.timeMs).toISOString(),
    priceVersion: cost.priceVersion, tier: cost.tier, source: entry?.source ?? null, read: entry?.read ?? null, steps,
    prices: prices === undefined ? null : perMillionOf(prices),
    amounts, totalUsd: totalUsd ?? null, totalPicodollars: cost.total ?? null,
  };
  return { text: textOf(request, explanation, totalUsd), json, found: false };
}

function textOf({ model, usage: tokens }: PriceRequest, { entry, steps, prices, amounts }: Explanation, totalUsd: string | undefined): string {
  const lines = [model, ...steps.map((step, index) => `  ${index + 1}. ${step}`)];
  if (prices !== undefined) lines.push(`  prices in USD per million tokens: ${pricesText(prices)}`);
  if (entry !== undefined) lines.push(`  source: ${entry.source}, read ${entry.read}`);
  if (Object.values(tokens).some((count) => count !== undefined)) {
    lines.push(...amounts.map((amount) => `  ${amountText(amount)}`), `  total: ${totalUsd === undefined ? 'unknown' : `${totalUsd} USD`}`);
  }
  return `${lines.join('\n')}\n`;
}

function amountText({ class: word, tokens, perMillion, pricedAs, usd }: ExplainedAmount): string {
  const as = pricedAs === undefined ? '' : ` (as ${pricedAs})`;
  return `${word}${as}: ${tokens} tokens × ${perMillion === undefined ? 'no price' : `${perMillion} / 1M`} = ${usd === undefined ? 'unknown' : `${usd} USD`}`;
}

function perMillionOf({ prices, borrowed }: PriceSet): Readonly<Record<string, string>> {
  const known = priceClasses.filter((word) => prices[word] !== undefined && borrowed[word] === undefined);
  return Object.fromEntries(known.map((word) => [word, usdPerMillion(prices[word] ?? 0)]));
}

function pricesText(set: PriceSet): string {
  return Object.entries(perMillionOf(set)).map(([word, price]) => `${word} ${price}`).join(', ');
}

function list({ entries }: FilePriceBook, { words }: CommandRequest): CommandResult {
  if (words.length > 0) throw wrong(`--list takes no ${words[0] ?? ''}`);
  const rows = entries.flatMap((entry) => entry.prices.map((dated) => ({ entry, dated })));
  const json = rows.map(({ entry, dated }) => listed(entry, dated));
  const cells = rows.map(({ entry, dated }) => [entry.provider, entry.model, dated.from, pricesText(dated.standard.base) || dated.standard.base.label, entry.read, entry.source]);
  const table = tableText(['provider', 'model', 'from', 'USD per million tokens', 'read', 'source'], cells);
  return { text: `${table}\n${entries.length} models\n`, json, found: false };
}

function listed(entry: ModelEntry, { from, standard, tiers }: DatedPrices): unknown {
  const above = standard.above.map(({ tokens, set }) => ({ tokens, ...perMillionOf(set) }));
  return {
    provider: entry.provider, model: entry.model, aliases: entry.aliases, from: from === '' ? null : from,
    prices: perMillionOf(standard.base), above, tiers: Object.fromEntries([...tiers].map(([name, { base }]) => [name, perMillionOf(base)])),
    source: entry.source, read: entry.read, file: `${entry.file}:${entry.line}`,
  };
}
