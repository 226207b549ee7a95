/** Model calls as rows of `callsModel`, and back. */
import type { CallCost, CallEnd, CallStatus, CostSource, ModelCall, TokenUsage } from './model-call.js';
import type { RecordMap, RecordRow, RecordValue } from './record.js';
import type { SpanProtocol } from './span.js';

const streamingWords = { undefined: '', true: 'true', false: 'false' } as const;
const noDimensions: RecordMap = { keys: [], values: [] };

/** For an appender of `callsModel`, whose order this is. Hot path: one literal is several times as fast as a reader for each column. */
export function callRow(call: ModelCall): RecordValue[] {
  const { usage, cost } = call;
  return [
    call.tenant, call.startUs, call.id, call.traceId, call.spanId, call.revision, call.durationMs,
    call.protocol, call.dialect, call.service, call.instance, call.user, call.session, call.team, dimensionMap(call.dimensions),
    call.gateway, call.route, call.provider, call.model, call.requestModel, call.responseModel, call.operation,
    streamingWords[`${call.streaming}`], call.finishReason, call.status, call.errorType, call.end,
    usage.input, usage.cacheRead, usage.cacheWrite5m, usage.cacheWrite1h, usage.output, usage.reasoning, usage.audioInput, usage.audioOutput,
    call.timeToFirstTokenMs, call.timePerOutputTokenMs, call.serviceTier, call.serverAddress,
    cost.input, cost.cacheRead, cost.cacheWrite, cost.output, cost.reasoning, cost.audio, cost.total,
    cost.source, cost.priceVersion, cost.tier, call.requestId,
  ];
}

function dimensionMap(dimensions: ModelCall['dimensions']): RecordMap {
  const keys = Object.keys(dimensions);
  return keys.length === 0 ? noDimensions : { keys, values: Object.values(dimensions) };
}

/** A stored row; columns that were not asked for read as empty. */
export function callOf(row: RecordRow): ModelCall {
  const text = (name: string): string => (typeof row[name] === 'string' ? row[name] : '');
  const count = (name: string): number | undefined => (typeof row[name] === 'number' ? row[name] : undefined);
  const streaming = text('streaming');
  return {
    tenant: text('tenant'), id: text('id'), traceId: text('trace_id'), spanId: text('span_id'), requestId: text('request_id'),
    startUs: count('time') ?? 0, durationMs: count('duration_ms') ?? 0, revision: count('revision') ?? 0,
    protocol: text('protocol') as SpanProtocol, dialect: text('dialect'),
    service: text('service'), instance: text('instance'), user: text('user'), session: text('session'), team: text('team'),
    dimensions: textsOf(row['dimensions']), gateway: text('gateway'), route: text('route'),
    provider: text('provider'), model: text('model'), requestModel: text('request_model'), responseModel: text('response_model'),
    operation: text('operation'), streaming: streaming === '' ? undefined : streaming === 'true',
    finishReason: text('finish_reason'), status: text('status') as CallStatus, errorType: text('error_type'), end: text('end_state') as CallEnd,
    usage: usageOf(count), timeToFirstTokenMs: count('ttft_ms'), timePerOutputTokenMs: count('tpot_ms'),
    serviceTier: text('service_tier'), serverAddress: text('server_address'), cost: costOf(count, text),
  };
}

function textsOf(value: RecordRow[string]): Readonly<Record<string, string>> {
  if (typeof value !== 'object') return {};
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]));
}

function usageOf(count: (name: string) => number | undefined): TokenUsage {
  return {
    input: count('input_tokens'), cacheRead: count('cache_read_tokens'),
    cacheWrite5m: count('cache_write_5m_tokens'), cacheWrite1h: count('cache_write_1h_tokens'),
    output: count('output_tokens'), reasoning: count('reasoning_tokens'),
    audioInput: count('audio_input_tokens'), audioOutput: count('audio_output_tokens'),
  };
}

function costOf(count: (name: string) => number | undefined, text: (name: string) => string): CallCost {
  return {
    source: text('cost_source') as CostSource, total: count('total_cost'), input: count('input_cost'),
    cacheRead: count('cache_read_cost'), cacheWrite: count('cache_write_cost'), output: count('output_cost'),
    reasoning: count('reasoning_cost'), audio: count('audio_cost'),
    priceVersion: text('price_version'), tier: text('tier'),
  };
}
