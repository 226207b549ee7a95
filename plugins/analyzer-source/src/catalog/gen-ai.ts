/** Sources of model calls. The first line of each is SkyWalking's, the rest is ours. */
import { source, type SourceDefinition } from './define.js';

const upstream = { tokens: 'inputTokens outputTokens', picodollars: 'totalEstimatedCost', ms: 'latency', flag: 'status' };

const more = {
  /** Parts of inputTokens (the first two) and of outputTokens. */
  tokens: 'cacheReadTokens cacheWriteTokens reasoningTokens',
  /** generationMs: from the first token to the end of the answer. */
  decimalMs: 'timePerOutputToken generationMs',
  tokensPerSecond: 'outputTokensPerSecond',
  /** priced: undefined when nothing is owed. */
  flag: 'priced streaming',
  /** errorType: "" on success. */
  text: 'errorType operation provider model caller',
};

export const genAiSources: readonly SourceDefinition[] = [
  source('GenAIProviderAccess', 'Service', { text: 'name' }, upstream, more, { ms: 'timeToFirstToken' }),
  source('GenAIModelAccess', 'ServiceInstance', { text: 'serviceName serviceId modelName', ms: 'timeToFirstToken' }, upstream, more),
  // The service that called.
  source('GenAICallerAccess', 'Service', upstream, more, { text: 'name', ms: 'timeToFirstToken' }),
  // One event for each dimension (user, session, team, …) that a call has, about the service that called.
  source('GenAIDimensionAccess', 'Service', upstream, more, { text: 'name dimension value', ms: 'timeToFirstToken' }),
];
