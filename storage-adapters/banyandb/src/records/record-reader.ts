import { LoopTurn, RecordGrouping, selectionTest, selectRows, type GroupQuery, type RecordGroup, type RecordQuery, type RecordReader, type RecordRow, type RecordSelection } from '@meterlark/core';
import { currentRows } from './current-rows.js';
import { columnsOfGroups, columnsOfRows } from './needed-columns.js';
import type { RecordDays } from './record-days.js';
import type { RecordTables } from './record-tables.js';
import type { ScannedRow } from './row-source.js';

export interface RecordReaderOptions {
  readonly tables: RecordTables;
  readonly days: RecordDays;
}

interface Reading {
  readonly descending: boolean;
  readonly columns: readonly string[];
  readonly wanted: number;
}

/** Rows between two looks at the time. */
const rowsBetweenLooks = 256;
/** So many more rows than are asked for are held before those behind them are let go. */
const slack = 5_000;

/**
 * The server is asked for rows in order of time; conditions, order and groups are those of core. A question that the
 * order of time answers stops there; any other reads all rows of its range.
 */
export class BanyanRecordReader implements RecordReader {
  constructor(private readonly options: RecordReaderOptions) {}

  async rows(wanted: RecordQuery): Promise<readonly RecordRow[]> {
    const query = this.withinLifetime(wanted);
    this.options.tables.sourceOf(query.model);
    if (isEmpty(query)) return [];
    const [first] = query.orderBy;
    const end = query.offset + query.limit;
    const isByTime = first === undefined || first.column === 'time';
    const columns = columnsOfRows(query);
    const meets = selectionTest(query);
    const best = (rows: readonly RecordRow[]): RecordRow[] => [...selectRows({ ...query, columns, offset: 0, limit: end }, rows)];
    let found: RecordRow[] = [];
    // Without an order the newest come first: they are the ones that are read soonest.
    const reading = { descending: first === undefined || (isByTime && first.descending), columns, wanted: isByTime ? end : Infinity };
    for await (const portion of this.portions(query, reading)) {
      await eachInTurn(portion, ({ row }) => {
        if (meets(row)) found.push(row);
      });
      if (isByTime && found.length >= end) break;
      if (found.length > 2 * end + slack) found = best(found);
    }
    return selectRows(query, found);
  }

  async groups(wanted: GroupQuery): Promise<readonly RecordGroup[]> {
    const query = this.withinLifetime(wanted);
    this.options.tables.sourceOf(query.model);
    if (isEmpty(query)) return [];
    const grouping = new RecordGrouping(query);
    const reading = { descending: false, columns: columnsOfGroups(query), wanted: Infinity };
    for await (const portion of this.portions(query, reading)) await eachInTurn(portion, ({ row }) => grouping.add(row));
    return grouping.result();
  }

  /** Of versioned models only the versions in force: conditions on other columns than the key's see them only. */
  private async *portions({ model, tenant, fromUs, toUs, where }: RecordSelection, reading: Reading): AsyncGenerator<readonly ScannedRow[]> {
    const source = this.options.tables.sourceOf(model);
    const { key } = model;
    const sent = key === undefined ? where : where.filter(({ column }) => key.includes(column));
    const range = { fromMs: Math.floor(fromUs / 1000), toMs: Math.ceil(toUs / 1000) - 1 };
    for await (const rows of source.scan({ tenant, ...range, ...reading, where: sent })) {
      yield key === undefined ? rows : await currentRows(key, rows);
    }
  }

  /** What has outlived its time may still be on disk; nobody sees it. */
  private withinLifetime<Q extends RecordSelection>(query: Q): Q {
    const { oldestUs, endUs } = this.options.days.boundsOf(query.model.lifetime);
    return { ...query, fromUs: Math.max(query.fromUs, oldestUs), toUs: Math.min(query.toUs, endUs) };
  }
}

async function eachInTurn<T>(items: readonly T[], take: (item: T) => void): Promise<void> {
  const turn = new LoopTurn();
  for (let place = 0; place < items.length; place += 1) {
    take(items[place]!);
    if (place % rowsBetweenLooks === 0 && turn.isOver) await turn.next();
  }
}

function isEmpty({ fromUs, toUs, limit }: RecordSelection & { readonly limit: number }): boolean {
  return !(fromUs < toUs) || limit === 0;
}
