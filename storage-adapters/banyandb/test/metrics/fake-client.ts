/** Measures in memory, as unhelpful as the server: upsert by version, silent cuts, '' in an entity tag read back as null. */
import { CallFailure, grpcStatus } from '../../src/connection/calls.js';
import type { BanyanClient, Cell, Criteria, FoundPoint, MeasureQuery, MeasureRow } from '../../src/connection/client.js';
import { banyanErrors } from '../../src/errors.js';
import type { MeasureSpec } from '../../src/schema/model.js';

interface Stored {
  readonly row: MeasureRow;
  readonly values: ReadonlyMap<string, Cell>;
}

const unused = (): never => {
  throw new Error('not part of metrics');
};

export class FakeClient implements BanyanClient {
  losses = 0;
  /** Measure name, then entity and time. */
  readonly tables = new Map<string, Map<string, Stored>>();
  readonly queries: MeasureQuery[] = [];
  /** The connection breaks after so many more rows of metrics; those before are stored. */
  rowsUntilFailure = Infinity;
  /** Every write fails, but all its rows arrive. */
  losesAnswers = false;
  isAway = false;
  /** It answers and has nothing, and what it takes is lost. */
  isClosing = false;
  /** Of one answer's fields and tags; a larger one fails as the transport lets it fail. */
  mostBytes = Infinity;
  refusedAnswers = 0;
  writtenRows = 0;
  largestRow = 0;

  async writeMeasure(measure: MeasureSpec, rows: readonly MeasureRow[]): Promise<void> {
    if (this.isAway) throw unreachable();
    if (this.isClosing) return;
    for (const row of rows) {
      if (measure.name !== 'metric_writers' && row.tags[0] !== '%open' && this.rowsUntilFailure-- <= 0) throw unreachable();
      this.store(measure, row);
    }
    if (this.losesAnswers) throw unreachable();
  }

  async queryMeasure(query: MeasureQuery): Promise<readonly FoundPoint[]> {
    if (this.isAway) throw unreachable();
    this.queries.push(query);
    const table = this.isClosing ? [] : (this.tables.get(query.measure.name)?.values() ?? []);
    const rows = [...table].filter(({ row, values }) => {
      return row.timeMs >= query.fromMs && row.timeMs <= query.toMs && (query.criteria === undefined || fits(query.criteria, values));
    });
    const sign = query.order?.descending === true ? -1 : 1;
    if (query.order !== undefined) rows.sort((left, right) => sign * (left.row.timeMs - right.row.timeMs));
    const found = rows.slice(0, query.limit).map(({ row, values }) => ({
      timeMs: row.timeMs,
      version: row.version,
      cells: [...query.tags.map((tag) => emptyAsNull(values.get(tag))), ...query.fields.map((field) => values.get(field) ?? null)],
    }));
    this.refuseLarge(found);
    return found;
  }

  private refuseLarge(found: readonly FoundPoint[]): void {
    const bytes = found.flatMap(({ cells }) => cells).reduce<number>((sum, cell) => sum + (cell instanceof Uint8Array || typeof cell === 'string' ? cell.length : 8), 0);
    if (bytes <= this.mostBytes) return;
    this.refusedAnswers += 1;
    const reason = `Received message larger than max (${bytes} vs ${this.mostBytes})`;
    throw banyanErrors.METERLARK_STORAGE_BANYANDB_OVERSIZED({ what: 'the question', reason }, new CallFailure(grpcStatus.resourceExhausted, reason));
  }

  rowsOf(measure: string): readonly MeasureRow[] {
    return [...(this.tables.get(measure)?.values() ?? [])].map(({ row }) => row);
  }

  private store(measure: MeasureSpec, row: MeasureRow): void {
    if (row.version <= 0n || row.tags.length !== measure.tags.length || row.fields.length !== measure.fields.length) throw new Error('a bad row');
    let table = this.tables.get(measure.name);
    if (table === undefined) this.tables.set(measure.name, (table = new Map()));
    const key = JSON.stringify([row.timeMs, ...row.tags]);
    const before = table.get(key);
    this.writtenRows += 1;
    for (const cell of row.fields) if (cell instanceof Uint8Array) this.largestRow = Math.max(this.largestRow, cell.length);
    if (before !== undefined && before.row.version >= row.version) return;
    const names = [...measure.tags, ...measure.fields].map(({ name }) => name);
    const cells = [...row.tags, ...row.fields];
    table.set(key, { row, values: new Map(names.map((name, index) => [name, cells[index]!])) });
  }

  check = async (): Promise<void> => undefined;
  close = async (): Promise<void> => undefined;
  writeStream = unused;
  writeTrace = unused;
  queryStream = unused;
  queryTrace = unused;
  applyProperty = unused;
  queryProperties = unused;
}

function fits(criteria: Criteria, values: ReadonlyMap<string, Cell>): boolean {
  switch (criteria.is) {
    case 'equal':
      return values.get(criteria.tag) === criteria.value;
    case 'allOf':
      return criteria.of.every((one) => fits(one, values));
    case 'anyOf':
      return criteria.of.some((one) => fits(one, values));
    default:
      throw new Error(`${criteria.is} is not asked of entity tags`);
  }
}

function emptyAsNull(cell: Cell | undefined): Cell {
  return cell === undefined || cell === '' ? null : cell;
}

function unreachable(): Error {
  return banyanErrors.METERLARK_STORAGE_BANYANDB_UNREACHABLE({ target: 'fake', reason: 'it broke' });
}
