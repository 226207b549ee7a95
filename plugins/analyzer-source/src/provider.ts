import {
  Analyzer, AnalyzerModule, defineProvider, MetricStream, positive, ProcessInfo, RuleChecker, SelfMetrics, SourceRules, SourceSink, StreamModule,
  type Resolver,
} from '@meterlark/core';
import { createSourceRuleChecker } from './compile/checker.js';
import { ApdexThresholds } from './runtime/apdex.js';
import { EventCounts } from './runtime/emitter.js';
import { RuleBook } from './runtime/rule-book.js';
import { SourceRuleSet } from './runtime/rule-set.js';
import { RuleSink } from './runtime/sink.js';

export interface SourceSettings {
  readonly rules: readonly string[];
  readonly rulesLayer: string;
  readonly apdexThresholdMs: number;
  readonly apdexThresholds: Readonly<Record<string, unknown>>;
}

export const sourceProvider = defineProvider<SourceSettings>({
  module: AnalyzerModule,
  name: 'source',
  requires: [StreamModule],
  config: {
    rules: {
      doc: 'More OAL rule files, or folders of them, beside those of the layers; relative to the root folder.',
      format: 'Array',
      default: [],
    },
    rulesLayer: {
      doc: 'Layer of the metrics that the files of "rules" make.',
      format: 'String',
      default: 'GENERAL',
    },
    apdexThresholdMs: {
      doc: 'Milliseconds up to which an answer satisfies (apdex); up to four times as many it is tolerated.',
      format: positive,
      default: 500,
    },
    apdexThresholds: {
      doc: 'The same for single services, by name.',
      format: 'Object',
      default: {},
    },
  },
  register({ bind, config, logger }) {
    const book = new RuleBook();
    const apdex = new ApdexThresholds(config.apdexThresholdMs, config.apdexThresholds);
    // Events come from other analyzers through SourceSink, never from receivers.
    bind(Analyzer).toValue({ signals: [], hasRoom: () => true, accept: () => ({ rejected: 0, reason: '' }) });
    bind(SourceSink).toFactory(({ get }) => new RuleSink({ book, apdex, stream: get(MetricStream), counts: observedCounts({ get }) }));
    bind(SourceRules).toFactory(({ get }) => new SourceRuleSet(book, get(MetricStream), logger, get(ProcessInfo).rootFolder));
    bind(RuleChecker).toFactory(() => createSourceRuleChecker());
  },
  async start({ get, config }) {
    if (config.rules.length > 0) await get(SourceRules).load(config.rules, config.rulesLayer);
  },
});

function observedCounts({ get }: Pick<Resolver, 'get'>): EventCounts {
  const counts = new EventCounts();
  const metrics = get(SelfMetrics);
  metrics.observe('meterlark_source_events_total', 'Events of sources (OAL)', () => counts.events);
  metrics.observe('meterlark_source_late_total', 'Events of sources whose minute is no longer, or not yet, accepted', () => counts.late);
  metrics.observe('meterlark_source_label_overflow_total', 'Label sets over the limit that a rule sets itself', () => counts.overflowed);
  return counts;
}
