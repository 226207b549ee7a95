/** Hot path: samples that rules over logs made, through the rules of metrics. What depends on labels is worked out once per set. */
import type { Clock, Counter, MetricSample, MetricStream, SampleSink, Scope, SelfMetrics } from '@meterlark/core';
import { EvaluationWriter } from './evaluation-writer.js';
import type { EvaluationSample } from './family.js';
import { LabelPaths, type SampleLabels } from './label-paths.js';
import { familyName, labelCuts, labelName, maxLabelLength } from './labels.js';
import type { PlanIndex } from './plan-index.js';
import type { EvaluatedInput, Route } from './route.js';
import { Router } from './router.js';
import { RuleFailures } from './rule-failures.js';
import { fitLabels, fits, ownLabels } from './sample-labels.js';
import { SeriesTable } from './series-table.js';
import { SingleSamples } from './single-samples.js';
import { PointValues, ValueWriter, minuteOf, type PointContext } from './value-writer.js';

export interface SampleWriterParts {
  readonly plans: PlanIndex;
  readonly stream: MetricStream;
  readonly clock: Clock;
  readonly metrics: SelfMetrics;
  readonly limits: { readonly maxSeries: number; readonly idleMs: number };
  /** Told once per metric whose closure failed on a sample. */
  readonly ruleFailed: (metric: string, cause: unknown) => void;
}

/** One set of labels of one name. */
class SampleSeries {
  seenMs = 0;
  observedMinute = -1;
  readonly countsFromZero = false;

  constructor(readonly route: Route) {}
}

interface Family {
  readonly name: string;
  readonly tenant: string;
  readonly paths: LabelPaths<SampleSeries>;
}

const reasons = {
  late: { reason: 'late' },
  future: { reason: 'future' },
  notFinite: { reason: 'not_finite' },
  noRule: { reason: 'no_rule' },
  seriesLimit: { reason: 'series_limit' },
  labels: { reason: 'labels' },
} as const;

type Drop = (typeof reasons)[keyof typeof reasons];

const maxLabels = 64;
const sweepEveryMs = 60_000;
/** Samples have no scope: filters see their labels only. */
const noScope: Scope = { name: '', version: '', attributes: new Map() };
/** Rates of interpreted rules take a sample for what a minute brought. */
const secondsOfDelta = 60;

export class SampleWriter implements SampleSink {
  private readonly tenants = new Map<string, Map<string, Family>>();
  private readonly series: SeriesTable;
  private readonly router: Router;
  private readonly writer: ValueWriter;
  private readonly evaluation: EvaluationWriter;
  private readonly point: { -readonly [K in keyof PointContext]: PointContext[K] };
  private readonly values = new PointValues();
  private readonly taken: Counter;
  private readonly dropped: Counter;
  private readonly labelCut: () => void;
  private generation: number;
  private count = 0;
  private nowMs = 0;
  private sweptMs = 0;

  constructor(private readonly parts: SampleWriterParts) {
    const { stream, metrics, plans } = parts;
    const failures = new RuleFailures(metrics, parts.ruleFailed);
    this.series = new SeriesTable(stream);
    this.router = new Router(plans, this.series, (failure) => { failures.add(failure); });
    this.writer = new ValueWriter(stream, this.series);
    this.evaluation = new EvaluationWriter(stream, this.series, (metric, cause) => { failures.add({ metric, cause, samples: 1 }); });
    this.values.resize(1);
    const push = new SingleSamples(stream, this.series, this.writer);
    this.point = { values: this.values, timeMs: 0, progress: 'gauge', monotonic: false, push };
    this.generation = plans.generation;
    this.labelCut = labelCuts(metrics);
    this.taken = metrics.counter('meterlark_meter_samples_total', 'Samples from rules over logs that the meter analyzer took');
    this.dropped = metrics.counter('meterlark_meter_dropped_samples_total', 'Samples from rules over logs that were not stored, by reason', ['reason']);
    metrics.observe('meterlark_meter_sample_series', 'Sets of labels of such samples that the meter analyzer follows', () => this.count);
  }

