/** The layer ENVOY_AI_GATEWAY: its rules take the metrics of Envoy AI Gateway to services and instances. */
import { AnalysisModule, AnalyzerModule, defineProvider, MeterRules } from '@meterlark/core';

export interface EnvoyAiGatewaySettings {
  readonly rules: readonly string[];
}

export default defineProvider<EnvoyAiGatewaySettings>({
  module: AnalysisModule,
  name: 'envoy-ai-gateway',
  requires: [AnalyzerModule],
  config: {
    rules: {
      doc: "MAL rule files, or folders of them, that make the layer's metrics; relative to the root folder.",
      format: 'Array',
      default: ['config/rules/meter/envoy-ai-gateway'],
    },
  },
  async start({ get, config }) {
    await get(MeterRules).load(config.rules);
  },
});
