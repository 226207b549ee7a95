/** The rule files that the layers load, on events as their plugins emit them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bucketValue, type MetricDefinition, type MetricState, type SourceValue } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { compileSourceFiles } from '../../src/compile/compile.js';
import { readRuleFiles } from '../../src/runtime/rule-files.js';
import { bench, type Bench, nowMs, service } from './kit.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

async function files(folder: string): Promise<ReturnType<typeof compileSourceFiles> & { readonly text: string }> {
  const texts = await readRuleFiles(`config/rules/source/${folder}`, root);
  return { ...compileSourceFiles(texts), text: texts.map(({ text }) => text).join('\n') };
}

/** SkyWalking's, by name: kind, factor, form. */
const upstream: Readonly<Record<string, string>> = {
  service_resp_time: 'ratio 1 plain', service_sla: 'ratio 10000 plain', service_cpm: 'sum 1 perMinute', service_percentile: 'histogram 1 plain',
  service_apdex: 'ratio 10000 plain', service_mq_consume_count: 'sum 1 plain', service_mq_consume_latency: 'ratio 1 plain',
  service_instance_resp_time: 'ratio 1 plain', service_instance_sla: 'ratio 10000 plain', service_instance_cpm: 'sum 1 perMinute',
  endpoint_cpm: 'sum 1 perMinute', endpoint_resp_time: 'ratio 1 plain', endpoint_sla: 'ratio 10000 plain', endpoint_percentile: 'histogram 1 plain',
  endpoint_mq_consume_latency: 'ratio 1 plain',
};

const genAi: Readonly<Record<string, string>> = {
  gen_ai_provider_resp_time: 'ratio 1 plain', gen_ai_provider_sla: 'ratio 10000 plain', gen_ai_provider_cpm: 'sum 1 perMinute',
  gen_ai_provider_latency_percentile: 'histogram 1 plain', gen_ai_provider_input_tokens_sum: 'sum 1 plain', gen_ai_provider_input_tokens_avg: 'ratio 1 plain',
  gen_ai_provider_output_tokens_sum: 'sum 1 plain', gen_ai_provider_output_tokens_avg: 'ratio 1 plain',
  gen_ai_provider_total_estimated_cost: 'sum 0.000001 plain', gen_ai_provider_avg_estimated_cost: 'ratio 0.000001 plain',
  gen_ai_model_call_cpm: 'sum 1 perMinute', gen_ai_model_sla: 'ratio 10000 plain', gen_ai_model_latency_avg: 'ratio 1 plain',
  gen_ai_model_latency_percentile: 'histogram 1 plain', gen_ai_model_ttft_avg: 'ratio 1 plain', gen_ai_model_ttft_percentile: 'histogram 1 plain',
  gen_ai_model_input_tokens_sum: 'sum 1 plain', gen_ai_model_input_tokens_avg: 'ratio 1 plain', gen_ai_model_output_tokens_sum: 'sum 1 plain',
  gen_ai_model_output_tokens_avg: 'ratio 1 plain', gen_ai_model_total_estimated_cost: 'sum 0.000001 plain', gen_ai_model_avg_estimated_cost: 'ratio 0.000001 plain',
};

describe('config/rules/source', () => {
  it.each([['general', upstream], ['virtual-genai', genAi]])('%s has SkyWalking’s metrics by name and scale', async (folder, expected) => {
    const { plans, faults } = await files(folder);
    expect(faults.map(({ message }) => message)).toEqual([]);
    const found = new Map(plans.map(({ definition: { name, kind, factor, form } }) => [name, `${kind} ${factor === 1e-6 ? '0.000001' : factor} ${form}`]));
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name)]))).toEqual(expected);
    expect(plans.filter(({ active }) => !active)).toEqual([]);
  });

  it('all metrics stand in docs/metrics.md with unit and labels, and none that is not there', async () => {
    const page = await readFile(`${root}docs/metrics.md`, 'utf8');
    const rows = [...page.matchAll(/^\| `((?:service|endpoint|gen_ai)_\w+)` \| ([^|]*) \| ([^|]*) \|/gm)].map(([, name, unit, labels]) => [name, unit?.trim(), labels?.trim()]);
    const folders = await Promise.all(['general', 'virtual-genai'].map(files));
    const definitions = new Map(folders.flatMap(({ plans }) => plans.map(({ definition }) => [definition.name, definition] as const)));
    expect(rows.sort()).toEqual([...definitions.values()].map((definition) => [definition.name, definition.unit, labelCell(definition)]).sort());
  });
});

function labelCell({ labels, percentiles }: MetricDefinition): string {
  return [...labels, ...(percentiles.length > 0 ? ['p'] : [])].map((label) => `\`${label}\``).join(', ');
}

const columns = [
  'latency', 'status', 'inputTokens', 'outputTokens', 'totalEstimatedCost', 'timeToFirstToken', 'cacheReadTokens', 'generationMs', 'errorType', 'priced', 'provider', 'model',
];
const call = (changes: Readonly<Record<string, SourceValue>>): SourceValue[] => {
  const usual: Readonly<Record<string, SourceValue>> = {
    latency: 1000, status: true, inputTokens: 12, outputTokens: 22, totalEstimatedCost: 40_000_000, timeToFirstToken: undefined, cacheReadTokens: undefined,
    generationMs: undefined, errorType: '', priced: true, provider: 'openai', model: 'gpt-4.1-mini',
  };
  return columns.map((column) => ({ ...usual, ...changes })[column]);
};

async function genAiBench(): Promise<Bench> {
  return bench((await files('virtual-genai')).text);
}

