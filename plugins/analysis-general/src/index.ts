/** The layer GENERAL: services that SkyWalking's agents, OpenTelemetry or Zipkin trace, and what they say of their runtime. */
import { AnalysisModule, AnalyzerModule, defineProvider, MeterRules, sideBySide, SourceRules } from '@meterlark/core';

export interface GeneralSettings {
  readonly meterRules: readonly string[];
  readonly sourceRules: readonly string[];
}

const layer = 'GENERAL';

export default defineProvider<GeneralSettings>({
  module: AnalysisModule,
  name: 'general',
  requires: [AnalyzerModule],
  config: {
    meterRules: {
      doc: 'MAL rule files, or folders of them, over the meters of agents; relative to the root folder. Empty needs no analyzer/meter.',
      format: 'Array',
      default: ['config/rules/meter/general'],
    },
    sourceRules: {
      doc: 'OAL rule files, or folders of them, over the entry spans of services; relative to the root folder. Empty needs no analyzer/source.',
      format: 'Array',
      default: ['config/rules/source/general'],
    },
  },
  async start({ get, config }) {
    // Side by side: most of either is waiting for files and for the store.
    await sideBySide([
      config.meterRules.length > 0 ? get(MeterRules).load(config.meterRules) : undefined,
      config.sourceRules.length > 0 ? get(SourceRules).load(config.sourceRules, layer) : undefined,
    ]);
  },
});
