import {
  Analyzer,
  AnalyzerModule,
  Clock,
  defineProvider,
  Logger,
  MeterRules,
  MetricStream,
  positive,
  ProcessInfo,
  RuleChecker,
  SampleSink,
  SelfMetrics,
  StreamModule,
  type Resolver,
} from '@meterlark/core';
import { createMeterRuleChecker } from './compile/checker.js';
import { MeterAnalyzer } from './runtime/meter-analyzer.js';
import { MeterRuleSet } from './runtime/meter-rule-set.js';
import { PlanIndex } from './runtime/plan-index.js';
import { SampleWriter } from './runtime/sample-writer.js';

export interface MeterSettings {
  readonly rules: readonly string[];
  readonly maxStreams: number;
  readonly streamIdleMs: number;
}

export const meterProvider = defineProvider<MeterSettings>({
  module: AnalyzerModule,
  name: 'meter',
  requires: [StreamModule],
  config: {
    rules: {
      doc: 'More MAL rule files, or folders of them, beside those of the layers; relative to the root folder.',
      format: 'Array',
      default: [],
    },
    maxStreams: {
      doc: 'Most streams (resource, scope, metric and attributes) whose last point is kept; points of further ones are rejected.',
      format: positive,
      default: 100_000,
    },
    streamIdleMs: {
      doc: 'Milliseconds without a point after which a stream is forgotten.',
      format: positive,
      default: 3_600_000,
    },
  },
  register({ bind, config, logger }) {
    const plans = new PlanIndex();
    bind(Analyzer).toFactory((resolver) => makeAnalyzer(plans, config, resolver));
    bind(MeterRules).toFactory(
      ({ get }) => new MeterRuleSet(plans, get(MetricStream), logger, get(ProcessInfo).rootFolder),
    );
    bind(SampleSink).toFactory((resolver) => makeSampleSink(plans, config, resolver));
    bind(RuleChecker).toFactory(() => createMeterRuleChecker());
  },
  async start({ get, config }) {
    if (config.rules.length > 0) await get(MeterRules).load(config.rules);
  },
});

function makeAnalyzer(plans: PlanIndex, config: MeterSettings, { get }: Resolver): MeterAnalyzer {
  return new MeterAnalyzer({
    plans,
    stream: get(MetricStream),
    clock: get(Clock),
    metrics: get(SelfMetrics),
    startedAtMs: get(ProcessInfo).startedAtMs,
    limits: { maxStreams: config.maxStreams, idleMs: config.streamIdleMs },
    ruleFailed: warnOf(get(Logger)),
  });
}

function makeSampleSink(plans: PlanIndex, config: MeterSettings, { get }: Resolver): SampleWriter {
  return new SampleWriter({
    plans,
    stream: get(MetricStream),
    clock: get(Clock),
    metrics: get(SelfMetrics),
    limits: { maxSeries: config.maxStreams, idleMs: config.streamIdleMs },
    ruleFailed: warnOf(get(Logger)),
  });
}

function warnOf(logger: Logger): (metric: string, error: unknown) => void {
  return (metric, error) => {
    logger.warn('a rule failed on a sample; further failures of it are only counted', { metric, error });
  };
}
