import {
  Analyzer, AnalyzerModule, Clock, defineProvider, FacetLists, isMeterlarkError, Logger, LogListeners, LogRules, LogTrial, MetricStream, only,
  ProcessInfo, RecordStream, RuleChecker, SampleSink, SeenEntities, SelfMetrics, serviceToken, sideBySide, StreamModule,
  type MeterlarkError, type Resolver,
} from '@meterlark/core';
import { compileFiles, compileTrial, createLogRuleChecker } from './compile/compile.js';
import { LogAnalyzer } from './runtime/log-analyzer.js';
import { LogRuleSet } from './runtime/log-rule-set.js';
import { readSource } from './runtime/rule-source.js';
import { IsolatedLogTrial } from './runtime/trial.js';
import { logSchema, type LogSettings } from './settings.js';

/** The analyzer with its start, which only this provider may call. */
const Starter = serviceToken<LogAnalyzer>('analyzer.LogAnalyzer');

export const logProvider = defineProvider<LogSettings>({
  module: AnalyzerModule,
  name: 'log',
  // Its own module too: the analyzer of metrics, which takes the samples of rules, is a sibling.
  requires: [StreamModule, only(AnalyzerModule, SampleSink)],
  config: logSchema,
  register({ bind, config }) {
    bind(Starter).toFactory((resolver) => makeAnalyzer(resolver, config));
    bind(Analyzer).toFactory(({ get }) => get(Starter));
    bind(LogListeners).toFactory(({ get }) => get(Starter));
    bind(LogRules).toFactory(
      ({ get }) => new LogRuleSet({ book: get(Starter).book, compile: compileFiles, logger: get(Logger), rootFolder: get(ProcessInfo).rootFolder }),
    );
    bind(LogTrial).toFactory(({ get }) => new IsolatedLogTrial({ compile: compileTrial, settings: config, clock: get(Clock), logger: get(Logger) }));
    bind(RuleChecker).toFactory(() => createLogRuleChecker());
  },
  check: ({ get, config }) => faultsOf(config, get(ProcessInfo).rootFolder),
  async start({ get, config }) {
    await sideBySide([get(Starter).start(), config.rules.length > 0 ? get(LogRules).load(config.rules) : undefined]);
  },
});

function makeAnalyzer({ get, all }: Resolver, settings: LogSettings): LogAnalyzer {
  return new LogAnalyzer({
    stream: get(MetricStream),
    records: get(RecordStream),
    seen: get(SeenEntities),
    facets: get(FacetLists),
    // One keeper or none: without it rules make no metrics.
    samples: all(SampleSink)[0],
    clock: get(Clock),
    logger: get(Logger),
    metrics: get(SelfMetrics),
    settings,
  });
}

async function faultsOf({ rules }: LogSettings, rootFolder: string): Promise<readonly MeterlarkError[]> {
  try {
    const read = await Promise.all(rules.map((source) => readSource(source, rootFolder)));
    return compileFiles(read.flat().map((file) => ({ ...file, constants: {} }))).faults;
  } catch (error) {
    if (isMeterlarkError(error)) return [error];
    throw error;
  }
}
