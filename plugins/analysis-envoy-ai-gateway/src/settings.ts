import type { SettingsSchema } from '@meterlark/core';

export interface EnvoyAiGatewaySettings {
  readonly rules: readonly string[];
  readonly logRules: readonly string[];
  readonly errorStatus: number;
  readonly highTokens: number;
  readonly keepSuccessPercent: number;
  readonly recentRequests: number;
}

/** 600 is above all of HTTP: then no status is an error. */
function status(value: unknown): void {
  if (!Number.isSafeInteger(value) || Number(value) < 100 || Number(value) > 600) throw new Error('a whole number from 100 to 600');
}

function percent(value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) throw new Error('a number from 0 to 100');
}

export const settings: SettingsSchema<EnvoyAiGatewaySettings> = {
  rules: {
    doc: "MAL rule files, or folders of them, that make the layer's metrics; relative to the root folder.",
    format: 'Array',
    default: ['config/rules/meter/envoy-ai-gateway'],
  },
  logRules: {
    doc: 'LAL rule files, or folders of them, that decide which access logs are kept; relative to the root folder.',
    format: 'Array',
    default: ['config/rules/log/envoy-ai-gateway'],
  },
  errorStatus: { doc: 'HTTP status from which on an access log is kept as an error.', format: status, default: 400 },
  highTokens: { doc: 'Input and output tokens of one call from which on its access log is kept.', format: 'nat', default: 10_000 },
  keepSuccessPercent: { doc: 'Percent of the access logs of ordinary successes that are kept; which ones is decided alike however often one is sent.', format: percent, default: 0 },
  recentRequests: { doc: 'Access logs and spans remembered, each, so that those sent again are counted once in the coverage of signals.', format: 'nat', default: 100_000 },
};
