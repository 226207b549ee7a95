/** Samples of plans that are interpreted: gathered per plan and point time, evaluated when the resource is done. */
import type { MetricKind, MetricStream } from '@meterlark/core';
import type { MetricPlan } from '../plan.js';
import { entityRecords } from './entities.js';
import { Evaluator } from './evaluator.js';
import type { EvaluationSample, SampleFamilies } from './family.js';
import type { EvaluatedInput } from './route.js';
import { seriesKey } from './placing.js';
import { placeOf, type SeriesTable } from './series-table.js';
import { minuteOf, type PointValues } from './value-writer.js';

type ByTime = Map<number, Map<string, EvaluationSample[]>>;

export class EvaluationCollector {
  private readonly evaluator = new Evaluator();
  private readonly pending = new Map<MetricPlan, ByTime>();

  constructor(
    private readonly stream: MetricStream,
    private readonly series: SeriesTable,
    private readonly failed: (metric: string, cause: unknown) => void,
  ) {}

  collect(inputs: readonly EvaluatedInput[], values: PointValues, timeMs: number, elapsedMs: number): void {
    for (const { plan, field, family, labels } of inputs) {
      const raw = values.raw[field] ?? Number.NaN;
      if (Number.isNaN(raw)) continue;
      const perSecond = elapsedMs > 0 ? ((values.delta[field] ?? 0) * 1000) / elapsedMs : Number.NaN;
      this.familiesAt(plan, timeMs, family).push({ labels, value: raw, perSecond });
    }
  }

  flush(tenant: string): void {
    if (this.pending.size === 0) return;
    for (const [plan, times] of this.pending) {
      for (const [timeMs, families] of times) this.evaluatePlan(plan, families, timeMs, tenant);
    }
    this.pending.clear();
  }

  private familiesAt(plan: MetricPlan, timeMs: number, family: string): EvaluationSample[] {
    const times = entry(this.pending, plan, () => new Map<number, Map<string, EvaluationSample[]>>());
    const families = entry(times, timeMs, () => new Map<string, EvaluationSample[]>());
    return entry(families, family, () => []);
  }

  private evaluatePlan(plan: MetricPlan, families: SampleFamilies, timeMs: number, tenant: string): void {
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
    this.write(slot, kind, timeMs, sample.value);
    this.series.release(ref);
  }

  /** The kind is that of the rule's downsampling. */
  private write(slot: number, kind: MetricKind, timeMs: number, value: number): void {
    const minute = minuteOf(timeMs);
    switch (kind) {
      case 'sum':
        return void this.stream.add(slot, minute, value);
      case 'min':
        return void this.stream.min(slot, minute, value);
      case 'max':
        return void this.stream.max(slot, minute, value);
      case 'latest':
        return void this.stream.latest(slot, minute, timeMs, value);
      default:
        return void this.stream.addPair(slot, minute, value, 1);
    }
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
