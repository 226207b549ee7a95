/** Rows of one model, longest held first, with an index for each column that is looked up. */
import { type CellValue, cellReader, type RecordModel, type RecordRow, type RecordSelection } from '@meterlark/core';
import type { DropReason } from './metric-table.js';

/** Of a versioned model its key as text, else a number of its own. */
type RowId = string | number;
type Read = (row: RecordRow) => CellValue;

interface Index {
  readonly read: Read;
  readonly ids: Map<CellValue, Set<RowId>>;
}

export class RecordTable {
  private readonly held = new Map<RowId, RecordRow>();
  private readonly indexes = new Map<string, Index>();
  readonly lifetime: RecordModel['lifetime'];
  /** Tenant and key of a versioned model. */
  private readonly key: readonly Read[] | undefined;
  private added = 0;
  private expiredBeforeUs = -Infinity;

  constructor(
    model: RecordModel,
    private readonly maxRecords: number,
    private readonly dropped: (reason: DropReason) => void,
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
    for (const { name, lookedUp } of model.columns) {
      if (lookedUp !== true || this.indexes.has(name)) continue;
      const index: Index = { read: cellReader(model, { column: name }), ids: new Map() };
      this.indexes.set(name, index);
      for (const [id, row] of this.held) enter(index, row, id);
    }
  }

  add(row: RecordRow): void {
    if ((row['time'] as number) < this.expiredBeforeUs) return this.dropped('expired');
    const id = this.idOf(row);
    const known = this.held.get(id);
    if (known !== undefined) {
      if ((known['revision'] as number) > (row['revision'] as number)) return;
      this.unlink(id, known);
    }
    this.held.set(id, row);
    for (const index of this.indexes.values()) enter(index, row, id);
    this.makeRoom();
  }

  /** Forgets rows older than the horizon; a look at all of them whenever it has moved. */
  expire(horizonUs: number): void {
    if (horizonUs <= this.expiredBeforeUs) return;
    this.expiredBeforeUs = horizonUs;
    for (const [id, row] of this.held) if ((row['time'] as number) < horizonUs) this.drop(id, row, 'expired');
  }

  /** Rows that may be of the selection, by the first index that serves it. */
  *candidates({ where }: Pick<RecordSelection, 'where'>): Generator<RecordRow> {
    for (const condition of where) {
      const index = condition.is === 'in' && condition.key === undefined ? this.indexes.get(condition.column) : undefined;
      if (index === undefined || condition.is !== 'in') continue;
      for (const value of new Set(condition.values)) {
        for (const id of index.ids.get(value) ?? []) yield this.held.get(id) ?? {};
      }
      return;
    }
    yield* this.held.values();
  }

  private idOf(row: RecordRow): RowId {
    if (this.key === undefined) return (this.added += 1);
    return JSON.stringify(this.key.map((read) => read(row)));
  }

  private makeRoom(): void {
    for (const [id, row] of this.held) {
      if (this.held.size <= this.maxRecords) return;
      this.drop(id, row, 'full');
    }
  }

  private drop(id: RowId, row: RecordRow, reason: DropReason): void {
    this.unlink(id, row);
    this.held.delete(id);
    this.dropped(reason);
  }

  private unlink(id: RowId, row: RecordRow): void {
    for (const { read, ids } of this.indexes.values()) {
      const value = read(row);
      const own = ids.get(value);
      own?.delete(id);
      if (own?.size === 0) ids.delete(value);
    }
  }
}

function enter({ read, ids }: Index, row: RecordRow, id: RowId): void {
  const value = read(row);
  const own = ids.get(value);
  if (own === undefined) ids.set(value, new Set([id]));
  else own.add(id);
}
