/** Counts requests and tokens of one signal into the minutes of gateways and models. Hot path: look-ups by identity and one by the model's name. */
import { canonicalLabels, minuteMs, type LabelPair, type MetricStream, type SeenEntities, type SeenService } from '@meterlark/core';
import { layer, logOnlyMetric, requestsMetric, tokensMetric } from './definitions.js';

/** Who sent it; one object for all that it sends, so that its identity is a cache key. */
export interface GatewayOrigin {
  readonly tenant: string;
  readonly service: string;
}

export type LogOnlyReason = 'no_backend' | 'unfinished';

interface ModelSeries {
  readonly requests: number;
  readonly tokens: number;
  readonly logOnly: Partial<Record<LogOnlyReason, number>>;
}

interface Gateway {
  readonly service: SeenService;
  readonly models: Map<string, ModelSeries>;
}

export interface CountedRequest {
  readonly model: string;
  /** Epoch µs of its end. */
  readonly endUs: number;
  /** Input and output; 0 when nobody told. */
  readonly tokens: number;
  readonly logOnly?: LogOnlyReason | undefined;
}

/** As for the labels of metrics: names come from clients, so they must not choose the size. */
const maxModelLength = 1024;
/** Models of one gateway whose series are remembered; beyond it all are asked for again. The stream bounds what is stored. */
const maxModels = 4096;
const minuteUs = minuteMs * 1000;

export class CoverageCounter {
  private gateways = new WeakMap<GatewayOrigin, Gateway>();
  private epoch = -1;
  private generation = -1;

  constructor(
    private readonly signal: 'logs' | 'spans',
    private readonly stream: Pick<MetricStream, 'epoch' | 'series' | 'add' | 'acceptedMinutes' | 'hasRoom'>,
    private readonly entities: SeenEntities,
  ) {}

  hasRoom(): boolean {
    return this.stream.hasRoom();
  }

  count(origin: GatewayOrigin, { model, endUs, tokens, logOnly }: CountedRequest): void {
    const minute = Math.floor(endUs / minuteUs);
    const gateway = this.gateway(origin);
    const series = gateway.models.get(model) ?? this.open(gateway, model);
    // The stream refuses and counts minutes that are no longer accepted.
    this.stream.add(series.requests, minute, 1);
    this.stream.add(series.tokens, minute, tokens);
    if (logOnly !== undefined) this.stream.add((series.logOnly[logOnly] ??= this.logOnlySeries(gateway, model, logOnly)), minute, 1);
    const { first, last } = this.stream.acceptedMinutes();
    if (minute >= first && minute <= last) gateway.service.seen(minute);
  }

  private gateway(origin: GatewayOrigin): Gateway {
    if (this.epoch !== this.stream.epoch || this.generation !== this.entities.generation) this.forget();
    const known = this.gateways.get(origin);
    if (known !== undefined) return known;
    const gateway = { service: this.entities.service(origin.tenant, origin.service, layer), models: new Map<string, ModelSeries>() };
    this.gateways.set(origin, gateway);
    return gateway;
  }

  private forget(): void {
    this.epoch = this.stream.epoch;
    this.generation = this.entities.generation;
    this.gateways = new WeakMap();
  }

  private open(gateway: Gateway, model: string): ModelSeries {
    if (gateway.models.size >= maxModels) gateway.models.clear();
    const labels: readonly LabelPair[] = [['model', boundedModel(model)], ['signal', this.signal]];
    const made = { requests: this.series(gateway, requestsMetric, labels), tokens: this.series(gateway, tokensMetric, labels), logOnly: {} };
    gateway.models.set(model, made);
    return made;
  }

  private logOnlySeries(gateway: Gateway, model: string, reason: LogOnlyReason): number {
    return this.series(gateway, logOnlyMetric, [['model', boundedModel(model)], ['reason', reason]]);
  }

  private series({ service: { entity } }: Gateway, metric: string, labels: readonly LabelPair[]): number {
    return this.stream.series({ tenant: entity.tenant, metric, kind: 'sum', entityId: entity.id, labels: canonicalLabels(labels), source: '' });
  }
}

function boundedModel(model: string): string {
  return model.length > maxModelLength ? model.slice(0, maxModelLength) : model;
}
