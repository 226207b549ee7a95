/** `pipeline/fan-out`. */
import { Commands } from '../contract/command.js';
import { Analyzer, AnalyzerModule, PipelineModule, ResourceMasking, TelemetrySink } from '../contract/pipeline.js';
import { RecordReader, SchemaInstaller, StorageModule } from '../contract/storage.js';
import { Clock, Logger, SelfMetrics } from '../kernel/ambient.js';
import { defineProvider } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';
import { FanOutSink } from './fan-out-sink.js';
import { maskCheckCommand } from './masking/check-command.js';
import { makeMasker, type Masker } from './masking/masker.js';
import { maskingSchema, type MaskingSettings } from './masking/settings.js';

/** One for all uses, because what it has masked stays the same object. */
const OwnMasker = serviceToken<{ readonly masker: Masker | undefined }>('pipeline.Masker');

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
    bind(OwnMasker).toFactory(({ get }) => ({ masker: makeMasker(config.masking, get(SelfMetrics), get(Logger)) }));
    bind(TelemetrySink).toFactory(({ get, all }) => {
      const options = { retryDelayMs: config.retryDelayMs, analyzers: all(Analyzer), metrics: get(SelfMetrics) };
      return new FanOutSink({ ...options, masker: get(OwnMasker).masker });
    });
    bind(ResourceMasking).toFactory(({ get }) => {
      const { masker } = get(OwnMasker);
      return { mask: (resource) => masker?.resource(resource) ?? resource };
    });
    bind(Commands).toFactory(({ get }) => [
      maskCheckCommand({ reader: () => get(RecordReader), installer: () => get(SchemaInstaller), clock: get(Clock), settings: config.masking }),
    ]);
  },
});
