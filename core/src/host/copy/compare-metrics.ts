/** Compares the metrics of both stores, bucket by bucket, at every step that both keep. */
import type { MetricBucket, MetricQuery } from '../../contract/storage.js';
import type { Step } from '../../model/metric.js';
import { bucketStart, dayMs } from '../../model/time.js';
import { compareNames, inTurns, patiently, type CopyJob, type CopyStore } from './copy-store.js';
import type { CopyState } from './copy-state.js';
import { keepsDay, spansOf, steps, type Span } from './days.js';
import type { ActiveMetrics } from './metric-copy.js';
import { bySeries, firstShare, portions, type Portion } from './portions.js';
import { isSameState } from './same-state.js';
import { addTallies, noTally, type Tally } from './tally.js';

/** undefined: stopped. */
export async function compareMetrics(job: CopyJob, state: CopyState, active: ActiveMetrics): Promise<Record<Step, Tally> | undefined> {
  const tallies: Record<Step, Tally> = { minute: noTally, hour: noTally, day: noTally };
  for (const step of steps) {
    const all = [...seriesOf(job, state, step, active)];
    const parts = await inTurns(all, (series) => tallied(job, state, series), job.stopping);
    if (job.stopping.aborted) return undefined;
    tallies[step] = parts.reduce(addTallies, noTally);
    job.logger.info('metrics compared', { step, ...tallies[step] });
  }
  return tallies;
}

/** Days that the target does not keep, days of which it had data of its own, and all others. */
type Sort = 'expired' | 'own' | 'copied';

interface Series {
  readonly tenant: string;
  readonly metric: string;
  readonly kind: MetricBucket['kind'];
  readonly span: Span;
  readonly sort: Sort;
}

function* seriesOf(job: CopyJob, state: CopyState, step: Step, active: ActiveMetrics): Generator<Series> {
  for (const part of spansOf(state, step, (day) => sortOf(job, state, step, day))) {
    for (const tenant of job.tenants) {
      for (const { name: metric, kind } of active.get(tenant) ?? []) yield { tenant, metric, kind, ...part };
    }
  }
}

/** What the source does not keep whole is not compared. */
function sortOf({ source, target, clock }: CopyJob, { own }: CopyState, step: Step, day: number): Sort | undefined {
  const now = clock.now();
  if (!keepsDay(source.health, step, day, now)) return undefined;
  if (!keepsDay(target.health, step, day, now)) return 'expired';
  return own.metrics.includes(day) ? 'own' : 'copied';
}

/** Days may outlive their time in one of the stores, before they are read or meanwhile: they are left out then. */
async function tallied(job: CopyJob, state: CopyState, series: Series): Promise<Tally> {
  let { span } = series;
  for (;;) {
    while (span.fromMs < span.toMs && isOver(job, state, { ...series, span })) span = { ...span, fromMs: span.fromMs + dayMs };
    if (span.fromMs >= span.toMs) return noTally;
    const now = { ...series, span };
    const tally = series.sort === 'expired' ? await expired(job, now) : await compared(job, now);
    if (!isOver(job, state, now)) return tally;
  }
}

function isOver(job: CopyJob, state: CopyState, { span, sort }: Series): boolean {
  return sortOf(job, state, span.step, span.fromMs) !== sort;
}

async function expired(job: CopyJob, series: Series): Promise<Tally> {
  let count = 0;
  for await (const { buckets } of read(job, series, await idsOf(job, job.source, series))) count += buckets.length;
  return { ...noTally, source: count, expired: count };
}

async function compared(job: CopyJob, series: Series): Promise<Tally> {
  const own = await idsOf(job, job.source, series);
  const isOwn = series.sort === 'own';
  const there = isOwn ? [] : await idsOf(job, job.target, series);
  const entityIds = [...new Set([...own, ...there])].sort(compareNames);
  let tally = noTally;
  for await (const portion of read(job, series, entityIds)) {
    const query = queryOf(series, portion);
    const target = [...(await patiently(job, () => job.target.metricReader.read(query)))].sort(bySeries);
    tally = addTallies(tally, tallyOf(portion.buckets, target, isOwn));
  }
  return tally;
}

async function idsOf(job: CopyJob, store: CopyStore, { tenant, metric, kind, span }: Series): Promise<readonly string[]> {
  const ids = await patiently(job, () => store.metricReader.entityIds({ tenant, metric, kind, ...span }));
  return [...ids].sort(compareNames);
}

function read(job: CopyJob, series: Series, entityIds: readonly string[]): AsyncGenerator<Portion> {
  const reader = { read: (query: MetricQuery) => patiently(job, () => job.source.metricReader.read(query)), aim: job.limits.readBuckets };
  return portions(reader, { ...series, entityIds }, { fromMs: series.span.fromMs, share: firstShare });
}

function queryOf({ tenant, metric, kind, span }: Series, { entityIds, fromMs, toMs }: Portion): MetricQuery {
  return { tenant, selections: [{ metric, kind }], entityIds, step: span.step, fromMs, toMs };
}

/** Both in the order of series and time. Where the target has data of its own, only what it misses is a difference. */
function tallyOf(source: readonly MetricBucket[], target: readonly MetricBucket[], isOwn: boolean): Tally {
  let different = 0;
  const days = new Set<number>();
  for (const [own, other] of pairs(source, target)) {
    const isSame = own !== undefined && other !== undefined ? isOwn || isSameState(own, other) : isOwn && own === undefined;
    if (isSame) continue;
    different += 1;
    days.add(bucketStart((own ?? other)?.bucketMs ?? 0, 'day'));
  }
  return { source: source.length, target: target.length, expired: 0, different, days: [...days].sort((left, right) => left - right) };
}

type Pair = readonly [MetricBucket | undefined, MetricBucket | undefined];

function* pairs(source: readonly MetricBucket[], target: readonly MetricBucket[]): Generator<Pair> {
  let onSource = 0;
  let onTarget = 0;
  while (onSource < source.length || onTarget < target.length) {
    const [own, other] = [source[onSource], target[onTarget]];
    const order = own === undefined ? 1 : other === undefined ? -1 : bySeries(own, other);
    if (order <= 0) onSource += 1;
    if (order >= 0) onTarget += 1;
    yield [order <= 0 ? own : undefined, order >= 0 ? other : undefined];
  }
}
