/** `pipeline/fan-out`. */
import { Analyzer, AnalyzerModule, PipelineModule, TelemetrySink } from '../contract/pipeline.js';
import { SelfMetrics } from '../kernel/ambient.js';
import { defineProvider } from '../kernel/definition.js';
import { FanOutSink } from './fan-out-sink.js';

export interface PipelineSettings {
  readonly retryDelayMs: number;
}

export default defineProvider<PipelineSettings>({
  module: PipelineModule,
  name: 'fan-out',
  requires: [AnalyzerModule],
  config: {
    retryDelayMs: { doc: 'How long a refused sender is asked to wait, in ms.', format: 'nat', default: 1_000 },
  },
  register: ({ bind, config }) => {
    bind(TelemetrySink).toFactory(
      (resolver) => new FanOutSink({ ...config, analyzers: resolver.all(Analyzer), metrics: resolver.get(SelfMetrics) }),
    );
  },
});