/** What a client sees of a plain metric at minute step. */
async function shown({ stream }: Bench, metric: string): Promise<number | undefined> {
  const { plans } = await files('virtual-genai');
  const definition = plans.find((plan) => plan.definition.name === metric)?.definition as MetricDefinition;
  const value = (part: number): number | undefined => [...stream.values].find(([id]) => {
    const [key, at] = JSON.parse(id) as [{ metric: string }, number];
    return key.metric === metric && at === part;
  })?.[1];
  const a = value(0);
  if (a === undefined) return undefined;
  const state: MetricState = { a, b: value(1) ?? 0, slots: 1n, histogram: undefined };
  return bucketValue(definition, 'minute', [state]);
}

describe('metrics of model calls', () => {
  it('show cost in millionths of a dollar and never round it away', async () => {
    const it = await genAiBench();
    const emitter = it.sink.open('GenAIProviderAccess', columns);
    // 8 tokens of an embedding at $0.02 for a million.
    emitter.emit(service('openai'), nowMs, call({ totalEstimatedCost: 160_000 }));
    expect(await shown(it, 'gen_ai_provider_total_estimated_cost')).toBeCloseTo(0.16, 12);
    expect(await shown(it, 'gen_ai_provider_avg_estimated_cost')).toBeCloseTo(0.16, 12);
  });

  it('leave unknown costs out of sum and average, and count them', async () => {
    const it = await genAiBench();
    const emitter = it.sink.open('GenAIModelAccess', columns);
    emitter.emit(service('m'), nowMs, call({}));
    emitter.emit(service('m'), nowMs, call({ totalEstimatedCost: undefined, priced: false }));
    emitter.emit(service('m'), nowMs, call({ totalEstimatedCost: undefined, priced: undefined, status: false, errorType: '429' }));
    expect(await shown(it, 'gen_ai_model_total_estimated_cost')).toBe(40);
    expect(await shown(it, 'gen_ai_model_avg_estimated_cost')).toBe(40);
    expect(await shown(it, 'gen_ai_model_unpriced_calls')).toBe(1);
    expect(await shown(it, 'gen_ai_model_sla')).toBeCloseTo(6666.67, 1);
    expect(it.stream.shown('gen_ai_model_error_percent')).toEqual(['gen_ai_model_error_percent{errorType=429}: 1', 'gen_ai_model_error_percent{errorType=}: 2']);
  });

  it('have no cost at all when none is known, and 0 unpriced calls when all are', async () => {
    const it = await genAiBench();
    it.sink.open('GenAIModelAccess', columns).emit(service('m'), nowMs, call({ totalEstimatedCost: undefined, priced: false }));
    expect(await shown(it, 'gen_ai_model_total_estimated_cost')).toBeUndefined();
    expect(await shown(it, 'gen_ai_model_avg_estimated_cost')).toBeUndefined();
    const other = await genAiBench();
    other.sink.open('GenAIModelAccess', columns).emit(service('m'), nowMs, call({}));
    expect(await shown(other, 'gen_ai_model_unpriced_calls')).toBe(0);
  });

  it('count the first token where there was one, cached tokens against all, and speed by the time of the answer', async () => {
    const it = await genAiBench();
    const emitter = it.sink.open('GenAIModelAccess', columns);
    emitter.emit(service('m'), nowMs, call({ timeToFirstToken: 350, inputTokens: 100, cacheReadTokens: 60, outputTokens: 50, generationMs: 2000 }));
    emitter.emit(service('m'), nowMs, call({ timeToFirstToken: 0, inputTokens: 100 }));
    expect(await shown(it, 'gen_ai_model_ttft_avg')).toBe(350);
    expect(await shown(it, 'gen_ai_model_cached_token_share')).toBe(30);
    expect(await shown(it, 'gen_ai_model_output_tokens_per_second')).toBe(25);
  });

  it('are given to callers, their models and their dimensions', async () => {
    const it = await genAiBench();
    it.sink.open('GenAICallerAccess', columns).emit(service('shop'), nowMs, call({}));
    const dimensions = it.sink.open('GenAIDimensionAccess', [...columns, 'dimension', 'value']);
    dimensions.emit(service('shop'), nowMs, [...call({}), 'user', 'ann']);
    dimensions.emit(service('shop'), nowMs, [...call({ totalEstimatedCost: undefined }), 'user', 'bob']);
    expect(await shown(it, 'gen_ai_caller_cost')).toBe(40);
    expect(it.stream.shown('gen_ai_caller_model_cost')).toEqual(['gen_ai_caller_model_cost{model=gpt-4.1-mini,provider=openai}: 40000000']);
    expect(it.stream.shown('gen_ai_dimension_cost')).toEqual(['gen_ai_dimension_cost{dimension=user,value=ann}: 40000000']);
    expect(it.stream.shown('gen_ai_dimension_tokens')).toEqual(['ann', 'bob'].map((who) => `gen_ai_dimension_tokens{dimension=user,value=${who}}: 34`));
    expect(it.stream.shown('gen_ai_dimension_calls')).toHaveLength(2);
  });

  it('go back to what they were when the same call is taken back', async () => {
    const it = await genAiBench();
    const emitter = it.sink.open('GenAIProviderAccess', columns);
    emitter.emit(service('openai'), nowMs, call({ totalEstimatedCost: 1 }));
    emitter.emit(service('openai'), nowMs, call({ totalEstimatedCost: 1 }), -1);
    expect(new Set(it.stream.values.values())).toEqual(new Set([0]));
  });
});
