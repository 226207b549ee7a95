/** Records as one row each, whose content is one field; conditions, order and groups are the client's. */
import type { Clock } from '../../src/kernel/ambient.js';
import type { RecordReader, RecordWriteBatch, RecordWriter, SchemaInstaller } from '../../src/contract/storage.js';
import { groupRows } from '../../src/model/record-grouping.js';
import { selectRows } from '../../src/model/record-matching.js';
import type { GroupQuery, RecordGroup, RecordQuery, RecordSelection } from '../../src/model/record-query.js';
import { readRow } from '../../src/model/record-rows.js';
import type { Lifetime, RecordModel, RecordRow } from '../../src/model/record.js';
import { bucketStart, dayMs } from '../../src/model/time.js';
import type { Measure, Row, RowServer } from './row-server.js';
import { type WholeRowLimits, wholeRowErrors } from './whole-row-writer.js';

export class WholeRowRecords implements SchemaInstaller, RecordWriter, RecordReader {
  private written = 0n;

  constructor(
    private readonly server: RowServer,
    private readonly clock: Clock,
    private readonly limits: WholeRowLimits,
  ) {}

  async install(models: readonly RecordModel[]): Promise<void> {
    for (const model of models) this.server.create(measureOf(model));
  }

  async write({ writer, sequence, rows }: RecordWriteBatch): Promise<void> {
    for (const [place, { model, count, ...columns }] of rows.entries()) {
      const horizonUs = this.horizonMs(model.lifetime) * 1000;
      const records = Array.from({ length: count }, (_, index) => readRow({ model, count, ...columns }, index));
      const kept = [...records.entries()].filter(([, record]) => (record['time'] as number) >= horizonUs);
      const batch = JSON.stringify([writer, sequence, place]);
      await this.server.write(measureOf(model).name, kept.map(([index, record]) => this.rowOf(model, record, `${batch}${index}`)));
    }
  }

  async rows(query: RecordQuery): Promise<readonly RecordRow[]> {
    return selectRows(query, await this.candidates(query));
  }

  async groups(query: GroupQuery): Promise<readonly RecordGroup[]> {
    return groupRows(query, await this.candidates(query));
  }

  /** A record that is repeated has the same tags, and so does another version of it. */
  private rowOf({ key }: RecordModel, record: RecordRow, id: string): Row {
    const own = key === undefined ? id : JSON.stringify(key.map((name) => record[name]));
    const tags = { tenant: record['tenant'] as string, id: own };
    return { tags, timeMs: Math.floor((record['time'] as number) / 1000), version: this.versionOf(record), fields: { record: JSON.stringify(record) } };
  }

  /** By revision, then by when it was written. */
  private versionOf(record: RecordRow): bigint {
    const nowNs = BigInt(this.clock.now()) * 1_000_000n;
    this.written = this.written >= nowNs ? this.written + 1n : nowNs;
    return (BigInt((record['revision'] as number | undefined) ?? 0) << 80n) + this.written;
  }

  private async candidates({ model, tenant, fromUs, toUs }: RecordSelection): Promise<readonly RecordRow[]> {
    const limit = this.limits.maxResultRows;
    const fromMs = Math.max(Math.floor(fromUs / 1000), this.horizonMs(model.lifetime));
    const range = { fromMs, toMs: Math.ceil(toUs / 1000) };
    const rows = await this.server.query({ measure: measureOf(model).name, where: { tenant }, ...range, limit });
    if (rows.length >= limit) throw wholeRowErrors.METERLARK_TEST_WHOLE_ROW_TOO_MANY({ limit });
    return rows.map((row) => JSON.parse(row.fields['record'] as string) as RecordRow);
  }

  private horizonMs(lifetime: Lifetime): number {
    return bucketStart(this.clock.now() - this.limits.recordDays[lifetime] * dayMs, 'day');
  }
}

function measureOf({ name }: RecordModel): Measure {
  return { name: `records_${name}`, tags: { tenant: 'string', id: 'string' }, fields: { record: 'string' } };
}
