/** Hand-over from receivers to analyzers: all of them take a batch, or none. */
import type { AcceptOutcome, Analyzer, TelemetrySink } from '../contract/pipeline.js';
import type { Counter, SelfMetrics } from '../kernel/ambient.js';
import type { TelemetryBatch } from '../model/telemetry.js';
import { pipelineErrors } from './errors.js';
import type { Masker } from './masking/masker.js';

const nothingRejected: AcceptOutcome = { rejected: 0, reason: '' };

export interface FanOutOptions {
  readonly analyzers: readonly Analyzer[];
  readonly metrics: SelfMetrics;
  /** Told to senders that were refused, in ms. */
  readonly retryDelayMs: number;
  /** Before any analyzer sees a batch; undefined masks nothing. */
  readonly masker?: Pick<Masker, 'mask'> | undefined;
}

export class FanOutSink implements TelemetrySink {
  private readonly batches: Counter;
  private readonly points: Counter;

  constructor(private readonly options: FanOutOptions) {
    const labels = ['signal', 'outcome'];
    this.batches = options.metrics.counter('meterlark_pipeline_batches_total', 'Batches handed over, by outcome.', labels);
    this.points = options.metrics.counter('meterlark_pipeline_points_total', 'Points handed over, by outcome.', labels);
  }

  async accept(batch: TelemetryBatch): Promise<AcceptOutcome> {
    const { signal } = batch;
    const analyzers = this.options.analyzers.filter((analyzer) => analyzer.signals.includes(signal));
    this.demandRoom(batch, analyzers);
    try {
      const outcome = acceptAll(analyzers, this.options.masker?.mask(batch) ?? batch);
      this.count(batch, outcome);
      return outcome;
    } catch (error) {
      this.batches.add(1, { signal, outcome: 'failed' });
      this.points.add(batch.points, { signal, outcome: 'failed' });
      throw error;
    }
  }

  /** Nobody takes anything before all have said that they can. */
  private demandRoom(batch: TelemetryBatch, analyzers: readonly Analyzer[]): void {
    if (analyzers.every((analyzer) => analyzer.hasRoom())) return;
    this.batches.add(1, { signal: batch.signal, outcome: 'refused' });
    this.points.add(batch.points, { signal: batch.signal, outcome: 'refused' });
    throw pipelineErrors.METERLARK_PIPELINE_FULL({ retryDelayMs: this.options.retryDelayMs });
  }

  private count(batch: TelemetryBatch, outcome: AcceptOutcome): void {
    const { signal } = batch;
    this.batches.add(1, { signal, outcome: outcome.rejected === 0 ? 'accepted' : 'rejected' });
    this.points.add(batch.points - outcome.rejected, { signal, outcome: 'accepted' });
    if (outcome.rejected > 0) this.points.add(outcome.rejected, { signal, outcome: 'rejected' });
  }
}

/** A point that several analyzers reject is one rejected point, so the largest count is told, with its reason. */
function acceptAll(analyzers: readonly Analyzer[], batch: TelemetryBatch): AcceptOutcome {
  let worst = nothingRejected;
  for (const analyzer of analyzers) {
    const outcome = analyzer.accept(batch);
    if (outcome.rejected > worst.rejected) worst = outcome;
  }
  return worst;
}
