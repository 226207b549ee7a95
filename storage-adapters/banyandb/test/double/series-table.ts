/** The series of one measure, stream or trace in one segment, and how entities of a query find them. */
import { leading, marshalled, wildcard } from './series.js';
import type { Row, Series } from './rows.js';
import type { Value } from './values.js';

export class SeriesTable {
  private readonly byKey = new Map<string, Series>();
  /** By the first so many values: made by the first query that asks so, kept up after. */
  private readonly byPrefix = new Map<number, Map<string, Series[]>>();
  private made = 0;

  add(key: string, values: readonly Value[], row: Row): void {
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.rows.push(row);
      return;
    }
    this.made += 1;
    const series: Series = { key, values, place: this.made, rows: [row] };
    this.byKey.set(key, series);
    for (const [width, lists] of this.byPrefix) put(lists, series, width);
  }

  all(): Series[] {
    return [...this.byKey.values()];
  }

  /** Of any of the entities, each series once, in the order they were made. */
  find(entities: readonly (readonly Value[])[]): Series[] {
    const [only] = entities;
    if (entities.length === 1 && only !== undefined) return [...this.of(only)];
    const found = new Set<Series>();
    for (const entity of entities) for (const series of this.of(entity)) found.add(series);
    return [...found].sort((one, other) => one.place - other.place);
  }

  /** Everything given: that series. The leading values: what begins with them. A gap: wildcards. */
  private of(entity: readonly Value[]): readonly Series[] {
    const width = leading(entity);
    if (width === undefined) {
      const matches = wildcard(entity);
      return this.all().filter(({ key }) => matches(key));
    }
    if (width === 0 && entity.length > 0) return this.all();
    if (width < entity.length) return this.beginningWith(entity.slice(0, width));
    const key = marshalled(entity);
    const exact = key === undefined ? undefined : this.byKey.get(key);
    return exact === undefined ? [] : [exact];
  }

  private beginningWith(values: readonly Value[]): readonly Series[] {
    const width = values.length;
    let lists = this.byPrefix.get(width);
    if (lists === undefined) {
      this.byPrefix.set(width, (lists = new Map<string, Series[]>()));
      for (const series of this.byKey.values()) put(lists, series, width);
    }
    return lists.get(marshalled(values) ?? '') ?? [];
  }

  keepUntil(sequence: number): void {
    this.byPrefix.clear();
    for (const [key, series] of this.byKey) {
      series.rows = series.rows.filter((row) => row.sequence <= sequence);
      if (series.rows.length === 0) this.byKey.delete(key);
    }
  }
}

/** Marshalled values end themselves: the same first values and the same beginning of the key are one. */
function put(lists: Map<string, Series[]>, series: Series, width: number): void {
  const prefix = marshalled(series.values.slice(0, width)) ?? '';
  const list = lists.get(prefix);
  if (list === undefined) lists.set(prefix, [series]);
  else list.push(series);
}
