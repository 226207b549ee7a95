import { isMeterlarkError, type Clock, type MetricWriteBatch, type MetricWriter, type SelfMetrics, type Step } from '@meterlark/core';
import type { BanyanClient } from '../connection/client.js';
import { BatchRows } from './batch-rows.js';
import { KnownWriters } from './known-writers.js';
import type { BanyanMetricOptions } from './options.js';
import { RowScan } from './row-scan.js';
import { metricMeasure, steps, writerMeasure } from './schema.js';
import { StepWriter, type DropReason } from './step-writer.js';
import { Versions } from './versions.js';

const maxKnownWriters = 10_000;

/**
 * Keeps the running state of the rows it writes. A row that may be in the store and is not kept here is read back first:
 * never for a writer that began in this process, unless its row was let go.
 */
export class BanyanMetricWriter implements MetricWriter {
  private readonly writers: KnownWriters;
  private readonly stepWriters: readonly StepWriter[];
  private last: Promise<void> = Promise.resolve();

  constructor(client: BanyanClient, clock: Clock, selfMetrics: SelfMetrics, options: BanyanMetricOptions) {
    const { groupOf, pageRows, retentionDays, maxOpenRows } = options;
    const drops = selfMetrics.counter('meterlark_storage_banyandb_dropped_increments_total', 'Increments of metrics that are not stored', ['step', 'reason']);
    const back = selfMetrics.counter('meterlark_storage_banyandb_read_back_rows_total', 'Rows of metrics read back to go on with them', ['step']);
    const scan = new RowScan(client, pageRows);
    const versions = new Versions(clock);
    const measured = (step: Step): StepWriter =>
      new StepWriter(client, scan, clock, {
        step,
        measure: metricMeasure(groupOf(step), step),
        retentionDays,
        maxOpenRows,
        versions,
        dropped: (reason: DropReason, increments) => drops.add(increments, { step, reason }),
        readBack: (rows) => back.add(rows, { step }),
      });
    this.writers = new KnownWriters(client, writerMeasure(groupOf('day')), clock, maxKnownWriters);
    this.stepWriters = steps.map(measured);
    const openRows = (): number => this.stepWriters.reduce((total, { openRows: own }) => total + own, 0);
    selfMetrics.observe('meterlark_storage_banyandb_open_rows', 'Rows of metrics whose running state is kept, larger ones counted once more for every KiB', openRows);
  }

  /** One after the other: the running state is of all writers. */
  write(batch: MetricWriteBatch): Promise<void> {
    const rows = new BatchRows(batch);
    const written = this.last.then(() => this.store(rows));
    this.last = written.catch(() => undefined);
    return written;
  }

  /** The store was lost and is back. */
  renewWriters(): void {
    this.writers.renew();
  }

  private async store(batch: BatchRows): Promise<void> {
    if (batch.length === 0) return;
    const isNew = await this.writers.isNew(batch.writer);
    // Every row tells whether it has the batch, so steps may fail and be repeated apart.
    const results = await Promise.allSettled(this.stepWriters.map((step) => step.write(batch, isNew)));
    const failures = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason);
    if (failures.length > 0) throw failures.find(isRetryable) ?? failures[0];
  }
}

/** What is repeated meets the permanent failure again; what is given up loses the other steps too. */
function isRetryable(error: unknown): boolean {
  return isMeterlarkError(error) && error.class === 'retryable';
}