  add(tenant: string, samples: readonly MetricSample[]): void {
    const { first, last } = this.parts.stream.acceptedMinutes();
    this.nowMs = this.parts.clock.now();
    if (this.generation !== this.parts.plans.generation) this.forget(() => true);
    this.generation = this.parts.plans.generation;
    this.sweep();
    let taken = 0;
    for (const sample of samples) {
      const minute = minuteOf(sample.timeMs);
      let drop: Drop | undefined;
      // Written so that a time that is not a number is late.
      if (!(minute >= first)) drop = reasons.late;
      else if (minute > last) drop = reasons.future;
      else if (!Number.isFinite(sample.value)) drop = reasons.notFinite;
      else drop = this.write(tenant, sample);
      if (drop === undefined) taken += 1;
      else this.dropped.add(1, drop);
    }
    this.taken.add(taken);
  }

  private write(tenant: string, sample: MetricSample): Drop | undefined {
    const family = this.family(tenant, sample.name);
    if (family === undefined) return reasons.noRule;
    const series = this.seriesOf(family, sample.labels);
    if (!(series instanceof SampleSeries)) return series;
    series.seenMs = this.nowMs;
    const { point, values } = this;
    point.timeMs = sample.timeMs;
    // What asks for a change and what asks for the value both get the sample as it is.
    values.raw[0] = sample.value;
    values.delta[0] = sample.value;
    this.writer.write(series, series.route, point);
    for (const input of series.route.evaluated) this.evaluate(input, sample, tenant);
    return undefined;
  }

  private evaluate({ plan, family, labels }: EvaluatedInput, { value, timeMs }: MetricSample, tenant: string): void {
    const sample: EvaluationSample = { labels, value, perSecond: value / secondsOfDelta };
    this.evaluation.write(plan, new Map([[family, [sample]]]), timeMs, tenant);
  }

  private family(tenant: string, name: string): Family | undefined {
    const known = this.tenants.get(tenant)?.get(name);
    if (known !== undefined) return known;
    if (!this.parts.plans.reads(familyName(name))) return undefined;
    const family: Family = { name, tenant, paths: new LabelPaths() };
    const families = this.tenants.get(tenant) ?? new Map<string, Family>();
    this.tenants.set(tenant, families.set(name, family));
    return family;
  }

  private seriesOf(family: Family, given: SampleLabels): SampleSeries | Drop {
    let size = 0;
    let fit = true;
    for (const name in given) {
      size += 1;
      if (!fits(name) || !fits(given[name] as string)) fit = false;
    }
    if (size > maxLabels) return reasons.labels;
    const labels = fit ? given : fitLabels(given);
    const known = family.paths.find(labels);
    if (known !== undefined) return known;
    if (this.count >= this.parts.limits.maxSeries) return reasons.seriesLimit;
    if (!fit) this.countCuts(given);
    return this.newSeries(family, ownLabels(labels));
  }

  private countCuts(given: SampleLabels): void {
    for (const text of Object.entries(given).flat()) if (text.length > maxLabelLength) this.labelCut();
  }

  private newSeries({ name, tenant, paths }: Family, kept: SampleLabels): SampleSeries {
    const own = new Map<string, string>();
    for (const [key, value] of Object.entries(kept)) if (!own.has(labelName(key))) own.set(labelName(key), value);
    const fields = [{ family: familyName(name), label: undefined }];
    const series = new SampleSeries(this.router.build({ tenant, source: '', scope: noScope, labels: own, fields }));
    const before = paths.add(kept, series);
    if (before === undefined) this.count += 1;
    else this.router.release(before.route);
    return series;
  }

  private sweep(): void {
    if (Math.abs(this.nowMs - this.sweptMs) < sweepEveryMs) return;
    this.sweptMs = this.nowMs;
    const { idleMs } = this.parts.limits;
    this.forget(({ seenMs }) => this.nowMs - seenMs > idleMs);
  }

  private forget(goes: (series: SampleSeries) => boolean): void {
    const released = (series: SampleSeries): boolean => {
      if (!goes(series)) return false;
      this.router.release(series.route);
      this.count -= 1;
      return true;
    };
    for (const [tenant, families] of this.tenants) {
      for (const [name, { paths }] of families) if (paths.sweep(released)) families.delete(name);
      if (families.size === 0) this.tenants.delete(tenant);
    }
  }
}
