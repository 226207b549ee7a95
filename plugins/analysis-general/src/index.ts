/** The layer GENERAL: services that SkyWalking's agents, OpenTelemetry or Zipkin trace, and what they say of their runtime. */
import { AnalysisModule, AnalyzerModule, defineProvider, MeterRules, SourceRules } from '@meterlark/core';

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
    if (config.meterRules.length > 0) await get(MeterRules).load(config.meterRules);
    if (config.sourceRules.length > 0) await get(SourceRules).load(config.sourceRules, layer);
  },
});
