/** Copies the states of metrics, day by day, the oldest first: they are the next to go. */
import type { MetricDefinition, Step } from '../../model/metric.js';
import { dayMs } from '../../model/time.js';
import { compareNames, patiently, type CopyJob } from './copy-store.js';
import { writerOf, type MetricPlace, type StateKeeper } from './copy-state.js';
import { daysOf, finestStep, type Span } from './days.js';
import { Increments } from './increments.js';
import { firstShare, portions, type Portion } from './portions.js';
import { writeAhead } from './write-ahead.js';

type Metric = Pick<MetricDefinition, 'name' | 'kind'>;

/** Metrics by tenant, those that have anything in the time that is copied; in order of name. */
export type ActiveMetrics = ReadonlyMap<string, readonly Metric[]>;

export async function copyMetrics(job: CopyJob, keeper: StateKeeper, active: ActiveMetrics): Promise<void> {
  if (!keeper.state.metrics.done && !job.stopping.aborted) await new MetricCopy(job, keeper, active).run();
}

class MetricCopy {
  /** Read and not written yet; the last one has room. */
  private waiting: Increments[] = [];
  private read: Record<Step, number> = { minute: 0, hour: 0, day: 0 };

  constructor(
    private readonly job: CopyJob,
    private readonly keeper: StateKeeper,
    private readonly active: ActiveMetrics,
  ) {}

  async run(): Promise<void> {
    const { tenants, logger, stopping } = this.job;
    const begin = this.keeper.state.metrics.place;
    for (const [tenant, name] of tenants.entries()) {
      if (tenant < (begin?.tenant ?? 0)) continue;
      for (const day of daysOf(this.keeper.state)) {
        const isBegin = begin?.tenant === tenant;
        if (isBegin && day < begin.dayMs) continue;
        await this.day(tenant, day, isBegin && day === begin.dayMs ? begin : undefined);
        if (stopping.aborted) return;
        logger.info('metrics of a day copied', { tenant: name, date: new Date(day).toISOString().slice(0, 10), buckets: this.keeper.state.copied.metrics });
      }
    }
    await this.flush(undefined);
  }

  private async day(tenant: number, day: number, begin: MetricPlace | undefined): Promise<void> {
    for (const metric of this.active.get(this.job.tenants[tenant] ?? '') ?? []) {
      if (begin !== undefined && compareNames(metric.name, begin.metric) < 0) continue;
      const fresh: MetricPlace = { tenant, dayMs: day, metric: metric.name, fromMs: day, share: firstShare };
      await this.metric(metric, begin?.metric === metric.name ? begin : fresh);
      if (this.job.stopping.aborted) return;
    }
  }

  /** A day that outlives its step meanwhile is read on at the next one. */
  private async metric(metric: Metric, begin: MetricPlace): Promise<void> {
    let place: MetricPlace | undefined = begin;
    while (place !== undefined && !this.job.stopping.aborted) {
      const step = this.stepOf(place);
      place = step === undefined ? undefined : await this.metricAt(step, metric, place);
    }
  }

  /** Where to go on at another step; undefined when the metric is done, or the copy stops. */
  private async metricAt(step: Step, metric: Metric, begin: MetricPlace): Promise<MetricPlace | undefined> {
    const { source, tenants, stopping, limits } = this.job;
    const tenant = tenants[begin.tenant] ?? '';
    const span: Span = { step, fromMs: begin.dayMs, toMs: Math.min(begin.dayMs + dayMs, this.keeper.state.untilMs) };
    const series = { tenant, metric: metric.name, kind: metric.kind };
    const ids = await patiently(this.job, () => source.metricReader.entityIds({ ...series, ...span }));
    const { after } = begin;
    const entityIds = [...ids].sort(compareNames).filter((id) => after === undefined || id > after);
    const read = portions({ read: (query) => patiently(this.job, () => source.metricReader.read(query)), aim: limits.readBuckets }, { ...series, span, entityIds }, begin);
    let place = begin;
    for await (const portion of read) {
      // What was read may have been cut meanwhile.
      if (this.stepOf(place) !== step) return place;
      place = placeAfter(place, portion);
      await this.take(tenant, step, portion, place);
      if (stopping.aborted) return undefined;
    }
    return undefined;
  }

  private stepOf({ dayMs: day, fromMs }: MetricPlace): Step | undefined {
    const step = finestStep(this.job.source.health, day, this.job.clock.now());
    // Of an entity that was begun the day as a whole would count twice.
    return step === 'day' && fromMs > day ? 'hour' : step;
  }

  private async take(tenant: string, step: Step, { buckets }: Portion, next: MetricPlace): Promise<void> {
    for (const bucket of buckets) this.room().add(tenant, step, bucket);
    this.read[step] += buckets.length;
    if (this.waiting.length > 1 || this.room().count >= this.job.limits.batchRows) await this.flush(next);
  }

  private room(): Increments {
    const last = this.waiting.at(-1);
    if (last !== undefined && last.count < this.job.limits.batchRows) return last;
    const fresh = new Increments();
    this.waiting.push(fresh);
    return fresh;
  }

  /** `next` undefined: that was all. */
  private async flush(next: MetricPlace | undefined): Promise<void> {
    const { state } = this.keeper;
    const { sequence } = state.metrics;
    const full = this.waiting.filter(({ count }) => count > 0);
    const batches = full.map((batch, place) => ({ writer: writerOf(state), sequence: sequence + 1 + place, rows: batch.rows() }));
    const metrics = addSteps(state.copied.metrics, this.read);
    this.waiting = [];
    this.read = { minute: 0, hour: 0, day: 0 };
    const place = next === undefined ? {} : { place: next };
    const changes = { metrics: { sequence: sequence + batches.length, ...place, done: next === undefined }, copied: { ...state.copied, metrics } };
    await writeAhead(this.job, this.keeper, { part: 'metrics', batches, changes });
  }
}

function placeAfter(place: MetricPlace, { next }: Portion): MetricPlace {
  const { after = place.after, ...rest } = next;
  return { ...place, ...rest, ...(after === undefined ? {} : { after }) };
}

function addSteps(left: Readonly<Record<Step, number>>, right: Readonly<Record<Step, number>>): Record<Step, number> {
  return { minute: left.minute + right.minute, hour: left.hour + right.hour, day: left.day + right.day };
}
