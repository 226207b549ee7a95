/** The layer ENVOY_AI_GATEWAY: rules for its metrics and access logs, and what each of its signals tells of. */
export { envoyAiGatewayProvider as default } from './provider.js';
