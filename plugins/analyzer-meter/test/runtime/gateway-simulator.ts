/** An AI gateway's pod in miniature: records calls as its SDK would and exports them as OTLP histograms and sums. */
import type { HistogramPoint, Metric, NumberPoint, ResourceMetrics, Temporality } from '@meterlark/core';
import { attributes, resource, type Values } from './builders.js';

export interface ModelCall {
  readonly provider: string;
  /** undefined: the call failed before a model answered. */
  readonly model: string | undefined;
  readonly seconds: number;
  readonly failed: boolean;
  /** By gateway token type; absent types were not reported. */
  readonly tokens: Readonly<Record<string, number>>;
  /** undefined when it did not stream. */
  readonly firstTokenSeconds: number | undefined;
  readonly perTokenSeconds: number | undefined;
}

export interface McpCall {
  /** undefined for what the front end answers itself. */
  readonly backend: string | undefined;
  readonly method: string;
  readonly status: 'success' | 'failed' | 'error';
  readonly seconds: number;
}

export const boundsOf: Readonly<Record<string, readonly number[]>> = {
  'gen_ai.client.token.usage': [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  'gen_ai.server.request.duration': [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  'gen_ai.server.time_to_first_token': [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60],
  'gen_ai.server.time_per_output_token': [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
  'mcp.request.duration': [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  'mcp.initialization.duration': [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

interface Series {
  readonly attributes: Values;
  counts: number[];
  sum: number;
}

export class GatewayPod {
  private series = new Map<string, Map<string, Series>>();
  private startMs: number;

  constructor(
    private readonly resource: Values,
    private readonly temporality: Temporality,
    startMs: number,
    private readonly scope = 'envoyproxy/ai-gateway',
  ) {
    this.startMs = startMs;
  }

  /** All state is lost, as when the process ends. */
  restart(atMs: number): void {
    this.series = new Map();
    this.startMs = atMs;
  }

  model(call: ModelCall): void {
    const model = call.model ?? 'unknown';
    const common: Values = {
      'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': call.provider, 'gen_ai.original.model': model,
      'gen_ai.request.model': model, 'gen_ai.response.model': model,
    };
    this.observe('gen_ai.server.request.duration', call.failed ? { ...common, 'error.type': '_OTHER' } : common, call.seconds);
    for (const [type, count] of Object.entries(call.tokens)) {
      this.observe('gen_ai.client.token.usage', { ...common, 'gen_ai.token.type': type }, count);
    }
    if (call.firstTokenSeconds !== undefined) this.observe('gen_ai.server.time_to_first_token', common, call.firstTokenSeconds);
    if (call.perTokenSeconds !== undefined) this.observe('gen_ai.server.time_per_output_token', common, call.perTokenSeconds);
  }

  mcp(call: McpCall): void {
    const backend: Values = call.backend === undefined ? {} : { 'mcp.backend': call.backend };
    this.observe('mcp.request.duration', call.status === 'error' ? { ...backend, 'error.type': 'internal_error' } : backend, call.seconds);
    this.observe('mcp.method.count', { ...backend, 'mcp.method.name': call.method, status: call.status }, 1);
    if (call.method !== 'initialize') return;
    this.observe('mcp.initialization.duration', backend, call.seconds);
    this.observe('mcp.capabilities.negotiated', { ...backend, 'capability.type': 'tools', 'capability.side': 'server' }, 1);
  }

  observe(metric: string, values: Values, value: number): void {
    const known = this.series.get(metric) ?? new Map<string, Series>();
    this.series.set(metric, known);
    const key = JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    const bounds = boundsOf[metric] ?? [];
    const series = known.get(key) ?? { attributes: values, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
    known.set(key, series);
    const found = bounds.findIndex((bound) => value <= bound);
    const index = found < 0 ? bounds.length : found;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += value;
  }

  /** What the SDK would export now; delta pods start anew after it. */
  export(atMs: number): ResourceMetrics {
    const metrics = [...this.series].map(([name, series]) => this.metric(name, [...series.values()], atMs));
    if (this.temporality === 'delta') this.restart(atMs);
    return resource(this.resource, metrics, this.scope);
  }

  private metric(name: string, series: readonly Series[], timeMs: number): Metric {
    const common = { startTimeMs: this.startMs, timeMs, noRecordedValue: false };
    const { temporality } = this;
    const bounds = boundsOf[name];
    if (bounds === undefined) {
      const points = series.map((one): NumberPoint => ({ ...common, attributes: attributes(one.attributes), value: one.sum }));
      return { type: 'sum', name, unit: '', temporality, monotonic: true, points };
    }
    const points = series.map((one): HistogramPoint => {
      const count = one.counts.reduce((left, right) => left + right, 0);
      return { ...common, attributes: attributes(one.attributes), bounds, counts: [...one.counts], sum: one.sum, count };
    });
    return { type: 'histogram', name, unit: 's', temporality, points };
  }
}
