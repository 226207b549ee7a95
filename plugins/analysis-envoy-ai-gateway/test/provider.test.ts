import { access, readFile } from 'node:fs/promises';
import {
  AnalyzerModule, Clock, LogListeners, LogRules, MeterRules, MetricStream, SeenEntities, SelfMetrics, SpanListeners, StreamModule,
  type LogListener, type RuleSource, type ServiceToken, type SpanListener,
} from '@meterlark/core';
import { FakeSeenEntities, ManualClock, RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import provider from '../src/index.js';
import type { EnvoyAiGatewaySettings } from '../src/settings.js';
import { coverageDefinitions } from '../src/signal-coverage/definitions.js';
import { accessLog, FakeStream, gatewaySpan, logOrigin, spanOrigin, startUs } from './kit.js';

const defaults = Object.fromEntries(Object.entries(provider.config).map(([key, setting]) => [key, (setting as { default: unknown }).default])) as unknown as EnvoyAiGatewaySettings;
const root = new URL('../../../', import.meta.url);

interface Started {
  readonly order: readonly string[];
  readonly meter: readonly (readonly RuleSource[])[];
  readonly log: readonly (readonly [readonly RuleSource[], object | undefined])[];
  readonly logListeners: readonly LogListener[];
  readonly spanListeners: readonly SpanListener[];
  readonly stream: FakeStream;
  readonly metrics: RecordingMetrics;
}

/** Starts the provider among services that remember what they were asked. */
async function startWith(change: Partial<EnvoyAiGatewaySettings> = {}, without: readonly ServiceToken<unknown>[] = [], fault?: Error): Promise<Started> {
  const meter: (readonly RuleSource[])[] = [];
  const log: (readonly [readonly RuleSource[], object | undefined])[] = [];
  const order: string[] = [];
  const logListeners: LogListener[] = [];
  const spanListeners: SpanListener[] = [];
  const stream = new FakeStream();
  const metrics = new RecordingMetrics();
  const define = stream.define.bind(stream);
  stream.define = (definitions) => (order.push('define'), define(definitions));
  const answered = (): Promise<void> => (fault === undefined ? Promise.resolve() : Promise.reject(fault));
  const services: readonly (readonly [ServiceToken<unknown>, unknown])[] = [
    [MeterRules, { load: (sources: readonly RuleSource[]) => (order.push('rules'), meter.push(sources), answered()) }],
    [LogRules, { load: (sources: readonly RuleSource[], constants?: object) => (log.push([sources, constants]), Promise.resolve()) }],
    [LogListeners, { add: (listener: LogListener) => logListeners.push(listener) }],
    [SpanListeners, { add: (listener: SpanListener) => spanListeners.push(listener) }],
    [MetricStream, stream],
    [SeenEntities, new FakeSeenEntities()],
    [SelfMetrics, metrics],
    [Clock, new ManualClock(startUs / 1000)],
  ];
  const all = <T>(token: ServiceToken<T>): readonly T[] =>
    services.filter(([known]) => known.key === token.key && !without.includes(known)).map(([, service]) => service as T);
  const get = <T>(token: ServiceToken<T>): T => {
    const [service] = all(token);
    if (service === undefined) throw new TypeError(`${token.name} is not there`);
    return service;
  };
  await provider.start?.({ get, all, config: { ...defaults, ...change }, logger: new RecordingLogger() });
  return { order, meter, log, logListeners, spanListeners, stream, metrics };
}

describe('analysis/envoy-ai-gateway', () => {
  test('is an analysis that needs the stream, and of the analyzers those that take rules and listeners', () => {
    const [analyzers, stream] = provider.requires ?? [];
    expect([provider.module.name, provider.name]).toEqual(['analysis', 'envoy-ai-gateway']);
    expect([analyzers?.name, analyzers?.only]).toEqual([AnalyzerModule.name, [MeterRules, LogRules, SpanListeners, LogListeners]]);
    expect(stream).toBe(StreamModule);
  });

  test('loads the rule folders that come with the server, the thresholds being constants of the rules of logs', async () => {
    const { meter, log } = await startWith();
    expect(meter).toEqual([['config/rules/meter/envoy-ai-gateway']]);
    expect(log).toEqual([[['config/rules/log/envoy-ai-gateway'], { errorStatus: 400, highTokens: 10_000, keepSuccessPercent: 0 }]]);
    const paths = [...meter.flat(), ...log.flatMap(([sources]) => sources)].filter((source) => typeof source === 'string');
    expect(paths).toHaveLength(2);
    await Promise.all(paths.map((path) => access(new URL(path, root))));
  });

  test('loads other rules with other thresholds when the settings say so', async () => {
    const { meter, log } = await startWith({ rules: ['mine', 'yours.yaml'], logRules: ['ours'], errorStatus: 500, highTokens: 1, keepSuccessPercent: 12.5 });
    expect(meter).toEqual([['mine', 'yours.yaml']]);
    expect(log).toEqual([[['ours'], { errorStatus: 500, highTokens: 1, keepSuccessPercent: 12.5 }]]);
  });

  test('does not start when the rules have faults', async () => {
    const fault = new Error('faults');
    await expect(startWith({}, [], fault)).rejects.toBe(fault);
  });

  test('works with metrics alone when nothing analyses logs or spans', async () => {
    const { meter, log, logListeners, spanListeners } = await startWith({}, [LogRules, LogListeners, SpanListeners]);
    expect([meter.length, log, logListeners, spanListeners]).toEqual([1, [], [], []]);
  });

  test('counts what logs and spans tell of, each once', async () => {
    const { logListeners, spanListeners, stream } = await startWith();
    logListeners[0]?.listen(accessLog(), logOrigin());
    spanListeners[0]?.listen(gatewaySpan({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' }), spanOrigin());
    expect([logListeners.length, spanListeners.length]).toEqual([1, 1]);
    expect(stream.counts).toEqual({ 'edge requests gpt-4o logs +0': 1, 'edge tokens gpt-4o logs +0': 120, 'edge requests gpt-4o spans +0': 1 });
  });

  test('counts the numbers that it cannot read, by signal', async () => {
    const { logListeners, spanListeners, metrics } = await startWith();
    logListeners[0]?.listen(accessLog({ 'gen_ai.usage.input_tokens': '1e308' }), logOrigin());
    spanListeners[0]?.listen(gatewaySpan({ 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': -1, 'gen_ai.usage.output_tokens': 0.5 }), spanOrigin());
    const countOf = (signal: string): number => metrics.value('meterlark_gateway_coverage_unreadable_total', { signal });
    expect([countOf('logs'), countOf('spans')]).toEqual([1, 2]);
  });

  test('defines its metrics before the rules do, which may define the same', async () => {
    const { order, stream } = await startWith();
    expect(order).toEqual(['define', 'rules']);
    expect(stream.defined).toEqual(coverageDefinitions);
  });
});

describe('settings', () => {
  const formatOf = (key: keyof EnvoyAiGatewaySettings) => (provider.config[key] as { format: unknown }).format as (value: unknown) => void;

  test.each<[keyof EnvoyAiGatewaySettings, readonly unknown[], readonly unknown[]]>([
    ['errorStatus', [100, 400, 600], [99, 601, 400.5, '400', NaN, undefined]],
    ['keepSuccessPercent', [0, 0.5, 100], [-1, 100.1, NaN, '50', undefined]],
  ])('%s takes what makes sense only', (key, good, bad) => {
    for (const value of good) expect(() => formatOf(key)(value)).not.toThrow();
    for (const value of bad) expect(() => formatOf(key)(value), String(value)).toThrow(/number/);
  });
});

test('docs/metrics.md lists what is counted here, with unit and labels', async () => {
  const page = await readFile(new URL('docs/metrics.md', root), 'utf8');
  for (const { name, unit, labels } of coverageDefinitions) {
    expect(page).toContain(`| \`${name}\` | ${unit} | ${labels.map((label) => `\`${label}\``).join(', ')} |`);
  }
});
