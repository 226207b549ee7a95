/** `pipeline/fan-out`. */
import { Commands } from '../contract/command.js';
import { Analyzer, AnalyzerModule, PipelineModule, TelemetrySink } from '../contract/pipeline.js';
import { RecordReader, SchemaInstaller, StorageModule } from '../contract/storage.js';
import { Clock, Logger, SelfMetrics } from '../kernel/ambient.js';
import { defineProvider } from '../kernel/definition.js';
import { FanOutSink } from './fan-out-sink.js';
import { maskCheckCommand } from './masking/check-command.js';
import { makeMasker } from './masking/masker.js';
import { maskingSchema, type MaskingSettings } from './masking/settings.js';

export interface PipelineSettings {
  readonly retryDelayMs: number;
  readonly masking: MaskingSettings;
}

export default defineProvider<PipelineSettings>({
  module: PipelineModule,
  name: 'fan-out',
  // The store only for `mask check`, which runs the rules of the data path over rows that are stored already.
  requires: [AnalyzerModule, StorageModule],
  config: {
    retryDelayMs: { doc: 'How long a refused sender is asked to wait, in ms.', format: 'nat', default: 1_000 },
    masking: maskingSchema,
  },
  register: ({ bind, config }) => {
    bind(TelemetrySink).toFactory(({ get, all }) => {
      const metrics = get(SelfMetrics);
      const masker = makeMasker(config.masking, metrics, get(Logger));
      return new FanOutSink({ retryDelayMs: config.retryDelayMs, analyzers: all(Analyzer), metrics, masker });
    });
    bind(Commands).toFactory(({ get }) => [
      maskCheckCommand({ reader: () => get(RecordReader), installer: () => get(SchemaInstaller), clock: get(Clock), settings: config.masking }),
    ]);
  },
});
