/** Rows of all record models on their way to the store, in batches bounded by rows and bytes. */
import { isDeepStrictEqual } from 'node:util';
import type { RecordWriter, SchemaInstaller } from '../contract/storage.js';
import type { RecordAppender, RecordStream } from '../contract/stream.js';
import type { Counter } from '../kernel/ambient.js';
import type { RecordModel, RecordRows, RecordValue } from '../model/record.js';
import { Delivery, type DeliveryServices } from './delivery.js';
import { streamErrors } from './errors.js';
import { FlushCycle } from './flush-cycle.js';
import { Outbox } from './outbox.js';
import { RecordTable } from './record-table.js';
import type { StreamSettings } from './stream-settings.js';

export interface RecordStreamServices extends DeliveryServices {
  readonly installer: SchemaInstaller;
  readonly recordWriter: RecordWriter;
}

interface Opened {
  readonly model: RecordModel;
  readonly appender: Promise<RecordAppender>;
}

export class BatchedRecords implements RecordStream {
  private readonly opened = new Map<string, Opened>();
  /** Of the installed models. */
  private readonly tables: RecordTable[] = [];
  /** Rows not yet in a batch. */
  private rows = 0;
  private readonly delivery: Delivery;
  private readonly outbox: Outbox<RecordRows>;
  private readonly cycle: FlushCycle;
  private readonly misfits: Counter;

  constructor(
    private readonly services: RecordStreamServices,
    private readonly settings: StreamSettings,
    /** New for every process. */
    writer: string,
  ) {
    const { selfMetrics } = services;
    this.delivery = new Delivery(services, settings);
    this.outbox = new Outbox({ what: 'records', delivery: this.delivery, target: services.recordWriter, writer });
    this.cycle = new FlushCycle(services, {
      intervalMs: settings.recordFlushIntervalMs,
      gauge: 'meterlark_stream_records_flush_seconds',
      run: (everything) => this.write(everything),
    });
    const help = 'Values that did not fit their column: left out, or stored as empty where none may be absent';
    this.misfits = selfMetrics.counter('meterlark_stream_records_misfits_total', help, ['model']);
    selfMetrics.observe('meterlark_stream_records_pending', 'Records that wait for the store', () => this.pendingRows());
    selfMetrics.observe('meterlark_stream_records_pending_bytes', 'Bytes of the records that wait for the store, about', () => this.pendingBytes());
  }

  start(): void {
    this.cycle.start();
  }

  /** Retries go on until the stop time-out, then the rest is given up. */
  async stop(): Promise<void> {
    this.delivery.stop();
    await this.cycle.stop();
  }

  async open(model: RecordModel): Promise<RecordAppender> {
    const known = this.opened.get(model.name);
    if (known === undefined) return this.install(model);
    if (!isDeepStrictEqual(known.model, model)) throw streamErrors.METERLARK_STREAM_MODEL_CONFLICT({ model: model.name });
    return known.appender;
  }

  hasRoom(): boolean {
    return this.pendingRows() < this.settings.maxPendingRecords && this.pendingBytes() < this.settings.maxPendingRecordBytes;
  }

  flush(): Promise<void> {
    return this.cycle.flush();
  }

  /** Two that open a model at the same time wait for one installation; one that failed is tried again by the next. */
  private install(model: RecordModel): Promise<RecordAppender> {
    const appender = this.services.installer.install([model]).then(() => this.appenderOf(model));
    this.opened.set(model.name, { model, appender });
    appender.catch(() => this.opened.delete(model.name));
    return appender;
  }

  private appenderOf(model: RecordModel): RecordAppender {
    const table = new RecordTable(model, (values) => this.misfits.add(values, { model: model.name }));
    this.tables.push(table);
    return { append: (row) => this.append(table, row) };
  }

  private append(table: RecordTable, row: readonly RecordValue[]): void {
    table.append(row);
    this.rows += 1;
    if (this.rows < this.settings.recordFlushRows && table.bytes < this.settings.recordFlushBytes) return;
    this.seal();
    this.cycle.request();
  }

  private async write(everything: boolean): Promise<void> {
    // A full batch is what this flush is for: the few rows since then would make a small one.
    if (everything || this.outbox.queuedRows === 0) this.seal();
    await this.outbox.drain();
  }

  /**
   * Makes batches of all rows so far, one for each model: what the store refuses for one table costs no other its rows.
   * Only arrays change hands: no work that grows with the rows.
   */
  private seal(): void {
    this.rows = 0;
    for (const table of this.tables) {
      const { count, bytes } = table;
      if (count > 0) this.outbox.add({ rows: [table.take()], count, bytes });
    }
  }

  private openBytes(): number {
    let bytes = 0;
    for (const table of this.tables) bytes += table.bytes;
    return bytes;
  }

  private pendingRows(): number {
    return this.rows + this.outbox.queuedRows;
  }

  private pendingBytes(): number {
    return this.openBytes() + this.outbox.queuedBytes;
  }
}
