/** How two stores differ in the rows of one time, whatever their order. */
import type { RecordModel, RecordRow } from '../../model/record.js';

/** All columns of a row; equal for equal rows. */
function rowText(model: RecordModel, row: RecordRow): string {
  return JSON.stringify(model.columns.map(({ name }) => comparable(row[name])));
}

function comparable(value: RecordRow[string]): unknown {
  if (typeof value !== 'object') return value;
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Takes away one for each row that it is asked for. */
export class RowSet {
  private readonly counts = new Map<string, number>();
  /** Characters of all that it was given and asked for. */
  size = 0;

  constructor(
    private readonly model: RecordModel,
    rows: readonly RecordRow[],
  ) {
    for (const row of rows) {
      const text = this.textOf(row);
      this.counts.set(text, (this.counts.get(text) ?? 0) + 1);
    }
  }

  take(row: RecordRow): boolean {
    const text = this.textOf(row);
    const count = this.counts.get(text) ?? 0;
    if (count === 0) return false;
    this.counts.set(text, count - 1);
    return true;
  }

  private textOf(row: RecordRow): string {
    const text = rowText(this.model, row);
    this.size += text.length;
    return text;
  }
}

export interface Sides {
  readonly source: readonly RecordRow[];
  readonly target: readonly RecordRow[];
}

export interface RowDifference {
  readonly different: number;
  /** Characters of the rows of both. */
  readonly size: number;
}

/**
 * Rows that one of them does not have; one that has another value counts once. Of a target with rows of its own only what it misses
 * counts, and not where it has a later revision.
 */
export function rowDifference(model: RecordModel, { source, target }: Sides, isOwn: boolean): RowDifference {
  const there = new RowSet(model, target);
  const missing = source.filter((row) => !there.take(row));
  const { size } = there;
  if (isOwn) return { different: withoutRevised(model, missing, target).length, size };
  return { different: Math.max(missing.length, target.length - (source.length - missing.length)), size };
}

function withoutRevised({ key }: RecordModel, missing: readonly RecordRow[], target: readonly RecordRow[]): readonly RecordRow[] {
  if (key === undefined || missing.length === 0) return missing;
  const revisions = new Map(target.map((row) => [keyText(key, row), revisionOf(row)]));
  return missing.filter((row) => revisionOf(row) > (revisions.get(keyText(key, row)) ?? -Infinity));
}

function revisionOf(row: RecordRow): number {
  return Number(row['revision'] ?? 0);
}

function keyText(key: readonly string[], row: RecordRow): string {
  return JSON.stringify(key.map((column) => row[column]));
}
