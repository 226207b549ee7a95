/** Logs: LogReportService, and POST /v3/logs. */
import { encodeJson } from './encode-json.js';
import { LogBatches, type GatheredLogs } from './log-batches.js';
import type { LogReader } from './log-reader.js';
import { noCommands, paths, type Receiver, type Servers } from './receiver.js';
import type { SourceTable } from './source-table.js';
import { withDeadlines } from './with-deadlines.js';

/** Bytes of messages of one stream that are handed on together, about. */
const maxWaitingBytes = 4 * 1024 * 1024;
/** How long a record waits for others: a stream may stay open for hours. */
const maxWaitingMs = 100;

export interface LogServiceParts {
  readonly receiver: Receiver;
  readonly reader: LogReader;
  readonly sources: SourceTable;
  /** Records of one stream that are handed on together. */
  readonly maxWaiting: number;
}

export class LogService {
  constructor(private readonly parts: LogServiceParts) {}

  serve({ grpc, http }: Servers): void {
    // Agents from before the services had a package sent no logs.
    for (const path of paths('LogReportService', 'collect', false)) grpc.clientStream(path, 'receiver', (messages) => this.collect(messages));
    this.parts.receiver.post(http, '/v3/logs', (body) => this.list(body));
  }

  /** Records go on when there are enough of them, when the first has waited long enough, and when the stream ends, however it does. */
  private async collect(messages: AsyncIterable<Buffer>): Promise<Uint8Array> {
    const batches = this.batches();
    try {
      for await (const body of withDeadlines(messages, maxWaitingMs)) {
        if (body !== undefined) this.add(batches, body);
        const isFull = batches.size >= this.parts.maxWaiting || batches.bytes >= maxWaitingBytes;
        if (isFull || body === undefined) await this.handOver(batches.take());
      }
    } finally {
      // What was refused is no longer among them.
      await this.handOver(batches.take());
    }
    return noCommands;
  }

  /** A record that cannot be used is counted, and those after it are taken. */
  private add(batches: LogBatches, body: Buffer): void {
    const { reader, receiver } = this.parts;
    receiver.parts.counters.received('logs', body.length);
    try {
      batches.add(reader.one(body), body.length);
    } catch (error) {
      receiver.passOver('logs', error);
    }
  }

  /** Each record of a list speaks for itself. */
  private async list(body: Buffer): Promise<void> {
    const { reader, receiver } = this.parts;
    const { counters, limits } = receiver.parts;
    counters.received('logs', body.length);
    const batches = this.batches();
    const refused = (error: unknown): void => receiver.passOver('logs', error);
    const entries = receiver.demand('logs', 'list of LogData', () => reader.collection(encodeJson(body, 'list of LogData', limits.maxItems), refused));
    for (const entry of entries) {
      if (entry.service.trim() === '') counters.rejectedAs('logs', 'no_service');
      else batches.add(entry, 0);
    }
    await this.handOver(batches.take());
  }

  private batches(): LogBatches {
    const { sources, receiver } = this.parts;
    return new LogBatches({
      resource: (name, instance, layer) => sources.resource(name, instance, layer),
      refused: () => receiver.parts.counters.rejectedAs('logs', 'no_service'),
    });
  }

  private async handOver(gathered: GatheredLogs | undefined): Promise<void> {
    if (gathered === undefined) return;
    const { receiver } = this.parts;
    await receiver.handOver('logs', gathered.batch);
    receiver.parts.counters.took('logs', gathered.batch.points);
    receiver.parts.counters.cut(gathered.bodiesCut, gathered.tagsCut);
  }
}
