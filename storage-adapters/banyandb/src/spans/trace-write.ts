// Hot path: columns of spans to rows of a trace.
import { LoopTurn, textAt, wordAt, type ColumnData, type RecordModel, type RecordRows } from '@meterlark/core';
import type { Cell, TraceRow } from '../connection/client.js';
import { RowCodec } from '../records/row-codec.js';
import { prefixColumns, tenantCell, traceKey, wordCell } from './trace-spec.js';

const rowsBetweenLooks = 64;
type CellOf = (row: number) => Cell;

interface Which {
  /** 0: the row at that place is left out. */
  readonly keep: Uint8Array | undefined;
  readonly batch: string;
}

/** Cells in the order of the spec. `model` is the form that is installed, the rows may be of another. */
export async function traceRows(model: RecordModel, rows: RecordRows, { keep, batch }: Which): Promise<TraceRow[]> {
  const traceOf = traceCells(model, rows);
  const timeOf = timeCells(rows.columns[1]!);
  const others = [tenantCells(rows.columns[0]!), ...prefixCells(model, rows)];
  const codec = new RowCodec(rows.model);
  const made: TraceRow[] = [];
  const turn = new LoopTurn();
  for (let row = 0; row < rows.count; row += 1) {
    if (keep !== undefined && keep[row] === 0) continue;
    const tags: Cell[] = [`${batch}-${row}`, traceOf(row), timeOf(row)];
    for (let place = 0; place < others.length; place += 1) tags.push(others[place]!(row));
    made.push({ tags, span: codec.encode(rows, row) });
    if (row % rowsBetweenLooks === 0 && turn.isOver) await turn.next();
  }
  return made;
}

function traceCells({ traceId }: RecordModel, rows: RecordRows): CellOf {
  const tenants = rows.columns[0]!;
  const ids = rows.columns[rows.model.columns.findIndex(({ name }) => name === traceId)];
  let lastTenant = '';
  let lastId: string | undefined;
  let key = '';
  // Spans of one trace come one after the other, mostly.
  return (row) => {
    const tenant = textOf(tenants, row);
    const id = textOf(ids, row);
    if (id === lastId && tenant === lastTenant) return key;
    lastTenant = tenant;
    lastId = id;
    key = traceKey(tenant, id);
    return key;
  };
}

function textOf(data: ColumnData | undefined, row: number): string {
  if (data?.type === 'text') return textAt(data.texts, row);
  return data?.type === 'word' ? wordAt(data.words, row) : '';
}

function timeCells(data: ColumnData): CellOf {
  const times = data.type === 'time' ? data.values : new Float64Array(0);
  return (row) => Math.floor((times[row] ?? 0) / 1000);
}

function tenantCells(data: ColumnData): CellOf {
  return wordCells(data, tenantCell);
}

/** Each word of the dictionary is made once. */
function wordCells(data: ColumnData | undefined, make: (word: string) => string): CellOf {
  const none = make('');
  if (data?.type !== 'word') return () => none;
  const made = data.words.dictionary.map(make);
  const { indexes } = data.words;
  return (row) => made[indexes[row]!] ?? none;
}

/** Columns that the rows are without are empty: a series has no gaps. */
function prefixCells(model: RecordModel, rows: RecordRows): CellOf[] {
  return prefixColumns(model).map(({ name, type }): CellOf => {
    const data = rows.columns[rows.model.columns.findIndex((column) => column.name === name)];
    if (type === 'word') return wordCells(data, wordCell);
    const values = data?.type === 'flag' ? data.values : undefined;
    return (row) => (values?.[row] === 1 ? 1 : 0);
  });
}
