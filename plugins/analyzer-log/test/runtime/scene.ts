/** A log analyzer over recording outlets, logs built by hand, and rules that say what a test wants. */
import {
  ShapeTable,
  type AttributeValue, type Log, type LogBatch, type LogProtocol, type MetricSample, type Resource, type SampleSink, type Scope,
} from '@meterlark/core';
import { FakeFacetLists, FakeSeenEntities, ManualClock, RecordingLogger, RecordingMetrics, RecordingRecords } from '@meterlark/core/testing';
import type { LogInput, LogRule, RuleOutcome, RuleTools } from '../../src/plan.js';
import { LogAnalyzer } from '../../src/runtime/log-analyzer.js';
import { logSchema, type LogSettings } from '../../src/settings.js';

export const nowMs = Date.UTC(2026, 0, 15, 12, 30, 20);
export const nowUs = nowMs * 1000;

export const defaults = Object.fromEntries(
  Object.entries(logSchema).map(([key, { default: preset }]) => [key, preset]),
) as unknown as LogSettings;

/** Keeps what it is given, by tenant. */
export class RecordingSamples implements SampleSink {
  readonly taken: { readonly tenant: string; readonly sample: MetricSample }[] = [];

  add(tenant: string, samples: readonly MetricSample[]): void {
    for (const sample of samples) this.taken.push({ tenant, sample });
  }
}

export interface SceneOptions {
  readonly settings?: Partial<LogSettings>;
  readonly withoutSamples?: boolean;
  readonly rules?: readonly LogRule[];
  readonly layers?: readonly string[];
}

export async function sceneOf({ settings = {}, withoutSamples = false, rules = [ruleOf()], layers = [] }: SceneOptions = {}) {
  const clock = new ManualClock(nowMs);
  const stream = {
    room: true,
    hasRoom: () => stream.room,
    acceptedMinutes: () => ({ first: Math.floor(clock.now() / 60_000) - 24 * 60, last: Math.floor(clock.now() / 60_000) + 10 }),
  };
  const records = new RecordingRecords();
  const seen = new FakeSeenEntities();
  const facets = new FakeFacetLists();
  const samples = new RecordingSamples();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const analyzer = new LogAnalyzer({
    stream, records, seen, facets, clock, logger, metrics,
    samples: withoutSamples ? undefined : samples,
    settings: { ...defaults, ...settings },
  });
  analyzer.book.replace(rules, layers);
  await analyzer.start();
  return {
    analyzer, clock, stream, records, seen, facets, samples, logger, metrics,
    rows: () => records.rows('logs'),
    tops: () => records.rows('top_records'),
    dropped: (reason: string) => metrics.value('meterlark_log_dropped_total', { reason }),
    entities: () => seen.observed.map(({ scope, name, layers: [layer] }) => `${scope} ${name} ${layer}`),
  };
}

const silent: RuleOutcome = {
  aborted: false, kept: true, service: undefined, instance: undefined, endpoint: undefined, layer: undefined, traceId: undefined,
  segmentId: undefined, spanId: undefined, timeMs: undefined, contentType: undefined, tags: [], samples: [], fields: {},
};

export const aborted: Partial<RuleOutcome> = { aborted: true, kept: false };

type Says = Partial<RuleOutcome> | ((input: LogInput, tools: RuleTools) => Partial<RuleOutcome>);

/** A rule of GENERAL that keeps everything, unless told otherwise. */
export function ruleOf(parts: Partial<Omit<LogRule, 'run'>> = {}, says: Says = {}): LogRule {
  return {
    name: 'keep', file: 'rules.yaml', layer: 'GENERAL', outputType: 'Log', runs: true, notes: [], ...parts,
    run: (input, tools) => ({ ...silent, ...(typeof says === 'function' ? says(input, tools) : says) }),
  };
}

const shapes = new ShapeTable(1000, 64);

export function resourceOf(values: Readonly<Record<string, AttributeValue>>): Resource {
  return { attributes: new Map(Object.entries(values)) };
}

export const shop = resourceOf({ 'service.name': 'shop', 'service.instance.id': 'shop-1' });
export const noScope: Scope = { name: '', version: '', attributes: new Map() };

type LogParts = Partial<Omit<Log, 'attributes'>> & { readonly attributes?: Readonly<Record<string, AttributeValue>> };

export function logOf({ attributes = {}, ...parts }: LogParts = {}): Log {
  return {
    timeUs: nowUs, traceId: '', spanId: '', severity: '', contentType: 'text', body: 'GET /carts', endpoint: '',
    attributes: shapes.attributes(Object.entries(attributes)), ...parts,
  };
}

interface BatchParts {
  readonly resource?: Resource;
  readonly scope?: Scope;
  readonly tenant?: string;
  readonly protocol?: LogProtocol;
}

export function batchOf(logs: readonly Log[], { resource = shop, scope = noScope, tenant = '', protocol = 'otlp' }: BatchParts = {}): LogBatch {
  return { signal: 'logs', tenant, protocol, resources: [{ resource, scopes: [{ scope, logs }] }], points: logs.length };
}

/** A sender that says its layer. */
export function of(layer: string): BatchParts {
  return { resource: resourceOf({ 'service.name': 'shop', 'service.layer': layer }) };
}
