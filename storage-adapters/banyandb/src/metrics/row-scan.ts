import { banyanErrors } from '../errors.js';
import type { BanyanClient, Criteria, FoundPoint, MeasureQuery } from '../connection/client.js';

/** What one question may still read. */
export interface RowBudget {
  readonly limit: number;
  left: number;
}

export type RowRange = Omit<MeasureQuery, 'order' | 'limit'>;
type Page = (rows: readonly FoundPoint[]) => void;

/**
 * Entities of one query. More make the answer longer than the way to the server; fewer cost a round trip each. Measured on
 * 1,000,000 rows: 30 metrics × 60 minutes take 15 ms in one query, 26 ms in 30.
 */
const entitiesOfQuery = 32;
/** A page ends between two times: rows of one time that fill a page are asked for again with a page of twice the size. */
const growth = 2;

/** Any of the entities, each by the same leading tags. */
export function entityCriteria(tags: readonly string[], entities: readonly (readonly string[])[]): Criteria {
  const of = entities.map((values): Criteria => ({ is: 'allOf', of: values.map((value, index) => ({ is: 'equal', tag: tags[index]!, value })) }));
  return of.length === 1 ? of[0]! : { is: 'anyOf', of };
}

export function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = [];
  for (let start = 0; start < items.length; start += entitiesOfQuery) chunks.push(items.slice(start, start + entitiesOfQuery));
  return chunks;
}

/** Reads ranges whole, in pages. */
export class RowScan {
  constructor(
    private readonly client: BanyanClient,
    private readonly pageRows: number,
  ) {}

  /** Every row once, in the order of time. Rejects when the budget is spent. */
  async read(range: RowRange, budget: RowBudget, page: Page): Promise<void> {
    let { fromMs } = range;
    let untilMs = range.toMs;
    let limit = this.pageRows + 1;
    while (fromMs <= range.toMs) {
      const rows = await this.client.queryMeasure({ ...range, fromMs, toMs: untilMs, order: { descending: false }, limit });
      const isCut = rows.length >= limit;
      const lastMs = rows.at(-1)?.timeMs ?? untilMs;
      if (isCut && lastMs === rows[0]!.timeMs) {
        if (limit > budget.left) tooMany(range, budget);
        limit = Math.min(limit * growth, budget.left + 1);
        untilMs = lastMs;
        continue;
      }
      const whole = isCut ? rows.filter(({ timeMs }) => timeMs < lastMs) : rows;
      budget.left -= whole.length;
      if (budget.left < 0) tooMany(range, budget);
      page(whole);
      const spanMs = (isCut ? lastMs : untilMs) - fromMs + 1;
      fromMs = isCut ? lastMs : untilMs + 1;
      // The server reads a range whole before it cuts: the rest is asked for in stretches of what a page held.
      untilMs = Math.min(range.toMs, fromMs + (isCut ? spanMs : spanMs * growth));
      limit = this.pageRows + 1;
    }
  }

  /** Side by side, a few at a time. */
  async readAll(ranges: readonly RowRange[], budget: RowBudget, page: Page): Promise<void> {
    let next = 0;
    const lane = async (): Promise<void> => {
      try {
        while (next < ranges.length) await this.read(ranges[next++]!, budget, page);
      } catch (error) {
        next = ranges.length;
        throw error;
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(lanesOfQuestion, ranges.length) }, lane));
    for (const result of lanes) if (result.status === 'rejected') throw result.reason;
  }
}

/** The client has a bound of its own for all questions together. */
const lanesOfQuestion = 8;

function tooMany({ measure }: RowRange, { limit }: RowBudget): never {
  throw banyanErrors.METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS({ what: `the measure ${measure.name}`, limit });
}
