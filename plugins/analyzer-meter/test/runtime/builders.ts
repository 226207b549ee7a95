/** Short ways to write plans and batches by hand. */
import { fileURLToPath } from 'node:url';
import { RecordingMetrics, ManualClock } from '@meterlark/core/testing';
import type {
  AttributeValue,
  HistogramPoint,
  Metric,
  MetricBatch,
  MetricDefinition,
  NumberPoint,
  ResourceMetrics,
  Temporality,
} from '@meterlark/core';
import type { MetricPlan, Placer, PlanBody, Term } from '../../src/plan.js';
import { compileRuleFiles } from '../../src/compile/compile.js';
import { MeterAnalyzer } from '../../src/runtime/meter-analyzer.js';
import { PlanIndex } from '../../src/runtime/plan-index.js';
import { readRuleFiles } from '../../src/runtime/rule-source.js';
import { SummingStream } from './summing-stream.js';

/** The server of all tests started here; streams that begin later count their first value in full. */
export const serverStart = Date.UTC(2026, 0, 1, 12, 0, 0);
/** Start time of streams that ran before the server did. */
export const longAgo = serverStart - 3_600_000;
export const minute = 60_000;

export type Values = Readonly<Record<string, AttributeValue>>;

export function attributes(values: Values): ReadonlyMap<string, AttributeValue> {
  return new Map(Object.entries(values));
}

/** Entity from service_name (and service_instance_id when `instance`), labels as named. */
export function placer(labels: readonly string[], instance = false): Placer {
  return (sample) => {
    const service = { name: sample.get('service_name') ?? '', normal: true };
    const name = sample.get('service_instance_id') ?? '';
    return {
      entity: instance ? { scope: 'ServiceInstance', service, instance: name } : { scope: 'Service', service },
      layer: 'GENERAL',
      labels: new Map(labels.map((label) => [label, sample.get(label) ?? ''])),
      properties: {},
    };
  };
}

export function term(family: string, changes: Partial<Term> = {}): Term {
  const none = { keeps: undefined, preAggregate: undefined };
  return { family, reads: 'delta', coefficient: 1, steps: [], by: ['service_name'], ...none, ...changes };
}

export function plan(name: string, body: PlanBody, changes: Partial<MetricPlan> = {}): MetricPlan {
  const kind = body.kind === 'count' ? 'total' : body.kind === 'evaluated' ? 'gauge' : body.kind;
  const definition: MetricDefinition = {
    name, kind, scope: 'Service', labels: [], form: 'plain', factor: 1, precision: 'integer', percentiles: [],
    edge: 'upper', windowMinutes: 1, unit: '', layer: 'GENERAL', origin: 'test',
  };
  return { definition, body, filter: undefined, place: placer([]), notes: [], ...changes };
}

interface Times {
  readonly at: number;
  readonly start?: number;
  readonly attributes?: Values;
  readonly noRecordedValue?: boolean;
}

function pointOf(times: Times): { attributes: NumberPoint['attributes']; startTimeMs: number; timeMs: number; noRecordedValue: boolean } {
  return {
    attributes: attributes(times.attributes ?? {}),
    startTimeMs: times.start ?? longAgo,
    timeMs: times.at,
    noRecordedValue: times.noRecordedValue ?? false,
  };
}

export function number(value: number, times: Times): NumberPoint {
  return { ...pointOf(times), value };
}

export function histogram(counts: readonly number[], bounds: readonly number[], sum: number | undefined, times: Times): HistogramPoint {
  return { ...pointOf(times), counts, bounds, sum, count: counts.reduce((left, right) => left + right, 0) };
}

export function counter(name: string, points: readonly NumberPoint[], temporality: Temporality = 'cumulative', monotonic = true): Metric {
  return { type: 'sum', name, unit: '', temporality, monotonic, points };
}

export function gauge(name: string, points: readonly NumberPoint[]): Metric {
  return { type: 'gauge', name, unit: '', points };
}

export function histograms(name: string, points: readonly HistogramPoint[], temporality: Temporality = 'cumulative'): Metric {
  return { type: 'histogram', name, unit: 's', temporality, points };
}

export function resource(values: Values, metrics: readonly Metric[], scope = 'test'): ResourceMetrics {
  return {
    resource: { attributes: attributes(values) },
    scopes: [{ scope: { name: scope, version: '', attributes: new Map() }, metrics }],
  };
}

export function batch(resources: readonly ResourceMetrics[], tenant = ''): MetricBatch {
  const points = resources.flatMap(({ scopes }) => scopes.flatMap(({ metrics }) => metrics.map((metric) => metric.points.length)));
  return { signal: 'metrics', tenant, resources, points: points.reduce((left, right) => left + right, 0) };
}

export interface Rig {
  readonly analyzer: MeterAnalyzer;
  readonly stream: SummingStream;
  readonly metrics: RecordingMetrics;
  readonly clock: ManualClock;
  readonly plans: PlanIndex;
  readonly failures: string[];
  /** Sends metrics of one resource with service.name "shop". */
  send(...metrics: readonly Metric[]): { readonly rejected: number; readonly reason: string };
  dropped(reason: string): number;
}

/** The gateway's own rule files, compiled. */
export async function gatewayPlans(): Promise<readonly MetricPlan[]> {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const { plans, faults } = compileRuleFiles(await readRuleFiles('config/rules/meter/envoy-ai-gateway', root));
  if (faults.length > 0) throw new AggregateError(faults);
  return plans;
}

export function rig(plans: readonly MetricPlan[], limits: { maxStreams?: number; idleMs?: number } = {}): Rig {
  const stream = new SummingStream();
  const metrics = new RecordingMetrics();
  const clock = new ManualClock(serverStart);
  const index = new PlanIndex();
  const failures: string[] = [];
  index.replace(plans);
  const analyzer = new MeterAnalyzer({
    plans: index, stream, clock, metrics, startedAtMs: serverStart,
    limits: { maxStreams: limits.maxStreams ?? 1000, idleMs: limits.idleMs ?? 3_600_000 },
    ruleFailed: (metric) => failures.push(metric),
  });
  return {
    analyzer, stream, metrics, clock, failures, plans: index,
    send: (...sent) => analyzer.accept(batch([resource({ 'service.name': 'shop' }, sent)])),
    dropped: (reason) => metrics.value('meterlark_meter_dropped_points_total', { reason }),
  };
}
