/** Model calls as events for the rules of `config/rules/source/virtual-genai`. */
import type { ModelCall, SourceEmitter, SourceSink, SourceValue } from '@meterlark/core';
import { CallEntities } from './entities.js';

const names = [
  'latency', 'status', 'inputTokens', 'outputTokens', 'totalEstimatedCost', 'timeToFirstToken', 'cacheReadTokens',
  'cacheWriteTokens', 'reasoningTokens', 'timePerOutputToken', 'outputTokensPerSecond', 'generationMs', 'errorType',
  'priced', 'streaming', 'operation', 'provider', 'model', 'caller',
];

/** Hot path: in the order of the names. Undefined tokens stay undefined: a rule passes over what nobody told. */
function valuesOf(call: ModelCall): SourceValue[] {
  const { usage, cost, timeToFirstTokenMs: first } = call;
  const { cacheWrite5m, cacheWrite1h } = usage;
  const saysWrites = cacheWrite5m !== undefined || cacheWrite1h !== undefined;
  return [
    Math.floor(call.durationMs), call.status === 'ok', usage.input, usage.output, cost.total,
    first === undefined ? undefined : Math.round(first), usage.cacheRead,
    saysWrites ? (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0) : undefined,
    usage.reasoning, call.timePerOutputTokenMs, tokensPerSecond(call), generationMs(call), call.errorType,
    cost.source === 'none' ? undefined : cost.source !== 'unknown', call.streaming, call.operation, call.provider,
    call.model, call.service,
  ];
}

const maxEntities = 20_000;
/** Dimensions that every call may have. */
export const usualDimensions: readonly string[] = ['user', 'session', 'team'];

export interface CallMetricsOptions {
  /** Dimensions that make metrics: `user`, `session`, `team` or a configured name. */
  readonly dimensions: readonly string[];
}

export class CallMetrics {
  readonly entities = new CallEntities(maxEntities);
  private readonly provider: SourceEmitter;
  private readonly model: SourceEmitter;
  private readonly caller: SourceEmitter;
  private readonly dimension: SourceEmitter;

  constructor(sink: SourceSink, private readonly options: CallMetricsOptions) {
    this.provider = sink.open('GenAIProviderAccess', names);
    this.model = sink.open('GenAIModelAccess', names);
    this.caller = sink.open('GenAICallerAccess', names);
    this.dimension = sink.open('GenAIDimensionAccess', [...names, 'dimension', 'value']);
  }

  /** -1 takes a call back: what its rules sum and count, for a call that is priced anew. */
  emit(call: ModelCall, weight: 1 | -1 = 1): void {
    const values = valuesOf(call);
    const timeMs = call.startUs / 1000;
    const caller = this.entities.caller(call.tenant, call.service);
    this.provider.emit(this.entities.provider(call.tenant, call.provider), timeMs, values, weight);
    this.model.emit(this.entities.model(call.tenant, call.provider, call.model), timeMs, values, weight);
    this.caller.emit(caller, timeMs, values, weight);
    for (const name of this.options.dimensions) {
      const value = dimensionOf(call, name);
      if (value === '') continue;
      // Nobody else reads these two places.
      values[names.length] = name;
      values[names.length + 1] = value;
      this.dimension.emit(caller, timeMs, values, weight);
    }
  }
}

/** "" when the call has none. */
export function dimensionOf(call: ModelCall, name: string): string {
  if (usualDimensions.includes(name)) return call[name as 'user' | 'session' | 'team'];
  return Object.hasOwn(call.dimensions, name) ? call.dimensions[name]! : '';
}

/** From the first token to the end; the whole call when nobody saw the first token. */
function generationMs({ status, durationMs, timeToFirstTokenMs: first }: ModelCall): number | undefined {
  if (status !== 'ok') return undefined;
  return first !== undefined && first < durationMs ? durationMs - first : durationMs;
}

function tokensPerSecond(call: ModelCall): number | undefined {
  const ms = generationMs(call);
  const { output } = call.usage;
  return ms === undefined || ms <= 0 || output === undefined || output === 0 ? undefined : (output * 1000) / ms;
}
