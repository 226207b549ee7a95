/** Whether cached tokens are left out of the input that a dialect hands on. */
import type { AttributeValue, SpanOrigin } from '@meterlark/core';
import type { CallPlan } from './plan.js';

export function excludes({ dialect: { exclusiveInput }, toldExclusive }: CallPlan, { provider, model }: {
  readonly provider: string; readonly model: string;
}, from: {
  readonly values: readonly AttributeValue[]; readonly origin: SpanOrigin;
}): boolean {
  if (exclusiveInput === undefined) return false;
  const { providers = [], scopes = [], models = {} } = exclusiveInput;
  if (providers.includes(provider)) return true;
  const word = Object.hasOwn(models, provider) ? models[provider] : undefined;
  if (word !== undefined && model.toLowerCase().includes(word)) return true;
  return scopes.some((beginning) => from.origin.scope.name.startsWith(beginning)) || toldExclusive(from.values);
}
