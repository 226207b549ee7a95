/** Prices stored calls anew and lets stored metrics follow. */
import { createHash, type Hash } from 'node:crypto';
import {
  callRow, callsModel,
  type CallCost, type MetricStream, type MetricWriter, type ModelCall, type RecordReader, type RecordStream, type SourceSink,
} from '@meterlark/core';
import type { PriceBook } from '../pricing/price-book.js';
import { priceOf } from '../pricing/price-call.js';
import { callPages } from './call-pages.js';
import { CorrectionStream } from './correction-stream.js';
import { hoursOf, type Period } from './period.js';
import { Tally, type Verdict } from './tally.js';

/** What turns calls into metrics, e.g. CallMetrics. */
export interface CallEmitter {
  emit(call: ModelCall, weight: 1 | -1): void;
}

export interface RepricerServices {
  readonly reader: RecordReader;
  readonly records: RecordStream;
  readonly stream: Pick<MetricStream, 'flush'>;
  readonly writer: MetricWriter;
  readonly sink: SourceSink;
  readonly emitterOn: (sink: SourceSink) => CallEmitter;
}

export interface RepriceOptions {
  readonly book: PriceBook;
  readonly dryRun: boolean;
  readonly pageRows: number;
  /** Changed calls written at once. */
  readonly maxChanges: number;
}

export class Repricer {
  private readonly corrections = new CorrectionStream();
  private readonly emitter: CallEmitter;
  private readonly tally = new Tally();
  private changed: ModelCall[] = [];
  private content: Hash = createHash('sha256');

  constructor(
    private readonly services: RepricerServices,
    private readonly options: RepriceOptions,
  ) {
    this.emitter = services.emitterOn(services.sink.onto(this.corrections));
  }

  async run(period: Period): Promise<Tally> {
    // What is still on its way must be read, and corrected, like everything else.
    await this.services.stream.flush();
    await this.services.records.flush();
    for (const hour of hoursOf(period)) {
      for await (const page of callPages(this.services.reader, hour, { tenant: '', pageRows: this.options.pageRows })) {
        for (const call of page) this.reprice(call);
        if (this.changed.length >= this.options.maxChanges) await this.write();
      }
      // An hour is written for itself: after a crash between the two writes it is the same hour again.
      await this.write();
    }
    return this.tally;
  }

  private reprice(call: ModelCall): void {
    const { source } = call.cost;
    const kept: Verdict | undefined = source === 'provider-reported' ? 'reported' : source === 'none' ? 'none' : undefined;
    const fresh = kept === undefined ? priceOf(this.options.book, call) : call.cost;
    const verdict = kept ?? (isSame(call.cost, fresh) ? 'unchanged' : 'repriced');
    this.tally.add(call, fresh, verdict);
    if (verdict !== 'repriced' || this.options.dryRun) return;
    const next: ModelCall = { ...call, cost: fresh, revision: call.revision + 1 };
    this.emitter.emit(call, -1);
    this.emitter.emit(next, 1);
    this.corrections.settle();
    this.content.update(`${call.id}\n${next.revision}\n${JSON.stringify(fresh)}\n`);
    this.changed.push(next);
  }

  /**
   * Metrics first, under a name made of the change: when the calls are not written for a crash, the next run finds
   * the same change, and the store knows the batch already.
   */
  private async write(): Promise<void> {
    const { changed } = this;
    if (changed.length === 0) return;
    const rows = this.corrections.take();
    const writer = `reprice-${this.content.digest('hex').slice(0, 40)}`;
    this.content = createHash('sha256');
    this.changed = [];
    if (rows.length > 0) await this.services.writer.write({ writer, sequence: 1, rows });
    const appender = await this.services.records.open(callsModel);
    for (const call of changed) appender.append(callRow(call));
    await this.services.records.flush();
  }
}

const parts = ['source', 'total', 'input', 'cacheRead', 'cacheWrite', 'output', 'reasoning', 'audio', 'priceVersion', 'tier'] as const;

export function isSame(old: CallCost, fresh: CallCost): boolean {
  return parts.every((part) => old[part] === fresh[part]);
}
