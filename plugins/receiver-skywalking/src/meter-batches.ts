/**
 * Meters of one stream, by instance. Service, instance and time stand in one of the messages only, usually the first,
 * and hold for all until another service or instance is named.
 */
import type { Attributes, HistogramPoint, Metric, MetricBatch, NumberPoint, Resource, Scope } from '@meterlark/core';
import type { MeterData, MeterHistogram, MeterValue } from './meter-reader.js';

/** Meters of one instance. */
interface Group {
  service: string;
  instance: string;
  timeMs: number;
  readonly meters: (MeterValue | MeterHistogram)[];
}

export interface MeterBatchesParts {
  readonly resource: (service: string, instance: string) => Resource;
  /** Time of meters that say none. */
  readonly now: () => number;
  /** Meters without a service or instance. */
  readonly refused: (reason: 'no_service' | 'no_instance', meters: number) => void;
}

const scope: Scope = { name: '', version: '', attributes: new Map() };

export class MeterBatches {
  private groups: Group[] = [];
  private count = 0;

  constructor(private readonly parts: MeterBatchesParts) {}

  /** Messages that wait. */
  get size(): number {
    return this.count;
  }

  add({ service, instance, timeMs, meter }: MeterData): void {
    const group = this.groupOf(service, instance);
    if (service !== '') group.service = service;
    if (instance !== '') group.instance = instance;
    if (timeMs > 0) group.timeMs = timeMs;
    if (meter !== undefined) group.meters.push(meter);
    this.count += 1;
  }

  /** What came so far, as one batch; who and when hold on. undefined when there is nothing. */
  take(): MetricBatch | undefined {
    const { groups } = this;
    const last = groups.at(-1);
    this.groups = last === undefined ? [] : [{ ...last, meters: [] }];
    this.count = 0;
    const usable = groups.filter((group) => this.isUsable(group));
    const points = usable.reduce((sum, { meters }) => sum + meters.length, 0);
    if (points === 0) return undefined;
    return { signal: 'metrics', tenant: '', points, resources: usable.map((group) => this.resourceMetrics(group)) };
  }

  private groupOf(service: string, instance: string): Group {
    const last = this.groups.at(-1);
    const isOther = last !== undefined && (differs(last.service, service) || differs(last.instance, instance));
    if (last !== undefined && !isOther) return last;
    const group = { service: last?.service ?? '', instance: last?.instance ?? '', timeMs: last?.timeMs ?? 0, meters: [] };
    this.groups.push(group);
    return group;
  }

  private isUsable({ service, instance, meters }: Group): boolean {
    if (meters.length === 0) return false;
    if (service.trim() === '') this.parts.refused('no_service', meters.length);
    else if (instance.trim() === '') this.parts.refused('no_instance', meters.length);
    else return true;
    return false;
  }

  private resourceMetrics({ service, instance, timeMs, meters }: Group): MetricBatch['resources'][number] {
    const time = timeMs > 0 ? timeMs : this.parts.now();
    return { resource: this.parts.resource(service, instance), scopes: [{ scope, metrics: metricsOf(meters, time) }] };
  }
}

function differs(known: string, given: string): boolean {
  return given !== '' && known !== '' && given !== known;
}

/** One metric per name and kind, its points in the order of the messages. */
function metricsOf(meters: Group['meters'], timeMs: number): readonly Metric[] {
  const gauges = new Map<string, NumberPoint[]>();
  const histograms = new Map<string, HistogramPoint[]>();
  for (const meter of meters) {
    const common = { attributes: attributesOf(meter.labels), startTimeMs: 0, timeMs, noRecordedValue: false };
    if (meter.type === 'gauge') put(gauges, meter.name, { ...common, value: meter.value });
    else put(histograms, meter.name, { ...common, count: sumOf(meter.counts), sum: undefined, bounds: meter.bounds, counts: meter.counts });
  }
  return [
    ...[...gauges].map(([name, points]): Metric => ({ type: 'gauge', name, unit: '', points })),
    ...[...histograms].map(([name, points]): Metric => ({ type: 'histogram', name, unit: '', temporality: 'cumulative', points })),
  ];
}

/** Whom a meter is about is said by the message, not by a label. */
function attributesOf(labels: ReadonlyMap<string, string>): Attributes {
  if (!labels.has('service') && !labels.has('instance')) return labels;
  return new Map([...labels].filter(([name]) => name !== 'service' && name !== 'instance'));
}

function put<T>(into: Map<string, T[]>, name: string, point: T): void {
  const known = into.get(name);
  if (known === undefined) into.set(name, [point]);
  else known.push(point);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
