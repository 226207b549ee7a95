/** The front door: analysis/virtual-genai. */
export { virtualGenAiProvider as default } from './provider.js';
export { CallMetrics, type CallMetricsOptions } from './metrics/call-metrics.js';
export { Normaliser, type NormaliserOptions } from './normalise/normaliser.js';
export type { ModelCallFacts } from './normalise/facts.js';
