/** Compares the metrics of both stores, bucket by bucket, at every step that both keep. */
import type { MetricBucket, MetricQuery } from '../../contract/storage.js';
import type { Step } from '../../model/metric.js';
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
    const parts = await inTurns(all, ({ keptBy, ...series }) => (keptBy === 'both' ? compared(job, series) : expired(job, series)), job.stopping);
    if (job.stopping.aborted) return undefined;
    tallies[step] = parts.reduce(addTallies, noTally);
    job.logger.info('metrics compared', { step, ...tallies[step] });
  }
  return tallies;
}

function* seriesOf(job: CopyJob, state: CopyState, step: Step, active: ActiveMetrics): Generator<Series & { readonly keptBy: 'both' | 'source' }> {
  const { shared } = state;
  for (const { span, sort: keptBy } of comparableSpans(job, state, step)) {
    for (const tenant of job.tenants) {
      for (const { name: metric, kind } of active.get(tenant) ?? []) yield { tenant, metric, kind, span, shared, keptBy };
    }
  }
}

/** What the source does not keep whole is not compared. */
function comparableSpans({ source, target, clock }: CopyJob, state: CopyState, step: Step): { readonly span: Span; readonly sort: 'both' | 'source' }[] {
  const now = clock.now();
  return spansOf(state, step, (day) => {
    if (!keepsDay(source.health, step, day, now)) return undefined;
    return keepsDay(target.health, step, day, now) ? 'both' : 'source';
  });
}

interface Series {
  readonly tenant: string;
  readonly metric: string;
  readonly kind: MetricBucket['kind'];
  readonly span: Span;
  readonly shared: boolean;
}

async function expired(job: CopyJob, series: Series): Promise<Tally> {
  let count = 0;
  for await (const { buckets } of read(job, series, await idsOf(job, job.source, series))) count += buckets.length;
  return { ...noTally, source: count, expired: count };
}

async function compared(job: CopyJob, series: Series): Promise<Tally> {
  const own = await idsOf(job, job.source, series);
  const there = series.shared ? [] : await idsOf(job, job.target, series);
  const entityIds = [...new Set([...own, ...there])].sort(compareNames);
  let tally = noTally;
  for await (const portion of read(job, series, entityIds)) {
    const query = queryOf(series, portion);
    const target = [...(await patiently(job, () => job.target.metricReader.read(query)))].sort(bySeries);
    tally = addTallies(tally, tallyOf(portion.buckets, target, series.shared));
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
function tallyOf(source: readonly MetricBucket[], target: readonly MetricBucket[], shared: boolean): Tally {
  let different = 0;
  let onSource = 0;
  let onTarget = 0;
  while (onSource < source.length || onTarget < target.length) {
    const [own, other] = [source[onSource], target[onTarget]];
    const order = own === undefined ? 1 : other === undefined ? -1 : bySeries(own, other);
    if (order <= 0) onSource += 1;
    if (order >= 0) onTarget += 1;
    if (order < 0) different += 1;
    if (order > 0 && !shared) different += 1;
    if (order === 0 && !shared && own !== undefined && other !== undefined && !isSameState(own, other)) different += 1;
  }
  return { source: source.length, target: target.length, expired: 0, different };
}
