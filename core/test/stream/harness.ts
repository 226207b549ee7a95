/** A merger on a manual clock, manual timers and a store whose answers the test decides. */
import { ManualClock, RecordingLogger, RecordingMetrics } from '../../src/testing/fakes.js';
import type { EntityRecord, MetadataWriter, MetricWriteBatch, MetricWriter } from '../../src/contract/storage.js';
import { MeterlarkError } from '../../src/kernel/error.js';
import type { HistogramState, MetricDefinition, MetricKind, SeriesKey } from '../../src/model/metric.js';
import { minuteMs } from '../../src/model/time.js';
import { MinuteMerger } from '../../src/stream/minute-merger.js';
import { streamSchema, type StreamSettings } from '../../src/stream/stream-settings.js';
import type { Timers } from '../../src/stream/timers.js';

export class ManualTimers implements Timers {
  private waiting: { at: number; run: () => void }[] = [];
  private current = 0;

  after(milliseconds: number, run: () => void): () => void {
    const entry = { at: this.current + milliseconds, run };
    this.waiting.push(entry);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== entry);
    };
  }

  get delays(): readonly number[] {
    return this.waiting.map((entry) => entry.at - this.current).sort((left, right) => left - right);
  }

  /** Runs what is due, in order, and lets promises settle in between. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.current + milliseconds;
    await settle();
    for (;;) {
      const next = this.waiting.filter((entry) => entry.at <= until).sort((left, right) => left.at - right.at)[0];
      if (next === undefined) break;
      this.waiting = this.waiting.filter((entry) => entry !== next);
      this.current = next.at;
      next.run();
      await settle();
    }
    this.current = until;
    await settle();
  }
}

/** Lets everything that needs no timer run to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

export function storageError(errorClass: 'permanent' | 'retryable'): MeterlarkError {
  return new MeterlarkError({ code: 'METERLARK_TEST_STORAGE', class: errorClass, message: 'm', cure: 'c', fields: {} });
}

/** Plays a script of answers: an error to throw, a promise to wait for; afterwards all is well. */
export class ScriptedWriter implements MetricWriter, MetadataWriter {
  readonly attempts: MetricWriteBatch[] = [];
  readonly stored: MetricWriteBatch[] = [];
  readonly upserts: (readonly EntityRecord[])[] = [];
  readonly defined: MetricDefinition[] = [];
  readonly answers: (Error | Promise<void>)[] = [];
  readonly entityAnswers: Error[] = [];
  atOnce = 0;
  mostAtOnce = 0;

  async write(batch: MetricWriteBatch): Promise<void> {
    this.attempts.push(batch);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    try {
      const answer = this.answers.shift();
      if (answer instanceof Promise) await answer;
      else if (answer !== undefined) throw answer;
      this.stored.push(batch);
    } finally {
      this.atOnce -= 1;
    }
  }

  async upsertEntities(records: readonly EntityRecord[]): Promise<void> {
    const answer = this.entityAnswers.shift();
    if (answer !== undefined) throw answer;
    this.upserts.push(records);
  }

  async defineMetrics(definitions: readonly MetricDefinition[]): Promise<void> {
    this.defined.push(...definitions);
  }
}

export interface StoredRow {
  readonly kind: MetricKind;
  readonly key: SeriesKey;
  readonly minute: number;
  readonly a: number;
  readonly b: number;
  readonly histogram: HistogramState | undefined;
}

export function rowsOf(batches: readonly MetricWriteBatch[]): readonly StoredRow[] {
  return batches.flatMap((batch) =>
    batch.rows.flatMap(({ kind, keys, minutes, a, b, histograms }) =>
      keys.map((key, index) => ({
        kind,
        key,
        minute: (minutes[index] ?? NaN) / minuteMs,
        a: a[index] ?? NaN,
        b: b[index] ?? NaN,
        histogram: histograms[index],
      })),
    ),
  );
}

export const defaults = Object.fromEntries(
  Object.entries(streamSchema).map(([name, setting]) => [name, 'default' in setting ? setting.default : undefined]),
) as unknown as StreamSettings;

/** A promise that the test settles. */
export function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve = (): void => undefined;
  let reject = (_error: unknown): void => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

export class StreamScene {
  readonly clock = new ManualClock(Date.UTC(2026, 4, 5, 12, 30, 20));
  readonly timers = new ManualTimers();
  readonly logger = new RecordingLogger();
  readonly selfMetrics = new RecordingMetrics();
  readonly store = new ScriptedWriter();
  readonly merger: MinuteMerger;
  readonly minute = Math.floor(this.clock.now() / minuteMs);

  constructor(settings: Partial<StreamSettings> = {}) {
    const { clock, timers, logger, selfMetrics, store } = this;
    const services = { writer: store, metadataWriter: store, clock, timers, logger, selfMetrics };
    this.merger = new MinuteMerger(services, { ...defaults, ...settings }, 'process');
  }

  key(kind: MetricKind, changes: Partial<SeriesKey> = {}): SeriesKey {
    return { tenant: '', metric: `m_${kind}`, kind, entityId: 'c3Zj.1', labels: '', source: '', ...changes };
  }

  slot(kind: MetricKind, changes: Partial<SeriesKey> = {}): number {
    return this.merger.series(this.key(kind, changes));
  }

  /** Rows stored so far. */
  get rows(): readonly StoredRow[] {
    return rowsOf(this.store.stored);
  }

  async flushed(): Promise<readonly StoredRow[]> {
    const before = this.store.stored.length;
    await this.merger.flush();
    return rowsOf(this.store.stored.slice(before));
  }
}
