/** What groups and measures of record queries mean, for stores that look at rows in process. */
import { type CellValue, cellReader, columnOf, compareCells, compareText, conditionsTest, type RowTest, selectionTest } from './record-matching.js';
import type { GroupMeasure, GroupQuery, RecordGroup } from './record-query.js';
import type { RecordModel, RecordRow } from './record.js';

type MeasureValue = number | bigint | undefined;

interface Measuring {
  add(row: RecordRow): void;
  result(): MeasureValue;
}

interface Group {
  readonly by: readonly string[];
  readonly bucketUs: number;
  readonly measuring: readonly Measuring[];
}

export function groupRows(query: GroupQuery, rows: Iterable<RecordRow>): readonly RecordGroup[] {
  const grouping = new RecordGrouping(query);
  for (const row of rows) grouping.add(row);
  return grouping.result();
}

/** Row by row, for stores that have never all of them in memory. */
export class RecordGrouping {
  private readonly groups = new Map<string, Group>();
  private readonly meets: RowTest;
  private readonly cells: readonly ((row: RecordRow) => CellValue)[];

  constructor(private readonly query: GroupQuery) {
    this.meets = selectionTest(query);
    this.cells = query.by.map((ref) => cellReader(query.model, ref));
  }

  /** A row that is not of the selection counts nowhere. */
  add(row: RecordRow): void {
    if (!this.meets(row)) return;
    for (const measuring of this.groupOf(row).measuring) measuring.add(row);
  }

  result(): readonly RecordGroup[] {
    const found = [...this.groups.values()].map(({ measuring, ...group }) => ({ ...group, measures: measuring.map((one) => one.result()) }));
    return found.sort(groupOrder(this.query)).slice(0, this.query.limit);
  }

  private groupOf(row: RecordRow): Group {
    const { model, bucketUs, measures } = this.query;
    const by = this.cells.map((read) => nameOf(read(row)));
    const bucket = bucketUs === undefined ? 0 : Math.floor((row['time'] as number) / bucketUs) * bucketUs;
    const key = JSON.stringify([bucket, by]);
    const known = this.groups.get(key);
    if (known !== undefined) return known;
    const group = { by, bucketUs: bucket, measuring: measures.map((measure) => measuringOf(model, measure)) };
    this.groups.set(key, group);
    return group;
  }
}

/** A map is no name of a group. */
function nameOf(value: CellValue): string {
  return value === undefined || typeof value === 'object' ? '' : String(value);
}

function measuringOf(model: RecordModel, measure: GroupMeasure): Measuring {
  if (measure.of === 'count') return counting(model, measure);
  const read = cellReader(model, measure);
  switch (measure.of) {
    case 'sum':
      return columnOf(model, measure.column).type === 'decimal' ? summing(read) : summingExactly(read);
    case 'min':
      return folding(read, Math.min);
    case 'max':
      return folding(read, Math.max);
    case 'quantile':
      return ranking(read, measure.rank);
  }
}

function counting(model: RecordModel, { where = [] }: Extract<GroupMeasure, { readonly of: 'count' }>): Measuring {
  const meets = conditionsTest(model, where);
  let count = 0;
  return {
    add: (row) => {
      if (meets(row)) count += 1;
    },
    result: () => count,
  };
}

function summing(read: (row: RecordRow) => CellValue): Measuring {
  return folding(read, (sum, value) => sum + value);
}

function summingExactly(read: (row: RecordRow) => CellValue): Measuring {
  let sum: bigint | undefined;
  return {
    add: (row) => {
      const value = read(row);
      if (typeof value === 'number') sum = (sum ?? 0n) + BigInt(value);
    },
    result: () => sum,
  };
}

function folding(read: (row: RecordRow) => CellValue, fold: (known: number, value: number) => number): Measuring {
  let known: number | undefined;
  return {
    add: (row) => {
      const value = read(row);
      if (typeof value === 'number') known = known === undefined ? value : fold(known, value);
    },
    result: () => known,
  };
}

function ranking(read: (row: RecordRow) => CellValue, rank: number): Measuring {
  const values: number[] = [];
  return {
    add: (row) => {
      const value = read(row);
      if (typeof value === 'number') values.push(value);
    },
    result: () => {
      values.sort((left, right) => left - right);
      const value = values[Math.max(0, Math.ceil(rank * values.length) - 1)];
      return value === undefined ? undefined : shortened(value);
    },
  };
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Eight significant bits, as ClickHouse's `quantileBFloat16` has it: every store shows the same number. */
function shortened(value: number): number {
  single[0] = value;
  bits[0]! &= 0xffff0000;
  return single[0];
}

function groupOrder({ orderBy }: GroupQuery): (left: RecordGroup, right: RecordGroup) => number {
  return (left, right) => {
    const byMeasure =
      orderBy === undefined ? 0 : compareCells(left.measures[orderBy.measure], right.measures[orderBy.measure], orderBy.descending);
    return byMeasure || left.bucketUs - right.bucketUs || compareLists(left.by, right.by);
  };
}

function compareLists(left: readonly string[], right: readonly string[]): number {
  for (const [place, value] of left.entries()) {
    const order = compareText(value, right[place] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}
