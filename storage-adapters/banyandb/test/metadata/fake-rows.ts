/** Rows of one measure as the server keeps them: of one entity and time the greatest version, of equal ones the first. */
import type { BanyanClient, Cell, Criteria, FoundPoint, MeasureRow } from '../../src/connection/client.js';
import type { MeasureSpec } from '../../src/schema/model.js';

export class FakeRows implements Pick<BanyanClient, 'writeMeasure' | 'queryMeasure' | 'applyProperty' | 'queryProperties'> {
  readonly rows = new Map<string, MeasureRow>();
  readonly properties = new Map<string, readonly Cell[]>();
  /** Rows and properties sent. */
  sent = 0;

  async writeMeasure(_: MeasureSpec, rows: readonly MeasureRow[]): Promise<void> {
    this.sent += rows.length;
    for (const row of rows) {
      const key = JSON.stringify([row.tags, row.timeMs]);
      const known = this.rows.get(key);
      if (known === undefined || row.version > known.version) this.rows.set(key, row);
    }
  }

  async queryMeasure(query: Parameters<BanyanClient['queryMeasure']>[0]): Promise<readonly FoundPoint[]> {
    const { measure, tags, fromMs, toMs, criteria, limit } = query;
    const place = (name: string): number => measure.tags.findIndex((tag) => tag.name === name);
    const meets = ({ tags: cells }: MeasureRow, wanted: Criteria): boolean => {
      if (wanted.is === 'equal') return cells[place(wanted.tag)] === wanted.value;
      if (wanted.is === 'allOf') return wanted.of.every((one) => meets({ tags: cells } as MeasureRow, one));
      if (wanted.is === 'anyOf') return wanted.of.some((one) => meets({ tags: cells } as MeasureRow, one));
      throw new Error(`no ${wanted.is} on an entity`);
    };
    const found = [...this.rows.values()].filter((row) => row.timeMs >= fromMs && row.timeMs <= toMs && (criteria === undefined || meets(row, criteria)));
    // An empty text of an entity comes back as null.
    const cellsOf = (row: MeasureRow): readonly Cell[] => [...tags.map((name) => row.tags[place(name)] || null), ...row.fields];
    return found.slice(0, limit).map((row) => ({ timeMs: row.timeMs, version: row.version, cells: cellsOf(row) }));
  }

  async applyProperty(_: unknown, id: string, tags: readonly Cell[]): Promise<void> {
    this.sent += 1;
    this.properties.set(id, tags);
  }

  async queryProperties(_: unknown, { limit }: { readonly limit: number }) {
    return [...this.properties].slice(0, limit).map(([id, cells]) => ({ id, cells }));
  }
}
