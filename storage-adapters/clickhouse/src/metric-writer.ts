import { createHash } from 'node:crypto';
import { batchId, type Clock, type Counter, type MetricRows, type MetricWriteBatch, type MetricWriter, type SelfMetrics, type Step } from '@meterlark/core';
import type { Connection, InsertRequest } from './connection/connection.js';
import { FirstTry } from './first-try.js';
import { acceptable, encodeMetricRows, oldestMs } from './metric-rows.js';
import { families, familyOf, insertColumns, metricTable, type Family } from './schema/metric-tables.js';

/** One insert per family of kinds, each with a token made of the batch's name, so that a repetition is stored once. */
export class ClickHouseMetricWriter implements MetricWriter {
  private readonly dropped: Counter;
  private readonly written: Counter;
  private readonly acceptable: FirstTry<MetricWriteBatch, readonly MetricRows[]>;

  constructor(
    private readonly connection: Connection,
    private readonly retentionDays: Readonly<Record<Step, number>>,
    private readonly clock: Clock,
    selfMetrics: SelfMetrics,
  ) {
    this.dropped = selfMetrics.counter('meterlark_storage_clickhouse_dropped_rows_total', 'Rows not stored', ['reason']);
    this.written = selfMetrics.counter('meterlark_storage_clickhouse_written_rows_total', 'Metric rows stored');
    this.acceptable = new FirstTry((batch) => this.filter(batch));
  }

  async write(batch: MetricWriteBatch): Promise<void> {
    const rows = this.acceptable.of(batch);
    const requests: InsertRequest[] = [];
    for (const family of families) {
      const own = rows.filter((one) => one.keys.length > 0 && familyOf[one.kind] === family);
      if (own.length > 0) requests.push(await insertOf(batchId(batch), family, own));
    }
    if (requests.length === 0) return;
    await this.connection.insert(requests);
    this.written.add(rows.reduce((total, one) => total + one.keys.length, 0));
  }

  private filter(batch: MetricWriteBatch): readonly MetricRows[] {
    const horizonMs = oldestMs(this.clock.now(), this.retentionDays.day);
    return batch.rows.map((one) => acceptable(one, horizonMs, (reason) => this.dropped.add(1, { reason })));
  }
}

async function insertOf(id: string, family: Family, rows: readonly MetricRows[]): Promise<InsertRequest> {
  const blocks: Uint8Array[] = [];
  for (const one of rows) blocks.push(...(await encodeMetricRows(one)));
  return { table: metricTable(family, 'minute'), columns: insertColumns(family), token: tokenOf(id, family), blocks };
}

/** Writers may hold anything; a token is also a file name. */
export function tokenOf(id: string, part: string): string {
  return `${createHash('sha256').update(id).digest('hex').slice(0, 40)}-${part}`;
}
