/** Meters: MeterReportService. A stream of single meters is one push; each message of collectBatch is one of its own. */
import type { Clock } from '@meterlark/core';
import { MeterBatches } from './meter-batches.js';
import type { MeterReader } from './meter-reader.js';
import { noCommands, paths, type Receiver, type Servers } from './receiver.js';
import type { SourceTable } from './source-table.js';

const service = 'MeterReportService';

export interface MeterServiceParts {
  readonly receiver: Receiver;
  readonly reader: MeterReader;
  readonly sources: SourceTable;
  readonly clock: Clock;
  /** Meters of a stream that may wait for its end. */
  readonly maxWaiting: number;
}

export class MeterService {
  constructor(private readonly parts: MeterServiceParts) {}

  serve({ grpc }: Servers): void {
    for (const path of paths(service, 'collect')) grpc.clientStream(path, 'receiver', (messages) => this.collect(messages));
    for (const path of paths(service, 'collectBatch')) grpc.clientStream(path, 'receiver', (messages) => this.collectBatch(messages));
  }

  private async collect(messages: AsyncIterable<Buffer>): Promise<Uint8Array> {
    const batches = this.batches();
    try {
      for await (const body of messages) {
        this.add(batches, body);
        if (batches.size >= this.parts.maxWaiting) await this.handOver(batches);
      }
    } finally {
      // Also when the stream broke off: what came is whole.
      await this.handOver(batches);
    }
    return noCommands;
  }

  private async collectBatch(messages: AsyncIterable<Buffer>): Promise<Uint8Array> {
    for await (const body of messages) {
      const { reader, receiver } = this.parts;
      const batches = this.batches();
      receiver.parts.counters.received('meters', body.length);
      try {
        for (const meter of reader.collection(body, (error) => receiver.passOver('meters', error))) batches.add(meter);
      } catch (error) {
        receiver.passOver('meters', error);
      }
      await this.handOver(batches);
    }
    return noCommands;
  }

  private add(batches: MeterBatches, body: Buffer): void {
    const { reader, receiver } = this.parts;
    receiver.parts.counters.received('meters', body.length);
    try {
      batches.add(reader.one(body));
    } catch (error) {
      receiver.passOver('meters', error);
    }
  }

  private batches(): MeterBatches {
    const { sources, clock, receiver } = this.parts;
    return new MeterBatches({
      resource: (name, instance) => sources.resource(name, instance),
      now: () => clock.now(),
      refused: (reason, meters) => receiver.parts.counters.rejectedAs('meters', reason, meters),
    });
  }

  private async handOver(batches: MeterBatches): Promise<void> {
    const batch = batches.take();
    if (batch === undefined) return;
    await this.parts.receiver.handOver('meters', batch);
    this.parts.receiver.parts.counters.took('meters', batch.points);
  }
}
