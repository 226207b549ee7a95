/** What the gateway sends, in short, and a stream that remembers what was counted. */
import {
  minuteMs, parseLabels, parseServiceId, ShapeTable,
  type AttributeValue, type Log, type LogOrigin, type MetricDefinition, type MetricStream, type SeriesKey, type Span, type SpanOrigin,
} from '@meterlark/core';

const shapes = new ShapeTable(1000, 100);
export type Values = Readonly<Record<string, AttributeValue>>;

export const startUs = Date.UTC(2026, 10, 21, 12, 0, 10) * 1000;
export const startMinute = Math.floor(startUs / 1000 / minuteMs);

type Counted = Pick<MetricStream, 'epoch' | 'series' | 'add' | 'acceptedMinutes' | 'hasRoom' | 'define'>;

/** Slots are valid for one epoch, as the real ones. */
export class FakeStream implements Counted {
  epoch = 1;
  room = true;
  readonly defined: MetricDefinition[] = [];
  private keys: SeriesKey[] = [];
  private readonly values = new Map<string, number>();

  async define(definitions: readonly MetricDefinition[]): Promise<void> {
    this.defined.push(...definitions);
  }

  series(key: SeriesKey): number {
    return this.keys.push(key) - 1;
  }

  add(slot: number, minute: number, value: number): void {
    const key = this.keys[slot];
    if (key === undefined) throw new Error(`slot ${slot} is of another epoch`);
    const labels = parseLabels(key.labels).map(([, text]) => text).join(' ');
    const name = `${key.tenant}${parseServiceId(key.entityId)?.name ?? ''} ${key.metric.replace('meter_envoy_ai_gw_coverage_', '')} ${labels} +${minute - startMinute}`;
    this.values.set(name, (this.values.get(name) ?? 0) + value);
  }

  acceptedMinutes(): { readonly first: number; readonly last: number } {
    return { first: startMinute - 24 * 60, last: startMinute + 10 };
  }

  hasRoom(): boolean {
    return this.room;
  }

  /** Slots mean nothing any more. */
  forget(): void {
    this.keys = [];
    this.epoch += 1;
  }

  /** `edge requests gpt-4o logs +0`: 3 */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.values].filter(([, value]) => value !== 0).sort());
  }
}

export const scope = { name: 'envoyproxy/ai-gateway', version: '', attributes: new Map<string, AttributeValue>() };
const resource = { attributes: new Map<string, AttributeValue>() };

export function logOrigin(over: Partial<LogOrigin> = {}): LogOrigin {
  return { tenant: '', protocol: 'otlp', service: 'edge', instance: 'aigw-1', layer: 'ENVOY_AI_GATEWAY', resource, scope: { ...scope, name: '' }, ...over };
}

export function spanOrigin(over: Partial<SpanOrigin> = {}): SpanOrigin {
  return { tenant: '', protocol: 'otlp', service: 'edge', instance: 'aigw-1', layer: '', resource, scope, ...over };
}

let requests = 0;

/** A line of its own request, with everything Envoy writes that matters here. */
export function accessLog(values: Values = {}, change: Partial<Log> = {}): Log {
  requests += 1;
  const attributes: Values = {
    'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': '100', 'gen_ai.usage.output_tokens': '20', response_code: '200', duration: '850',
    'x-request-id': `request-${requests}`, upstream_host: '10.0.0.7:443', upstream_cluster: 'rule/0', 'x-envoy-origin-path': '/v1/chat/completions', ...values,
  };
  return {
    timeUs: startUs, traceId: '', spanId: '', severity: '', contentType: 'text', body: '', endpoint: '',
    attributes: shapes.attributes(Object.entries(attributes).filter(([, value]) => value !== undefined)), ...change,
  };
}

/** A span of its own request. */
export function gatewaySpan(values: Values, change: Partial<Span> = {}): Span {
  requests += 1;
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c', spanId: requests.toString(16).padStart(16, '0'), parentSpanId: '', traceState: '', name: 'ChatCompletion',
    kind: 'internal', startUs, durationNs: 850_000_000, status: 'ok', statusMessage: '', attributes: shapes.attributes(Object.entries(values)), events: [],
    links: [], peer: '', segment: undefined, ...change,
  };
}
