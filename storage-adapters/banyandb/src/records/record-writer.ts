import { batchId, type Clock, type Counter, type RecordRows, type RecordWriteBatch, type RecordWriter, type SelfMetrics } from '@meterlark/core';
import type { RecordDays, TimeBounds } from './record-days.js';
import type { RecordTables } from './record-tables.js';
import type { RowOrigin } from './row-source.js';

export interface RecordWriterOptions {
  readonly tables: RecordTables;
  readonly days: RecordDays;
  readonly clock: Clock;
  readonly selfMetrics: SelfMetrics;
}

/** What was decided of a batch at its first try, so that no repetition sends, counts or orders otherwise. */
interface Decided {
  readonly origin: RowOrigin;
  readonly parts: readonly DecidedRows[];
}
interface DecidedRows {
  readonly rows: RecordRows;
  /** undefined: all. */
  readonly keep: Uint8Array | undefined;
  readonly kept: number;
}

export class BanyanRecordWriter implements RecordWriter {
  private readonly dropped: Counter;
  private readonly written: Counter;
  /** A batch that comes again is the same object; with it goes what was decided. */
  private readonly decided = new WeakMap<RecordWriteBatch, Decided>();
  private lastWritten = 0n;

  constructor(private readonly options: RecordWriterOptions) {
    const { selfMetrics } = options;
    this.dropped = selfMetrics.counter('meterlark_storage_banyandb_dropped_records_total', 'Records not stored', ['model', 'reason']);
    this.written = selfMetrics.counter('meterlark_storage_banyandb_written_records_total', 'Records stored', ['model']);
  }

  async write(batch: RecordWriteBatch): Promise<void> {
    const targets = batch.rows.map(({ model }) => this.options.tables.sourceOf(model));
    const { origin, parts } = this.decide(batch);
    const writes = parts.map(async ({ rows, keep, kept }, place) => ({
      model: rows.model.name, kept, tooLarge: kept > 0 ? await targets[place]!.write(rows, keep, origin) : 0,
    }));
    const ends = await Promise.allSettled(writes);
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    for (const { model, kept, tooLarge } of await Promise.all(writes)) {
      if (kept > tooLarge) this.written.add(kept - tooLarge, { model });
      if (tooLarge > 0) this.dropped.add(tooLarge, { model, reason: 'size' });
    }
  }

  private decide(batch: RecordWriteBatch): Decided {
    const known = this.decided.get(batch);
    if (known !== undefined) return known;
    const made = { origin: { batch: batchId(batch), written: this.nextWritten() }, parts: batch.rows.map((rows) => this.filter(rows)) };
    this.decided.set(batch, made);
    return made;
  }

  /** Epoch ns that never come twice in this process. */
  private nextWritten(): bigint {
    const nowNs = BigInt(Math.floor(this.options.clock.now())) * 1_000_000n;
    this.lastWritten = nowNs > this.lastWritten ? nowNs : this.lastWritten + 1n;
    return this.lastWritten;
  }

  private filter(rows: RecordRows): DecidedRows {
    const bounds = this.options.days.boundsOf(rows.model.lifetime);
    const times = rows.columns[1];
    let keep: Uint8Array | undefined;
    let kept = rows.count;
    for (let row = 0; row < rows.count; row += 1) {
      const fault = faultOf(times?.type === 'time' ? times.values[row]! : NaN, bounds);
      if (fault === undefined) continue;
      keep ??= new Uint8Array(rows.count).fill(1);
      keep[row] = 0;
      kept -= 1;
      this.dropped.add(1, { model: rows.model.name, reason: fault });
    }
    return { rows, keep, kept };
  }
}

function faultOf(timeUs: number, { oldestUs, latestUs }: TimeBounds): 'expired' | 'future' | 'time' | undefined {
  if (timeUs >= oldestUs && timeUs <= latestUs) return undefined;
  if (timeUs > latestUs) return 'future';
  return timeUs >= 0 ? 'expired' : 'time';
}
