/** Plans that are interpreted: the samples of one push in, what they come to out. */
import type { MetricKind, MetricStream } from '@meterlark/core';
import type { MetricPlan } from '../plan.js';
import { entityRecords } from './entities.js';
import { Evaluator } from './evaluator.js';
import type { EvaluationSample, SampleFamilies } from './family.js';
import { seriesKey } from './placing.js';
import { placeOf, type SeriesTable } from './series-table.js';
import { minuteOf } from './value-writer.js';

export class EvaluationWriter {
  private readonly evaluator = new Evaluator();

  constructor(
    private readonly stream: MetricStream,
    private readonly series: SeriesTable,
    private readonly failed: (metric: string, cause: unknown) => void,
  ) {}

  /** Evaluates the plan over the samples that one resource pushed at one time. */
  write(plan: MetricPlan, families: SampleFamilies, timeMs: number, tenant: string): void {
    if (plan.body.kind !== 'evaluated') return;
    try {
      for (const sample of this.evaluator.evaluate(plan.body.expression, families, timeMs)) this.store(plan, sample, timeMs, tenant);
    } catch (cause) {
      this.failed(plan.definition.name, cause);
    }
  }

  private store(plan: MetricPlan, sample: EvaluationSample, timeMs: number, tenant: string): void {
    const placement = plan.place(sample.labels);
    if (placement === undefined || !Number.isFinite(sample.value)) return;
    for (const record of entityRecords(placement, tenant)) {
      this.stream.observe({ ...record, firstSeenMs: timeMs, lastSeenMs: timeMs });
    }
    const { name, kind } = plan.definition;
    const key = seriesKey({ tenant, name, kind, source: '' }, placement);
    const ref = this.series.acquire(key, placeOf(key));
    const slot = this.series.slots(ref)[0] ?? 0;
    this.add(slot, kind, timeMs, sample.value);
    this.series.release(ref);
  }

  /** The kind is that of the rule's downsampling. */
  private add(slot: number, kind: MetricKind, timeMs: number, value: number): void {
    const minute = minuteOf(timeMs);
    switch (kind) {
      case 'sum':
        { this.stream.add(slot, minute, value); return; }
      case 'min':
        { this.stream.min(slot, minute, value); return; }
      case 'max':
        { this.stream.max(slot, minute, value); return; }
      case 'latest':
        { this.stream.latest(slot, minute, timeMs, value); return; }
      default:
        { this.stream.addPair(slot, minute, value, 1); return; }
    }
  }
}
