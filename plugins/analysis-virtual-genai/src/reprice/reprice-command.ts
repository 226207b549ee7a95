/** `meterlark reprice`: stored calls at the prices of the current files. */
import type { Command, CommandResult } from '@meterlark/core';
import { pricingErrors } from '../errors.js';
import type { PriceBook } from '../pricing/price-book.js';
import { tableText } from '../pricing/table.js';
import { periodOf, repriceUsage, type Period } from './period.js';
import { Repricer, type RepricerServices } from './repricer.js';
import type { Tally, TallyCounts, TallyLine } from './tally.js';

export interface RepriceCommandOptions {
  /** Asked when the command runs: its host must have been started. */
  readonly services: () => RepricerServices;
  /** Reads the files anew, and gives the book to those who price from now on. Rejects with their faults. */
  readonly reload: (keep: boolean) => Promise<PriceBook>;
}

const pageRows = 2_000;
const maxChanges = 10_000;

export function repriceCommand({ services, reload }: RepriceCommandOptions): Command {
  let busy = false;
  return {
    name: 'reprice',
    usage: repriceUsage.replace('reprice ', ''),
    doc: 'prices stored model calls anew with the current price files, and their metrics with them',
    options: { from: 'value', to: 'value', 'dry-run': 'flag' },
    needsStore: true,
    async run(request): Promise<CommandResult> {
      const period = periodOf(request);
      const dryRun = request.options['dry-run'] === true;
      // Two at a time would both take the old cost of a call from its metrics.
      if (busy) throw pricingErrors.METERLARK_PRICING_BUSY();
      busy = true;
      try {
        const book = await reload(!dryRun);
        const tally = await new Repricer(services(), { book, dryRun, pageRows, maxChanges }).run(period);
        return answer(tally, period, dryRun);
      } finally {
        busy = false;
      }
    },
  };
}

function answer(tally: Tally, { fromMs, toMs }: Period, dryRun: boolean): CommandResult {
  const lines = tally.result();
  const { counts } = tally;
  const period = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  return { text: textOf(lines, counts, { ...period, dryRun }), json: { ...period, dryRun, counts, days: lines }, found: false };
}

interface Head {
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
}

function textOf(lines: readonly TallyLine[], counts: TallyCounts, { from, to, dryRun }: Head): string {
  const table = tableText(
    ['day', 'provider', 'model', 'calls', 'repriced', 'old USD', 'new USD', 'unknown', 'now unknown'],
    lines.map((line) => [line.day, line.provider, line.model, line.calls, line.repriced, line.oldUsd, line.newUsd, line.oldUnknown, line.newUnknown].map(String)),
  );
  const done = dryRun ? 'would be repriced; nothing was written' : 'repriced';
  return [
    `Calls from ${from} to ${to}, at the prices of the current files`,
    ...(lines.length === 0 ? ['none'] : [table]),
    `${counts.calls} calls: ${counts.repriced} ${done}, ${counts.unchanged} unchanged, ${counts.reported} told by the provider, ${counts.none} owe nothing`,
    `${counts.nowPriced} had no price and have one now, ${counts.nowUnknown} had one and have none now`,
    '',
  ].join('\n');
}
