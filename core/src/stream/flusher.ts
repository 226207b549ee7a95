/** Hands what was merged to the store in order, one batch at a time; a failed one is repeated as it was. */
import type { EntityRecord, MetadataWriter, MetricWriter } from '../contract/storage.js';
import type { MetricRows } from '../model/metric.js';
import { Delivery, type DeliveryServices } from './delivery.js';
import { FlushCycle } from './flush-cycle.js';
import { Outbox } from './outbox.js';
import type { CollectedRows } from './row-collector.js';
import type { StreamSettings } from './stream-settings.js';

export interface FlushContent {
  readonly entities: readonly EntityRecord[];
  /** All that was merged so far, made as it is asked for. */
  readonly batches: Iterable<CollectedRows>;
}

/** Where flushes get their content. */
export interface FlushSource {
  /** `everything`: the last flush, or one that someone waits for. */
  prepare(everything: boolean): FlushContent;
}

export interface FlusherServices extends DeliveryServices {
  readonly writer: MetricWriter;
  readonly metadataWriter: MetadataWriter;
}

export class Flusher {
  private readonly delivery: Delivery;
  private readonly outbox: Outbox<MetricRows>;
  private readonly cycle: FlushCycle;

  constructor(
    private readonly source: FlushSource,
    private readonly services: FlusherServices,
    settings: StreamSettings,
    /** New for every process. */
    writer: string,
  ) {
    this.delivery = new Delivery(services, settings);
    this.outbox = new Outbox({ what: 'rows', delivery: this.delivery, target: services.writer, writer });
    this.cycle = new FlushCycle(services, {
      intervalMs: settings.flushIntervalMs,
      gauge: 'meterlark_stream_flush_seconds',
      run: (everything) => this.write(everything),
    });
  }

  /** Rows waiting, those of a write that is under way included. */
  get queuedRows(): number {
    return this.outbox.queuedRows;
  }

  enqueue(rows: CollectedRows): void {
    this.outbox.add(rows);
  }

  start(): void {
    this.cycle.start();
  }

  /** Flushes soon, unless a flush is under way. */
  request(): void {
    this.cycle.request();
  }

  /** Resolves when all that was merged before the call is stored or given up. */
  flush(): Promise<void> {
    return this.cycle.flush();
  }

  /** Last flush; retries go on until the stop time-out, then the rest is given up. */
  async stop(): Promise<void> {
    this.delivery.stop();
    await this.cycle.stop();
  }

  private async write(everything: boolean): Promise<void> {
    const { metadataWriter } = this.services;
    const { entities, batches } = this.source.prepare(everything);
    if (entities.length > 0) {
      const send = (): Promise<void> => metadataWriter.upsertEntities(entities);
      await this.delivery.deliver({ what: 'entities', count: entities.length, send });
    }
    await this.outbox.drain();
    for (const rows of batches) {
      this.outbox.add(rows);
      await this.outbox.drain();
    }
  }
}
