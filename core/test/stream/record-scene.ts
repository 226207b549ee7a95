/** A stream of records on a manual clock, manual timers and a store whose answers the test decides. */
import type { RecordWriteBatch } from '../../src/contract/storage.js';
import { readRow } from '../../src/model/record-rows.js';
import type { RecordModel } from '../../src/model/record.js';
import { BatchedRecords } from '../../src/stream/record-stream.js';
import type { StreamSettings } from '../../src/stream/stream-settings.js';
import { ManualClock, RecordingLogger, RecordingMetrics } from '../../src/testing/fakes.js';
import { defaults, ManualTimers, storageError } from './harness.js';

export const columns = [{ name: 'tenant', type: 'word' }, { name: 'time', type: 'time' }, { name: 'text', type: 'text' }] as const;
export const spans: RecordModel = { name: 'spans', columns, sortBy: ['time'], lifetime: 'trace' };
export const calls: RecordModel = { ...spans, name: 'calls', lifetime: 'call' };

export class RecordScene {
  readonly clock = new ManualClock(1_000_000);
  readonly timers = new ManualTimers();
  readonly logger = new RecordingLogger();
  readonly selfMetrics = new RecordingMetrics();
  readonly attempts: RecordWriteBatch[] = [];
  readonly stored: RecordWriteBatch[] = [];
  /** What the store does with the next writes; afterwards all is well. */
  readonly answers: (Error | Promise<void>)[] = [];
  /** The model whose table takes no batch. */
  refuseForGood = '';
  readonly installed: string[] = [];
  readonly installAnswers: (Error | Promise<void>)[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  readonly stream: BatchedRecords;

  constructor(settings: Partial<StreamSettings> = {}) {
    const { clock, timers, logger, selfMetrics } = this;
    const installer = { install: (models: readonly RecordModel[]) => this.install(models) };
    const services = { installer, recordWriter: { write: (batch: RecordWriteBatch) => this.write(batch) }, clock, timers, logger, selfMetrics };
    this.stream = new BatchedRecords(services, { ...defaults, ...settings }, 'process');
  }

  /** Appends so many numbered rows. */
  async append(texts: readonly string[], model = spans): Promise<void> {
    const appender = await this.stream.open(model);
    for (const text of texts) appender.append(['', 1, text]);
  }

  get texts(): readonly unknown[] {
    return this.stored.flatMap(textsOf);
  }

  private async install(models: readonly RecordModel[]): Promise<void> {
    this.installed.push(...models.map(({ name }) => name));
    await play(this.installAnswers.shift());
  }

  private async write(batch: RecordWriteBatch): Promise<void> {
    this.attempts.push(batch);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    try {
      if (batch.rows.some(({ model }) => model.name === this.refuseForGood)) throw storageError('permanent');
      await play(this.answers.shift());
      this.stored.push(batch);
    } finally {
      this.atOnce -= 1;
    }
  }
}

async function play(answer: Error | Promise<void> | undefined): Promise<void> {
  if (answer instanceof Error) throw answer;
  await answer;
}

export function textsOf(batch: RecordWriteBatch): readonly unknown[] {
  return batch.rows.flatMap((rows) => Array.from({ length: rows.count }, (_, index) => readRow(rows, index)['text']));
}
