/** Rows of one model, longest held first, with an index for each column that is looked up. */
import { type CellValue, cellReader, type RecordModel, type RecordRow, type RecordSelection } from '@meterlark/core';
import type { DropReason } from './metric-table.js';

/** Of a versioned model its key as text, else a number of its own. */
type RowId = string | number;
type Read = (row: RecordRow) => CellValue;

interface Index {
  readonly read: Read;
  /** Most values are those of one row: a set for each would take more memory than the row. */
  readonly ids: Map<CellValue, RowId | Set<RowId>>;
}

export class RecordTable {
  private readonly held = new Map<RowId, RecordRow>();
  private readonly indexes = new Map<string, Index>();
  readonly lifetime: RecordModel['lifetime'];
  /** Tenant and key of a versioned model. */
  private readonly key: readonly Read[] | undefined;
  private added = 0;
  private expiredBeforeUs = -Infinity;
  /**
   * Where the rows held longest begin. Kept, because a Map leaves a gap for each entry that went, and an iterator made
   * anew for every row would walk over all of them.
   */
  private oldest: MapIterator<[RowId, RecordRow]> | undefined;

  constructor(
    model: RecordModel,
    private readonly maxRecords: number,
    private readonly dropped: (reason: DropReason, rows: number) => void,
  ) {
    this.lifetime = model.lifetime;
    this.key = model.key && ['tenant', ...model.key].map((column) => cellReader(model, { column }));
    this.install(model);
  }

  get size(): number {
    return this.held.size;
  }

  /** Columns that are new have no values in the rows held; readers see empty ones. */
  install(model: RecordModel): void {
    for (const { name, type, lookedUp } of model.columns) {
      // An entry for each entry of a map would take more memory than the row, and a look at all rows is short.
      if (lookedUp !== true || type === 'textMap' || this.indexes.has(name)) continue;
      const index: Index = { read: cellReader(model, { column: name }), ids: new Map() };
      this.indexes.set(name, index);
      for (const [id, row] of this.held) enter(index, row, id);
    }
  }

  /** `makeRoom` holds the table to its bound afterwards. */
  add(row: RecordRow): void {
    if ((row['time'] as number) < this.expiredBeforeUs) return this.dropped('expired', 1);
    const id = this.idOf(row);
    const known = this.held.get(id);
    if (known !== undefined) {
      if ((known['revision'] as number) > (row['revision'] as number)) return;
      this.unlink(id, known);
    }
    this.held.set(id, row);
    for (const index of this.indexes.values()) enter(index, row, id);
  }

  /** Lets go of the rows held longest until no more are held than may be. */
  makeRoom(): void {
    const over = this.held.size - this.maxRecords;
    while (this.held.size > this.maxRecords) {
      this.oldest ??= this.held.entries();
      const next = this.oldest.next();
      // The end is final for an iterator, though rows have come since.
      if (next.done === true) this.oldest = undefined;
      else this.forget(...next.value);
    }
    if (over > 0) this.dropped('full', over);
  }

  /** Forgets rows older than the horizon; a look at all of them whenever it has moved. */
  expire(horizonUs: number): void {
    if (horizonUs <= this.expiredBeforeUs) return;
    this.expiredBeforeUs = horizonUs;
    const before = this.held.size;
    for (const [id, row] of this.held) if ((row['time'] as number) < horizonUs) this.forget(id, row);
    if (this.held.size < before) this.dropped('expired', before - this.held.size);
  }

  /** Rows that may be of the selection, by the first index that serves it. */
  *candidates({ where }: Pick<RecordSelection, 'where'>): Generator<RecordRow> {
    for (const condition of where) {
      const index = condition.is === 'in' && condition.key === undefined ? this.indexes.get(condition.column) : undefined;
      if (index === undefined || condition.is !== 'in') continue;
      for (const value of new Set(condition.values)) {
        for (const id of idsOf(index, value)) yield this.held.get(id) ?? {};
      }
      return;
    }
    yield* this.held.values();
  }

  private idOf(row: RecordRow): RowId {
    if (this.key === undefined) return (this.added += 1);
    return JSON.stringify(this.key.map((read) => read(row)));
  }

  private forget(id: RowId, row: RecordRow): void {
    this.unlink(id, row);
    this.held.delete(id);
  }

  private unlink(id: RowId, row: RecordRow): void {
    for (const { read, ids } of this.indexes.values()) {
      const value = read(row);
      const own = ids.get(value);
      if (own instanceof Set) own.delete(id);
      if (!(own instanceof Set) || own.size === 0) ids.delete(value);
    }
  }
}

function enter({ read, ids }: Index, row: RecordRow, id: RowId): void {
  const value = read(row);
  const own = ids.get(value);
  if (own === undefined) ids.set(value, id);
  else if (own instanceof Set) own.add(id);
  else ids.set(value, new Set([own, id]));
}

function idsOf({ ids }: Index, value: CellValue): Iterable<RowId> {
  const own = ids.get(value);
  if (own === undefined) return [];
  return own instanceof Set ? own : [own];
}
