/** What every metric of the gateway's rules must be, computed from the calls themselves and not from any rule. */
import { canonicalLabels } from '@meterlark/core';
import { boundsOf, type McpCall, type ModelCall } from './gateway-simulator.js';

/** Merged state of one series and minute: a and b (averages in seconds over calls), or counts by bound in millionths of a ms. */
export interface Expected {
  a: number;
  b: number;
  readonly buckets: Map<number, number>;
}

export interface Contribution {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly a?: number;
  readonly b?: number;
  readonly bucket?: number;
}

/** Upper bound of the bucket of a duration, the open one counted as the last finite one. */
function bucketOf(metric: string, seconds: number): number {
  const bounds = boundsOf[metric] ?? [];
  return Math.round((bounds.find((bound) => seconds <= bound) ?? bounds.at(-1) ?? 0) * 1e9);
}

function average(metric: string, seconds: number, labels: Contribution['labels'] = {}): Contribution {
  return { metric, labels, a: seconds, b: 1 };
}

export function modelContributions(call: ModelCall): readonly Contribution[] {
  return [...requests(call), ...streaming(call), ...tokens(call)];
}

function requests(call: ModelCall): readonly Contribution[] {
  const failures = call.failed ? 1 : 0;
  const groups: readonly (readonly [string, Contribution['labels']])[] = [
    ['', {}], ['provider_', { gen_ai_provider_name: call.provider }], ['model_', { gen_ai_response_model: call.model ?? 'unknown' }],
  ];
  const bucket = bucketOf('gen_ai.server.request.duration', call.seconds);
  return [
    average('request_latency_avg', call.seconds),
    average('provider_latency_avg', call.seconds, groups[1]?.[1]),
    average('model_latency_avg', call.seconds, groups[2]?.[1]),
    { metric: 'request_latency_percentile', labels: {}, bucket },
    ...groups.flatMap(([prefix, labels]): Contribution[] => [
      { metric: `${prefix}request_cpm`, labels, a: 1 },
      { metric: `${prefix}error_cpm`, labels, a: failures },
      { metric: `${prefix}error_percent`, labels, a: failures, b: 1 },
    ]),
  ];
}

function streaming(call: ModelCall): readonly Contribution[] {
  const labels = { gen_ai_response_model: call.model ?? 'unknown' };
  const found: Contribution[] = [];
  for (const [name, family, seconds] of [
    ['ttft', 'gen_ai.server.time_to_first_token', call.firstTokenSeconds],
    ['tpot', 'gen_ai.server.time_per_output_token', call.perTokenSeconds],
  ] as const) {
    if (seconds === undefined) continue;
    found.push(average(`${name}_avg`, seconds), average(`model_${name}_avg`, seconds, labels));
    found.push({ metric: `${name}_percentile`, labels: {}, bucket: bucketOf(family, seconds) });
  }
  return found;
}

function tokens(call: ModelCall): readonly Contribution[] {
  const provider = { gen_ai_provider_name: call.provider };
  const model = { gen_ai_response_model: call.model ?? 'unknown' };
  return Object.entries(call.tokens).flatMap(([type, count]): Contribution[] => {
    const found: Contribution[] = [
      { metric: 'provider_token_rate', labels: { ...provider, gen_ai_token_type: type }, a: count },
      { metric: 'model_token_rate', labels: { ...model, gen_ai_token_type: type }, a: count },
      { metric: `${type}_token_rate`, labels: {}, a: count },
    ];
    if (type === 'input' || type === 'output') found.push({ metric: 'tokens_per_second', labels: {}, a: count });
    const hits = type === 'cached_input' ? { a: count } : type === 'input' ? { b: count } : undefined;
    if (hits === undefined) return found;
    return [
      ...found,
      { metric: 'cache_hit_percent', labels: {}, ...hits },
      { metric: 'provider_cache_hit_percent', labels: provider, ...hits },
      { metric: 'model_cache_hit_percent', labels: model, ...hits },
    ];
  });
}

export function mcpContributions(call: McpCall): readonly Contribution[] {
  const backend = { mcp_backend: call.backend ?? '' };
  const method = { mcp_method_name: call.method };
  const found: Contribution[] = [
    { metric: 'request_cpm', labels: {}, a: 1 },
    { metric: 'backend_request_cpm', labels: backend, a: 1 },
    average('request_latency_avg', call.seconds),
    average('backend_request_latency_avg', call.seconds, backend),
    { metric: 'request_latency_percentile', labels: {}, bucket: bucketOf('mcp.request.duration', call.seconds) },
    { metric: 'method_cpm', labels: method, a: 1 },
    { metric: 'backend_method_cpm', labels: { ...backend, ...method }, a: 1 },
  ];
  if (call.status !== 'success') {
    found.push({ metric: `${call.status}_cpm`, labels: {}, a: 1 }, { metric: `backend_${call.status}_cpm`, labels: backend, a: 1 });
  }
  if (call.method !== 'initialize') return found;
  return [
    ...found,
    average('initialization_latency_avg', call.seconds),
    average('backend_initialization_latency_avg', call.seconds, backend),
    { metric: 'initialization_latency_percentile', labels: {}, bucket: bucketOf('mcp.initialization.duration', call.seconds) },
    { metric: 'capabilities_cpm', labels: { capability_type: 'tools' }, a: 1 },
  ];
}

/** Merges contributions by series and minute. */
export class Reference {
  readonly series = new Map<string, Expected>();

  add(prefix: string, instance: string, minute: number, contributions: readonly Contribution[]): void {
    for (const { metric, labels, a = 0, b = 0, bucket } of contributions) {
      for (const [name, entity] of [[prefix, ''], [`${prefix}_instance`, instance]]) {
        const key = referenceKey(`${name}_${metric}`, entity ?? '', canonicalLabels(Object.entries(labels)), minute);
        const state = this.series.get(key) ?? { a: 0, b: 0, buckets: new Map<number, number>() };
        state.a += a;
        state.b += b;
        if (bucket !== undefined) state.buckets.set(bucket, (state.buckets.get(bucket) ?? 0) + 1);
        this.series.set(key, state);
      }
    }
  }
}

export function referenceKey(metric: string, instance: string, labels: string, minute: number): string {
  return JSON.stringify([metric, instance, labels, minute]);
}
