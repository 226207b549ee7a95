/** Counts requests and tokens of one signal into the minutes of gateways and models. Hot path: look-ups by identity and one by the model's name. */
import {
  canonicalLabels, coverageMetrics, gatewayLayer, minuteMs,
  type LabelPair, type LogOnlyReason, type MetricStream, type SeenEntities, type SeenService,
} from '@meterlark/core';
import { keyOf, ownCopy } from './own-key.js';

/** Who sent it; one object for all that it sends, so that its identity is a cache key. */
export interface GatewayOrigin {
  readonly tenant: string;
  readonly service: string;
}

interface ModelSeries {
  readonly requests: number;
  readonly tokens: number;
  readonly logOnly: Partial<Record<LogOnlyReason, number>>;
}

interface Gateway {
  readonly service: SeenService;
  /** By the key of the model's name. */
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
/** Models, of all gateways together, whose series are remembered; beyond it all are asked for again. The stream bounds what is stored. */
const maxModels = 16_384;
const minuteUs = minuteMs * 1000;

export class CoverageCounter {
  private gateways = new WeakMap<GatewayOrigin, Gateway>();
  private models = 0;
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

  count(origin: GatewayOrigin, { model: asked, endUs, tokens, logOnly }: CountedRequest): void {
    const model = boundedModel(asked);
    const minute = Math.floor(endUs / minuteUs);
    const gateway = this.gateway(origin);
    const series = gateway.models.get(keyOf(model)) ?? this.open(gateway, model);
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
    const gateway = { service: this.entities.service(origin.tenant, origin.service, gatewayLayer), models: new Map<string, ModelSeries>() };
    this.gateways.set(origin, gateway);
    return gateway;
  }

  private forget(): void {
    this.epoch = this.stream.epoch;
    this.generation = this.entities.generation;
    this.gateways = new WeakMap();
    this.models = 0;
  }

  private open(gateway: Gateway, model: string): ModelSeries {
    const labels: readonly LabelPair[] = [['model', model], ['signal', this.signal]];
    const made = { requests: this.series(gateway, coverageMetrics.requests, labels), tokens: this.series(gateway, coverageMetrics.tokens, labels), logOnly: {} };
    // This gateway is forgotten as well: its next request asks for it again.
    if (this.models >= maxModels) this.forget();
    else {
      gateway.models.set(ownCopy(keyOf(model)), made);
      this.models += 1;
    }
    return made;
  }

  private logOnlySeries(gateway: Gateway, model: string, reason: LogOnlyReason): number {
    return this.series(gateway, coverageMetrics.logOnly, [['model', model], ['reason', reason]]);
  }

  private series({ service: { entity } }: Gateway, metric: string, labels: readonly LabelPair[]): number {
    return this.stream.series({ tenant: entity.tenant, metric, kind: 'sum', entityId: entity.id, labels: canonicalLabels(labels), source: '' });
  }
}

function boundedModel(model: string): string {
  return model.length > maxModelLength ? ownCopy(model.slice(0, maxModelLength)) : model;
}
