/** The provider analysis/envoy-ai-gateway. */
import {
  AnalysisModule, AnalyzerModule, Clock, defineProvider, LogListeners, LogRules, MeterRules, MetricStream, only, SeenEntities, SelfMetrics, sideBySide, SpanListeners,
  StreamModule, type StartContext,
} from '@meterlark/core';
import { CoverageCounter } from './signal-coverage/coverage-counter.js';
import { coverageDefinitions } from './signal-coverage/definitions.js';
import { LogCoverage } from './signal-coverage/log-coverage.js';
import { Readings } from './signal-coverage/readings.js';
import { RecentRequests } from './signal-coverage/recent-requests.js';
import { SpanCoverage } from './signal-coverage/span-coverage.js';
import { settings, type EnvoyAiGatewaySettings } from './settings.js';

export const envoyAiGatewayProvider = defineProvider<EnvoyAiGatewaySettings>({
  module: AnalysisModule,
  name: 'envoy-ai-gateway',
  requires: [only(AnalyzerModule, MeterRules, LogRules, SpanListeners, LogListeners), StreamModule],
  config: settings,
  async start(context) {
    const { get, all, config } = context;
    const { errorStatus, highTokens, keepSuccessPercent } = config;
    await sideBySide([
      // Equal to those of the rules for the same names.
      get(MetricStream).define(coverageDefinitions),
      get(MeterRules).load(config.rules),
      // Without an analyzer of logs (or of spans) the layer works with what there is.
      all(LogRules)[0]?.load(config.logRules, { errorStatus, highTokens, keepSuccessPercent }),
    ]);
    listen(context);
  },
});

function listen({ get, all, config }: StartContext<EnvoyAiGatewaySettings>): void {
  const stream = get(MetricStream);
  const entities = get(SeenEntities);
  const unreadable = get(SelfMetrics).counter(
    'meterlark_gateway_coverage_unreadable_total', "Numbers in gateways' access logs and spans that cannot be read; counted as missing in the coverage, by signal", ['signal'],
  );
  const parts = (signal: 'logs' | 'spans') => ({
    counter: new CoverageCounter(signal, stream, entities),
    recent: new RecentRequests(config.recentRequests),
    readings: new Readings(() => unreadable.add(1, { signal })),
  });
  const logs = new LogCoverage({ ...parts('logs'), clock: get(Clock) });
  const spans = new SpanCoverage(parts('spans'));
  for (const listeners of all(LogListeners)) listeners.add(logs);
  for (const listeners of all(SpanListeners)) listeners.add(spans);
}
