/**
 * A database of the sort that merges nothing, in memory: rows known by their entity tags and their time, written whole,
 * the highest version wins. As unhelpful as such servers are: wrong kinds become null without an error, answers
 * are cut at the limit without a word, and only entity tags can be filtered.
 */
export type TagValue = string | bigint;
export type FieldValue = string | bigint | number;
type Kind = 'string' | 'int' | 'float';

export interface Measure {
  readonly name: string;
  /** Entity tags in their order; there are no floats among tags. */
  readonly tags: Readonly<Record<string, Exclude<Kind, 'float'>>>;
  readonly fields: Readonly<Record<string, Kind>>;
}

export interface Row {
  readonly tags: Readonly<Record<string, TagValue>>;
  readonly timeMs: number;
  /** Of two rows of one entity and time the higher one stays, the earlier one of equals. */
  readonly version: bigint;
  readonly fields: Readonly<Record<string, FieldValue | null>>;
}

export interface RowQuery {
  readonly measure: string;
  /** Entity tags only; a list means any of it. */
  readonly where: Readonly<Record<string, TagValue | readonly TagValue[]>>;
  /** Both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** Time to row, of one entity. */
interface Series {
  readonly tags: Row['tags'];
  readonly rows: Map<number, Row>;
}

interface Table {
  readonly measure: Measure;
  /** First entity tag, then all of them. */
  readonly series: Map<TagValue, Map<string, Series>>;
}

const typeOf: Readonly<Record<Kind, string>> = { string: 'string', int: 'bigint', float: 'number' };

export class RowServer {
  private readonly tables = new Map<string, Table>();
  /** The connection breaks after so many more rows; tests set it. */
  rowsUntilFailure = Infinity;

  /** Repeating it changes nothing. */
  create(measure: Measure): void {
    if (!this.tables.has(measure.name)) this.tables.set(measure.name, { measure, series: new Map() });
  }

  /** Resolves when the rows can be read; before a failure any part of them may have been stored. */
  async write(name: string, rows: readonly Row[]): Promise<void> {
    await Promise.resolve();
    const table = this.table(name);
    for (const row of rows) {
      if (this.rowsUntilFailure <= 0) throw new Error('the connection broke');
      this.rowsUntilFailure -= 1;
      upsert(table, row);
    }
  }

  async query({ measure, where, fromMs, toMs, limit }: RowQuery): Promise<readonly Row[]> {
    await Promise.resolve();
    const table = this.table(measure);
    whole(fromMs);
    whole(toMs);
    if (!(limit > 0)) throw new Error('without a limit the server would take 100');
    const tests = Object.entries(where).map(([tag, wanted]) => condition(table.measure, tag, wanted));
    const found: Row[] = [];
    for (const series of candidates(table, where)) {
      if (!tests.every((test) => test(series.tags))) continue;
      for (const row of series.rows.values()) if (row.timeMs >= fromMs && row.timeMs <= toMs) found.push(row);
    }
    return found.sort((left, right) => left.timeMs - right.timeMs).slice(0, limit);
  }

  private table(name: string): Table {
    const table = this.tables.get(name);
    if (table === undefined) throw new Error(`measure ${name} not found`);
    return table;
  }
}

function upsert({ measure, series }: Table, row: Row): void {
  const names = Object.keys(measure.tags);
  if (names.some((name) => typeof row.tags[name] !== typeOf[measure.tags[name]!])) throw new Error('an entity value is missing');
  const values = names.map((name) => row.tags[name]!);
  const group = series.get(values[0]!) ?? new Map<string, Series>();
  series.set(values[0]!, group);
  const key = JSON.stringify(values.map(String));
  const own: Series = group.get(key) ?? { tags: row.tags, rows: new Map() };
  group.set(key, own);
  const known = own.rows.get(whole(row.timeMs));
  if (known === undefined || row.version > known.version) own.rows.set(row.timeMs, { ...row, fields: typed(measure, row.fields) });
}

/** What the schema has; the rest of an earlier row is gone. */
function typed({ fields }: Measure, values: Row['fields']): Row['fields'] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, kind]) => [name, typeof values[name] === typeOf[kind] ? values[name]! : null]),
  );
}

function condition(measure: Measure, tag: string, wanted: TagValue | readonly TagValue[]): (tags: Row['tags']) => boolean {
  if (!Object.hasOwn(measure.tags, tag)) throw new Error(`mandatory index rule conf: ${tag} is no entity tag`);
  const values = new Set(Array.isArray(wanted) ? (wanted as readonly TagValue[]) : [wanted as TagValue]);
  return (tags) => values.has(tags[tag]!);
}

function* candidates({ measure, series }: Table, where: RowQuery['where']): Generator<Series> {
  const first = where[Object.keys(measure.tags)[0]!];
  if (typeof first === 'string' || typeof first === 'bigint') yield* series.get(first)?.values() ?? [];
  else for (const group of series.values()) yield* group.values();
}

function whole(timeMs: number): number {
  if (!Number.isSafeInteger(timeMs)) throw new Error(`${timeMs} is no whole number of milliseconds`);
  return timeMs;
}
