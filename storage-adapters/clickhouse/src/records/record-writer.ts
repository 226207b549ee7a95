import { batchId, type Clock, type Counter, type Lifetime, type RecordRows, type RecordWriteBatch, type RecordWriter, type SelfMetrics } from '@meterlark/core';
import type { Connection, InsertRequest } from '../connection/connection.js';
import { FirstTry } from '../first-try.js';
import { tokenOf } from '../metric-writer.js';
import { encodeBlocks } from '../native/block.js';
import { nativeColumns, nativeRowBytes } from './record-columns.js';
import { acceptableRecords, timeBounds } from './record-rows.js';

/** One insert per model, each with a token made of the batch's name, so that a repetition is stored once. */
export class ClickHouseRecordWriter implements RecordWriter {
  private readonly dropped: Counter;
  private readonly written: Counter;
  private readonly acceptable: FirstTry<RecordWriteBatch, readonly RecordRows[]>;

  constructor(
    private readonly connection: Connection,
    private readonly days: Readonly<Record<Lifetime, number>>,
    private readonly clock: Clock,
    selfMetrics: SelfMetrics,
  ) {
    this.dropped = selfMetrics.counter('meterlark_storage_clickhouse_dropped_records_total', 'Records not stored', ['model', 'reason']);
    this.written = selfMetrics.counter('meterlark_storage_clickhouse_written_records_total', 'Records stored', ['model']);
    this.acceptable = new FirstTry((batch) => batch.rows.map((one) => this.filter(one)).filter((one) => one.count > 0));
  }

  async write(batch: RecordWriteBatch): Promise<void> {
    const rows = this.acceptable.of(batch);
    const requests: InsertRequest[] = [];
    for (const one of rows) requests.push(await insertOf(batchId(batch), one));
    if (requests.length === 0) return;
    await this.connection.insert(requests);
    for (const { model, count } of rows) this.written.add(count, { model: model.name });
  }

  private filter(rows: RecordRows): RecordRows {
    const { name, lifetime } = rows.model;
    const bounds = timeBounds(this.clock.now(), this.days[lifetime]);
    return acceptableRecords(rows, bounds, (reason) => this.dropped.add(1, { model: name, reason }));
  }
}

async function insertOf(id: string, rows: RecordRows): Promise<InsertRequest> {
  const columns = nativeColumns(rows);
  const blocks = await encodeBlocks(columns, rows.count, nativeRowBytes(rows));
  return { table: rows.model.name, columns: columns.map((column) => column.name), token: tokenOf(id, rows.model.name), blocks };
}
