import { readFile } from 'node:fs/promises';
import { bucketValue, instanceId, serviceId, type SeriesKey } from '@meterlark/core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { MetricPlan } from '../../src/plan.js';
import { batch, gatewayPlans, minute, rig, serverStart, type Rig, type Values } from './builders.js';
import { mcpContributions, modelContributions, Reference, referenceKey } from './gateway-reference.js';
import { GatewayPod, type McpCall, type ModelCall } from './gateway-simulator.js';

let all: readonly MetricPlan[] = [];
/** Without what is only there to be compared with other signals, of services alone. */
let plans: readonly MetricPlan[] = [];
beforeAll(async () => {
  all = await gatewayPlans();
  plans = all.filter(({ definition }) => !definition.name.startsWith('meter_envoy_ai_gw_coverage_'));
});

const service = { name: 'edge', normal: true };
const pods = ['pod-a', 'pod-b'] as const;
const resourceOf = (pod: string): Values => ({ 'service.name': 'edge', 'service.instance.id': pod });

/** A reproducible stream of numbers in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

function modelCall(random: () => number, models: readonly string[]): ModelCall {
  const failed = random() < 0.2;
  const streams = !failed && random() < 0.5;
  const input = Math.floor(random() * 5000);
  const tokens: Record<string, number> = failed ? {} : { input, output: Math.floor(random() * 800) };
  if (!failed && random() < 0.5) tokens.cached_input = Math.floor(input / 2);
  if (!failed && random() < 0.3) tokens.cache_creation_input = Math.floor(input / 4);
  if (!failed && random() < 0.3) tokens.reasoning = Math.floor(random() * 300);
  return {
    provider: pick(random, ['openai', 'aws.bedrock', 'anthropic']),
    model: failed && random() < 0.5 ? undefined : pick(random, models),
    seconds: random() ** 4 * 120, failed, tokens,
    firstTokenSeconds: streams ? random() ** 3 * 70 : undefined,
    perTokenSeconds: streams ? random() ** 3 * 3 : undefined,
  };
}

function mcpCall(random: () => number): McpCall {
  return {
    backend: random() < 0.3 ? undefined : pick(random, ['github', 'jira']),
    method: pick(random, ['initialize', 'tools/list', 'tools/call']),
    status: pick(random, ['success', 'success', 'failed', 'error']),
    seconds: random() ** 3 * 12,
  };
}

/** Twelve minutes of two pods: cumulative and delta, the first restarting twice, a new model from minute five on. */
function runHour(it: Rig): { readonly reference: Reference; readonly sent: number } {
  const random = randomFrom(7);
  const reference = new Reference();
  const gateways = pods.map((pod, index) => new GatewayPod(resourceOf(pod), index === 0 ? 'cumulative' : 'delta', serverStart + 1));
  let sent = 0;
  for (let step = 0; step < 12; step += 1) {
    const at = serverStart + step * minute;
    const models = step < 5 ? ['gpt-4o', 'claude'] : ['gpt-4o', 'claude', 'gpt-5-mini'];
    if (step === 4 || step === 9) gateways[0]?.restart(at + 1);
    for (const [index, gateway] of gateways.entries()) {
      const calls = Array.from({ length: 5 + Math.floor(random() * 20) }, () => modelCall(random, models));
      const mcp = Array.from({ length: 4 }, () => mcpCall(random));
      calls.forEach((call) => gateway.model(call));
      mcp.forEach((call) => gateway.mcp(call));
      sent += calls.length;
      reference.add('meter_envoy_ai_gw', pods[index] ?? '', at / minute, calls.flatMap(modelContributions));
      reference.add('meter_envoy_ai_gw_mcp', pods[index] ?? '', at / minute, mcp.flatMap(mcpContributions));
      const request = batch([gateway.export(at + 50_000)]);
      expect(it.analyzer.accept(request).rejected).toBe(0);
      if (step % 3 === 0) it.analyzer.accept(request);
    }
  }
  return { reference, sent };
}

function instanceOf(key: SeriesKey): string {
  return pods.find((pod) => key.entityId === instanceId(service, pod)) ?? (key.entityId === serviceId(service) ? '' : '?');
}

/** States of the stream by the reference's keys; series that only say "alive" (all zero) are left out. */
function statesOf(it: Rig): Map<string, { a: number; b: number; buckets: Map<number, number> }> {
  const states = new Map<string, { a: number; b: number; buckets: Map<number, number> }>();
  for (const { key, part, minute: at, value } of it.stream.entries()) {
    const id = referenceKey(key.metric, instanceOf(key), key.labels, at);
    const state = states.get(id) ?? { a: 0, b: 0, buckets: new Map<number, number>() };
    if (key.kind === 'histogram') state.buckets.set(part, value);
    else if (part === 0) state.a = value;
    else state.b = value;
    states.set(id, state);
  }
  for (const [id, { a, b, buckets }] of states) if (a === 0 && b === 0 && buckets.size === 0) states.delete(id);
  return states;
}

