// Hot path: elements of a stream to rows.
import { emptyCell, LoopTurn, type RecordColumn, type RecordModel, type RecordRow } from '@meterlark/core';
import type { Cell, FoundElement } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import { ByteReader } from './bytes.js';
import { readMap } from './map-codec.js';
import type { ScannedRow } from './row-source.js';
import { tenantTag, writtenTag } from './stream-spec.js';
import { writtenOf } from './written-order.js';

type RowValue = RecordRow[string];

const rowsBetweenLooks = 64;

/** What is asked of a stream for some columns of its model, and how its answer is read. */
export class StreamColumns {
  readonly tags: readonly string[];
  private readonly columns: readonly RecordColumn[];
  private readonly isVersioned: boolean;

  constructor(model: RecordModel, names: readonly string[]) {
    const wanted = new Set(['time', ...names]);
    this.columns = model.columns.filter(({ name }) => name !== tenantTag && wanted.has(name));
    this.isVersioned = model.key !== undefined;
    this.tags = [...this.columns.map(({ name }) => name), ...(this.isVersioned ? [writtenTag] : [])];
  }

  /** The tenant is the one that was asked for. */
  async rows(found: readonly FoundElement[], tenant: string): Promise<ScannedRow[]> {
    const rows: ScannedRow[] = [];
    const turn = new LoopTurn();
    for (let place = 0; place < found.length; place += 1) {
      const { cells } = found[place]!;
      rows.push({ row: this.row(cells, tenant), written: this.isVersioned ? writtenOf(cells[this.columns.length]) : 0n });
      if (place % rowsBetweenLooks === 0 && turn.isOver) await turn.next();
    }
    return rows;
  }

  private row(cells: readonly Cell[], tenant: string): RecordRow {
    const row: Record<string, RowValue> = { tenant };
    const { columns } = this;
    for (let place = 0; place < columns.length; place += 1) row[columns[place]!.name] = valueOf(columns[place]!, cells[place] ?? null);
    return row;
  }
}

/** null is what a row was written without. */
function valueOf(column: RecordColumn, cell: Cell): RowValue {
  if (cell === null) return emptyCell(column);
  switch (column.type) {
    case 'word':
    case 'text':
      return typeof cell === 'string' ? cell : misread(column);
    case 'flag':
      return cell === 1;
    case 'decimal':
      return cell instanceof Uint8Array ? new ByteReader(cell).double() : misread(column);
    case 'textMap':
    case 'numberMap':
      return cell instanceof Uint8Array ? readMap(new ByteReader(cell), column.type) : misread(column);
    default:
      return typeof cell === 'number' ? cell : misread(column);
  }
}

function misread({ name }: RecordColumn): never {
  throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: `the column ${name} has a value of another type` });
}
