import type { Counter, SelfMetrics } from '@meterlark/core';

const prefix = 'meterlark_storage_banyandb';

/** What the client counts of itself. */
export class CallMetrics {
  private readonly calls: Counter;
  private readonly retries: Counter;
  private readonly rows: Counter;
  private readonly failedRows: Counter;
  private readonly refused: Counter;
  private readonly sent: Counter;
  private readonly received: Counter;
  private readonly changes: Counter;

  constructor(selfMetrics: SelfMetrics, waiting: () => number) {
    this.calls = selfMetrics.counter(`${prefix}_calls_total`, 'Calls of BanyanDB, by method and how they ended.', ['method', 'outcome']);
    this.retries = selfMetrics.counter(`${prefix}_retries_total`, 'Calls that were tried again, by method.', ['method']);
    this.rows = selfMetrics.counter(`${prefix}_rows_written_total`, 'Rows that BanyanDB said it has, by kind.', ['catalog']);
    this.failedRows = selfMetrics.counter(`${prefix}_rows_failed_total`, 'Answers to rows that were not stored in that try, by status.', ['status']);
    this.refused = selfMetrics.counter(`${prefix}_busy_total`, 'Calls that were refused because too many wait.');
    this.sent = selfMetrics.counter(`${prefix}_sent_bytes_total`, 'Bytes of requests.');
    this.received = selfMetrics.counter(`${prefix}_received_bytes_total`, 'Bytes of answers to queries.');
    this.changes = selfMetrics.counter(`${prefix}_target_changes_total`, 'Times that another target was taken.');
    selfMetrics.observe(`${prefix}_waiting_calls`, 'Calls that wait for their turn.', waiting);
  }

  /** `outcome`: ok, or what the failure meant. */
  called(method: string, outcome: string): void {
    this.calls.add(1, { method, outcome });
  }
  retried(method: string): void {
    this.retries.add(1, { method });
  }
  stored(catalog: string, rows: number): void {
    if (rows > 0) this.rows.add(rows, { catalog });
  }
  notStored(status: string, rows: number): void {
    this.failedRows.add(rows, { status });
  }
  busy(): void {
    this.refused.add();
  }
  sentBytes(bytes: number): void {
    this.sent.add(bytes);
  }
  receivedBytes(bytes: number): void {
    this.received.add(bytes);
  }
  targetChanged(): void {
    this.changes.add();
  }
}
