/** Model calls as events for the rules of `config/rules/source/virtual-genai`. */
import type { ModelCall, SourceEmitter, SourceEntity, SourceSink, SourceValue } from '@meterlark/core';
import { CallEntities } from './entities.js';

type Column = (call: ModelCall) => SourceValue;

/** Undefined tokens stay undefined: a rule passes over what nobody told. */
const columns: Readonly<Record<string, Column>> = {
  latency: ({ durationMs }) => Math.floor(durationMs),
  status: ({ status }) => status === 'ok',
  inputTokens: ({ usage }) => usage.input,
  outputTokens: ({ usage }) => usage.output,
  totalEstimatedCost: ({ cost }) => cost.total,
  timeToFirstToken: ({ timeToFirstTokenMs: ms }) => (ms === undefined ? undefined : Math.round(ms)),
  cacheReadTokens: ({ usage }) => usage.cacheRead,
  cacheWriteTokens: ({ usage: { cacheWrite5m, cacheWrite1h } }) =>
    cacheWrite5m === undefined && cacheWrite1h === undefined ? undefined : (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0),
  reasoningTokens: ({ usage }) => usage.reasoning,
  timePerOutputToken: ({ timePerOutputTokenMs }) => timePerOutputTokenMs,
  outputTokensPerSecond: tokensPerSecond,
  generationMs,
  errorType: ({ errorType }) => errorType,
  priced: ({ cost: { source } }) => (source === 'none' ? undefined : source !== 'unknown'),
  streaming: ({ streaming }) => streaming,
  operation: ({ operation }) => operation,
  provider: ({ provider }) => provider,
  model: ({ model }) => model,
  caller: ({ service }) => service,
};

const names = Object.keys(columns);
const readers = Object.values(columns);
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
  /** Reused from event to event; the last two places are the dimension's. */
  private readonly values: SourceValue[] = [];
  private readonly withDimension: SourceValue[] = [];

  constructor(sink: SourceSink, private readonly options: CallMetricsOptions) {
    this.provider = sink.open('GenAIProviderAccess', names);
    this.model = sink.open('GenAIModelAccess', names);
    this.caller = sink.open('GenAICallerAccess', names);
    this.dimension = sink.open('GenAIDimensionAccess', [...names, 'dimension', 'value']);
  }

  /** -1 takes a call back: what its rules sum and count, for a call that is priced anew. */
  emit(call: ModelCall, weight: 1 | -1 = 1): void {
    const { values } = this;
    for (let place = 0; place < readers.length; place += 1) values[place] = readers[place]!(call);
    const timeMs = call.startUs / 1000;
    const caller = this.entities.caller(call.tenant, call.service);
    this.provider.emit(this.entities.provider(call.tenant, call.provider), timeMs, values, weight);
    this.model.emit(this.entities.model(call.tenant, call.provider, call.model), timeMs, values, weight);
    this.caller.emit(caller, timeMs, values, weight);
    for (const name of this.options.dimensions) this.emitDimension(call, { name, caller, weight, timeMs });
  }

  private emitDimension(call: ModelCall, { name, caller, weight, timeMs }: {
    readonly name: string; readonly caller: SourceEntity; readonly weight: 1 | -1; readonly timeMs: number;
  }): void {
    const value = dimensionOf(call, name);
    if (value === '') return;
    const { values, withDimension } = this;
    for (let place = 0; place < names.length; place += 1) withDimension[place] = values[place];
    withDimension[names.length] = name;
    withDimension[names.length + 1] = value;
    this.dimension.emit(caller, timeMs, withDimension, weight);
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
