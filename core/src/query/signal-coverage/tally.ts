/** Counts of a gateway's models by signal, added up over a range. */
import { coverageSignals, type CoverageSignal } from '../../contract/coverage-query.js';
import type { MetricBucket } from '../../contract/storage.js';
import { coverageMetrics } from '../../model/coverage-metrics.js';
import { parseLabels } from '../../model/labels.js';

export type BySignal = Record<CoverageSignal, number>;

export interface ModelTally {
  readonly model: string;
  readonly requests: BySignal;
  readonly tokens: BySignal;
  /** Requests in the first and last bucket. */
  readonly border: BySignal;
  noBackend: number;
  unfinished: number;
  borderNoBackend: number;
}

export interface GatewayTally {
  readonly models: Map<string, ModelTally>;
  /** Requests beyond the limit of label sets: of which model and signal nobody knows. */
  overflow: number;
  /** Counts that no traffic comes to, as a faulty sender makes them: left out. */
  leftOut: number;
}

/** What a Long and a double both hold; sums stop there. */
const mostCounted = Number.MAX_SAFE_INTEGER;

interface Labels {
  readonly model: string;
  readonly signal: CoverageSignal | undefined;
  readonly reason: string;
}

export class Tally {
  readonly gateways = new Map<string, GatewayTally>();
  /** Label sets repeat in every bucket. */
  private readonly labels = new Map<string, Labels>();

  constructor(
    private readonly firstMs: number,
    private readonly lastMs: number,
  ) {}

  add(bucket: MetricBucket): void {
    const { model, signal, reason } = this.read(bucket.labels);
    const gateway = this.gateway(bucket.entityId);
    const { a } = bucket.state;
    // Not so for NaN either.
    if (!(a >= 0 && a <= mostCounted)) {
      gateway.leftOut += 1;
      return;
    }
    const atBorder = bucket.bucketMs === this.firstMs || bucket.bucketMs === this.lastMs;
    if (bucket.metric === coverageMetrics.logOnly) return addLogOnly(modelOf(gateway, model), { reason, count: a, atBorder });
    if (signal === undefined) return addOverflow(gateway, bucket.metric, a);
    const tally = modelOf(gateway, model);
    if (bucket.metric === coverageMetrics.tokens) tally.tokens[signal] = plus(tally.tokens[signal], a);
    else tally.requests[signal] = plus(tally.requests[signal], a);
    if (atBorder && bucket.metric === coverageMetrics.requests) tally.border[signal] = plus(tally.border[signal], a);
  }

  private gateway(id: string): GatewayTally {
    let gateway = this.gateways.get(id);
    if (gateway === undefined) this.gateways.set(id, (gateway = { models: new Map(), overflow: 0, leftOut: 0 }));
    return gateway;
  }

  private read(canonical: string): Labels {
    let known = this.labels.get(canonical);
    if (known !== undefined) return known;
    const pairs = new Map(parseLabels(canonical));
    const signal = coverageSignals.find((each) => each === pairs.get('signal'));
    known = { model: pairs.get('model') ?? '', signal, reason: pairs.get('reason') ?? '' };
    this.labels.set(canonical, known);
    return known;
  }
}

function modelOf({ models }: GatewayTally, model: string): ModelTally {
  let tally = models.get(model);
  if (tally === undefined) {
    const none = (): BySignal => ({ metrics: 0, logs: 0, spans: 0 });
    models.set(model, (tally = { model, requests: none(), tokens: none(), border: none(), noBackend: 0, unfinished: 0, borderNoBackend: 0 }));
  }
  return tally;
}

interface LogOnly {
  readonly reason: string;
  readonly count: number;
  readonly atBorder: boolean;
}

function addLogOnly(tally: ModelTally, { reason, count, atBorder }: LogOnly): void {
  if (reason === 'unfinished') tally.unfinished = plus(tally.unfinished, count);
  if (reason !== 'no_backend') return;
  tally.noBackend = plus(tally.noBackend, count);
  if (atBorder) tally.borderNoBackend = plus(tally.borderNoBackend, count);
}

function addOverflow(gateway: GatewayTally, metric: string, count: number): void {
  if (metric === coverageMetrics.requests) gateway.overflow = plus(gateway.overflow, count);
}

function plus(sum: number, count: number): number {
  return Math.min(sum + count, mostCounted);
}