describe('the rules of Envoy AI Gateway', () => {
  test('are the 60 metrics of upstream and 30 of ours', () => {
    const names = plans.map(({ definition }) => definition.name);
    expect([names.length, new Set(names).size]).toEqual([90, 90]);
    const ours = /(error_cpm|error_percent|cache_hit_percent|(cached_input|cache_creation_input|reasoning)_token_rate|tokens_per_second|failed_cpm)$/;
    const upstream = names.filter((name) => !ours.test(name) || /mcp.*error_cpm$/.test(name));
    expect(upstream).toHaveLength(60);
    expect(plans.every(({ body }) => body.kind === 'sum' || body.kind === 'ratio' || body.kind === 'histogram')).toBe(true);
  });

  test('give for two pods, restarts, repeats and new models exactly what the calls were, in every series and minute', () => {
    const it = rig(plans);
    const { reference, sent } = runHour(it);
    const states = statesOf(it);
    const expected = new Map([...reference.series].filter(([, { a, b, buckets }]) => a !== 0 || b !== 0 || buckets.size > 0));
    expect([...states.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [id, { a, b, buckets }] of expected) {
      const state = states.get(id);
      expect(state?.a, id).toBeCloseTo(a, 6);
      expect(state?.b, id).toBeCloseTo(b, 6);
      expect([...(state?.buckets ?? [])].sort(), id).toEqual([...buckets].sort());
    }
    expect(it.stream.value({ metric: 'meter_envoy_ai_gw_request_cpm', service: 'edge' })).toBe(sent);
    expect(new Set([...expected.keys()].map((id) => (JSON.parse(id) as string[])[0])).size).toBe(90);
  });

  test('percent and ms come from the definitions, decimals only where a percent or a second needs them', () => {
    const definition = (name: string) => plans.find((plan) => plan.definition.name === `meter_envoy_ai_gw_${name}`)?.definition;
    const state = { a: 1, b: 8, slots: 0n, histogram: undefined };
    const [percent, latency] = [definition('error_percent'), definition('request_latency_avg')];
    expect(percent && bucketValue(percent, 'minute', [state])).toBe(12.5);
    expect(latency && bucketValue(latency, 'minute', [state])).toBe(125);
    expect([percent?.precision, latency?.precision, definition('tokens_per_second')?.form]).toEqual(['decimal', 'integer', 'perSecond']);
    expect([percent?.unit, latency?.unit]).toEqual(['percent', 'ms']);
  });

  test('show no value where nothing streamed and 0 errors where nothing failed', () => {
    const it = rig(plans);
    const gateway = new GatewayPod(resourceOf('pod-a'), 'delta', serverStart);
    const call: ModelCall = { provider: 'openai', model: 'gpt-4o', seconds: 1, failed: false, tokens: {}, firstTokenSeconds: undefined, perTokenSeconds: undefined };
    gateway.model(call);
    it.analyzer.accept(batch([gateway.export(serverStart)]));
    const of = (metric: string) => it.stream.value({ metric: `meter_envoy_ai_gw_${metric}`, service: 'edge' });
    expect([of('ttft_avg'), of('tpot_avg'), of('error_cpm')]).toEqual([undefined, undefined, 0]);
    expect(it.stream.seriesOf('meter_envoy_ai_gw_ttft_percentile')).toEqual([]);
  });
});

describe('gateways of all versions', () => {
  const tokens = (values: Values, resource: Values = resourceOf('pod-a'), scope = 'envoyproxy/ai-gateway'): Rig => {
    const it = rig(plans);
    const gateway = new GatewayPod(resource, 'delta', serverStart, scope);
    gateway.observe('gen_ai.client.token.usage', values, 100);
    gateway.observe('gen_ai.server.request.duration', values, 1);
    it.analyzer.accept(batch([gateway.export(serverStart)]));
    return it;
  };
  const prefix = 'meter_envoy_ai_gw';

  test('up to 0.3: gen_ai.system.name is the provider, the request model stands for the response model', () => {
    const it = tokens({ 'gen_ai.system.name': 'aws.bedrock', 'gen_ai.request.model': 'titan', 'gen_ai.token.type': 'input' });
    const labels = { gen_ai_token_type: 'input' };
    expect(it.stream.value({ metric: `${prefix}_provider_token_rate`, service: 'edge', labels: { gen_ai_provider_name: 'aws.bedrock', ...labels } })).toBe(100);
    expect(it.stream.value({ metric: `${prefix}_model_token_rate`, service: 'edge', labels: { gen_ai_response_model: 'titan', ...labels } })).toBe(100);
  });

  test('up to 0.3: the token type total is not a class of its own', () => {
    const it = tokens({ 'gen_ai.provider.name': 'openai', 'gen_ai.token.type': 'total' });
    for (const metric of ['provider_token_rate', 'model_token_rate', 'tokens_per_second', 'input_token_rate']) {
      expect(it.stream.seriesOf(`${prefix}_${metric}`), metric).toEqual([]);
    }
  });

  test('a request to a nonexistent model is under unknown, as the gateway says it or says nothing', () => {
    for (const values of [{ 'gen_ai.response.model': 'unknown' }, {}, { 'gen_ai.response.model': '' }] as const) {
      const it = tokens({ ...values, 'error.type': '_OTHER' });
      const named = { service: 'edge', labels: { gen_ai_response_model: 'unknown' } };
      expect([it.stream.value({ metric: `${prefix}_model_error_cpm`, ...named }), it.stream.value({ metric: `${prefix}_model_request_cpm`, ...named })]).toEqual([1, 1]);
    }
  });

  test.each([
    [{ 'service.name': 'edge', 'k8s.pod.name': 'p-1', 'host.name': 'h' }, 'p-1'],
    [{ 'service.name': 'edge', 'host.name': 'h' }, 'h'],
    [{ 'service.name': 'edge', 'container.id': 'c' }, 'c'],
    [{ 'service.name': 'edge' }, 'unknown'],
    [{ 'service.name': 'edge', 'service.instance.id': 'i', 'k8s.pod.name': 'p-1' }, 'i'],
  ] as const)('the resource %j is the instance %s', (values, instance) => {
    const it = tokens({}, values);
    expect(it.stream.value({ metric: `${prefix}_instance_request_cpm`, service: 'edge', instance })).toBe(1);
  });

  test('a gateway without a service name has its own default name', () => {
    expect(tokens({}, {}).stream.value({ metric: `${prefix}_request_cpm`, service: 'ai-gateway' })).toBe(1);
  });

  test('it is known by job_name or by scope name, others are not', () => {
    const metric = `${prefix}_request_cpm`;
    const named = tokens({}, { ...resourceOf('pod-a'), job_name: 'envoy-ai-gateway' }, 'a collector');
    expect(named.stream.value({ metric, service: 'edge' })).toBe(1);
    const stranger = tokens({}, resourceOf('pod-a'), 'some.sdk');
    expect(stranger.stream.entries()).toEqual([]);
    expect(stranger.stream.observed).toEqual([]);
  });

  test('services and instances carry the layer', () => {
    const seen = tokens({}).stream.observed.map(({ scope, name, layers }) => [scope, name, layers]);
    expect(seen).toEqual(expect.arrayContaining([['Service', 'edge', ['ENVOY_AI_GATEWAY']], ['ServiceInstance', 'pod-a', ['ENVOY_AI_GATEWAY']]]));
  });

  test('a closure never meets a value it cannot treat', () => {
    const it = rig(plans, { maxStreams: 1000 });
    const odd: readonly Values[] = [
      { 'gen_ai.response.model': undefined, 'gen_ai.provider.name': new Uint8Array([1]) }, { 'gen_ai.provider.name': ['a'] },
      { 'gen_ai.response.model': 'x'.repeat(100_000) }, { 'error.type': 7, 'gen_ai.token.type': true, 'mcp.backend': 1n },
    ];
    const gateway = new GatewayPod({}, 'delta', serverStart);
    for (const values of odd) for (const metric of ['gen_ai.server.request.duration', 'gen_ai.client.token.usage', 'mcp.request.duration']) gateway.observe(metric, values, 1);
    expect(it.analyzer.accept(batch([gateway.export(serverStart)])).rejected).toBe(0);
    expect(it.failures).toEqual([]);
  });
});

describe('docs/metrics.md', () => {
  test('lists every metric of the gateway with its unit and labels, and no other but one that no rule makes', async () => {
    const text = await readFile(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `(meter_envoy_ai_gw_\w+)` \| ([^|]*) \| ([^|]*)\|/gm)].map(([, name = '', unit = '', labels = '']) => {
      return [name, unit, labels.replaceAll('`', '').split(',').map((label) => label.trim()).filter((label) => label !== '')] as const;
    });
    const services = all.map(({ definition }) => definition).filter(({ scope }) => scope === 'Service');
    const defined = services.map(({ name, unit, labels, percentiles }) => [name, unit, percentiles.length > 0 ? ['p'] : labels] as const);
    const byName = (left: readonly [string, ...unknown[]], right: readonly [string, ...unknown[]]): number => left[0].localeCompare(right[0]);
    const ofLogs = ['meter_envoy_ai_gw_coverage_log_only_requests', 'requests', ['model', 'reason']] as const;
    expect([...rows].sort(byName)).toEqual([...defined, ofLogs].sort(byName));
  });

  test('instances have the same metrics as services', () => {
    const names = (scope: string): string[] =>
      plans.filter(({ definition }) => definition.scope === scope).map(({ definition }) => definition.name.replace('_instance_', '_')).sort();
    expect(names('ServiceInstance')).toEqual(names('Service'));
  });
});
