/** What a record case of the storage contract works with: two models, rows with defaults, and questions of the case's own tenant. */
import type { GroupQuery, RecordCondition, RecordGroup, RecordQuery, RecordSelection } from '../../model/record-query.js';
import type { RecordModel, RecordRow } from '../../model/record.js';
import { dayMs } from '../../model/time.js';
import { recordRows } from '../record-rows.js';
import type { StorageBench } from './bench.js';

/** Every type of column. */
export const plainModel: RecordModel = {
  name: 'contract_plain',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'id', type: 'text', lookedUp: true },
    { name: 'word', type: 'word' },
    { name: 'body', type: 'text' },
    { name: 'whole', type: 'integer' },
    { name: 'maybe', type: 'integer', optional: true },
    { name: 'amount', type: 'decimal' },
    { name: 'ratio', type: 'decimal', optional: true },
    { name: 'on', type: 'flag' },
    { name: 'tags', type: 'textMap' },
    { name: 'counts', type: 'numberMap' },
  ],
  sortBy: ['word', 'time'],
  lifetime: 'trace',
};

export const versionedModel: RecordModel = {
  name: 'contract_versioned',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'id', type: 'text', lookedUp: true },
    { name: 'revision', type: 'integer' },
    { name: 'word', type: 'word' },
    { name: 'cost', type: 'integer', optional: true },
  ],
  sortBy: ['word', 'time'],
  key: ['time', 'word', 'id'],
  lifetime: 'call',
};

const blankRow: RecordRow = { word: '', body: '', whole: 0, amount: 0, on: false, tags: {}, counts: {} };
const blankVersion: RecordRow = { word: '', revision: 0 };

export class RecordBench {
  /** The eleventh hour of yesterday. */
  readonly hourUs: number;

  private constructor(
    readonly bench: StorageBench,
    readonly model: RecordModel,
  ) {
    this.hourUs = bench.hour * 1000;
  }

  /** Installs the model: cheap to repeat. */
  static async open(bench: StorageBench, model: RecordModel = plainModel): Promise<RecordBench> {
    await bench.session.installer.install([model]);
    return new RecordBench(bench, model);
  }

  /** A whole row: what is left out is empty, the time that of the hour. */
  row(id: string, changes: RecordRow = {}): RecordRow {
    const blank = this.model === plainModel ? blankRow : this.model === versionedModel ? blankVersion : {};
    return { tenant: this.bench.tenant, time: this.hourUs, id, ...blank, ...changes };
  }

  /** One batch. */
  async write(...rows: readonly RecordRow[]): Promise<void> {
    await this.bench.session.recordWriter.write(this.bench.recordBatch([recordRows(this.model, rows)]));
  }

  selection(where: readonly RecordCondition[] = []): RecordSelection {
    const { tenant, day } = this.bench;
    return { model: this.model, tenant, fromUs: day * 1000, toUs: (day + 3 * dayMs) * 1000, where };
  }

  /** Of yesterday and after, by id, unless told otherwise. */
  read(changes: Partial<RecordQuery> = {}): Promise<readonly RecordRow[]> {
    const orderBy = [{ column: 'id', descending: false }];
    return this.bench.session.recordReader.rows({ ...this.selection(), orderBy, limit: 1000, offset: 0, ...changes });
  }

  async ids(where: readonly RecordCondition[], changes: Partial<RecordQuery> = {}): Promise<readonly string[]> {
    return (await this.read({ where, ...changes })).map((row) => row['id'] as string);
  }

  groups(query: Partial<GroupQuery>): Promise<readonly RecordGroup[]> {
    return this.bench.session.recordReader.groups({ ...this.selection(), by: [], measures: [{ of: 'count' }], limit: 1000, ...query });
  }

  /** Measures of all rows together; [] when there are none. */
  async measure(...measures: GroupQuery['measures']): Promise<RecordGroup['measures']> {
    return (await this.groups({ measures }))[0]?.measures ?? [];
  }
}
