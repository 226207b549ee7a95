/** Model calls as rows of `callsModel`, and back. */
import { callsModel } from './calls-model.js';
import type { CallCost, CallEnd, CallStatus, CostSource, ModelCall, TokenUsage } from './model-call.js';
import type { RecordRow, RecordValue } from './record.js';
import type { SpanProtocol } from './span.js';

type Reader = (call: ModelCall) => RecordValue;

const streamingWords = { undefined: '', true: 'true', false: 'false' } as const;

const readers: Readonly<Record<string, Reader>> = {
  tenant: (call) => call.tenant,
  time: (call) => call.startUs,
  id: (call) => call.id,
  trace_id: (call) => call.traceId,
  span_id: (call) => call.spanId,
  revision: (call) => call.revision,
  duration_ms: (call) => call.durationMs,
  protocol: (call) => call.protocol,
  dialect: (call) => call.dialect,
  service: (call) => call.service,
  instance: (call) => call.instance,
  user: (call) => call.user,
  session: (call) => call.session,
  team: (call) => call.team,
  dimensions: ({ dimensions }) => ({ keys: Object.keys(dimensions), values: Object.values(dimensions) }),
  gateway: (call) => call.gateway,
  route: (call) => call.route,
  provider: (call) => call.provider,
  model: (call) => call.model,
  request_model: (call) => call.requestModel,
  response_model: (call) => call.responseModel,
  operation: (call) => call.operation,
  streaming: ({ streaming }) => streamingWords[`${streaming}`],
  finish_reason: (call) => call.finishReason,
  status: (call) => call.status,
  error_type: (call) => call.errorType,
  end_state: (call) => call.end,
  input_tokens: ({ usage }) => usage.input,
  cache_read_tokens: ({ usage }) => usage.cacheRead,
  cache_write_5m_tokens: ({ usage }) => usage.cacheWrite5m,
  cache_write_1h_tokens: ({ usage }) => usage.cacheWrite1h,
  output_tokens: ({ usage }) => usage.output,
  reasoning_tokens: ({ usage }) => usage.reasoning,
  audio_input_tokens: ({ usage }) => usage.audioInput,
  audio_output_tokens: ({ usage }) => usage.audioOutput,
  ttft_ms: (call) => call.timeToFirstTokenMs,
  tpot_ms: (call) => call.timePerOutputTokenMs,
  service_tier: (call) => call.serviceTier,
  server_address: (call) => call.serverAddress,
  input_cost: ({ cost }) => cost.input,
  cache_read_cost: ({ cost }) => cost.cacheRead,
  cache_write_cost: ({ cost }) => cost.cacheWrite,
  output_cost: ({ cost }) => cost.output,
  reasoning_cost: ({ cost }) => cost.reasoning,
  audio_cost: ({ cost }) => cost.audio,
  total_cost: ({ cost }) => cost.total,
  cost_source: ({ cost }) => cost.source,
  price_version: ({ cost }) => cost.priceVersion,
  tier: ({ cost }) => cost.tier,
};

const inOrder: readonly Reader[] = callsModel.columns.map(({ name }) => readers[name]!);

/** For an appender of `callsModel`. */
export function callRow(call: ModelCall): RecordValue[] {
  return inOrder.map((read) => read(call));
}

/** A stored row; columns that were not asked for read as empty. */
export function callOf(row: RecordRow): ModelCall {
  const text = (name: string): string => (typeof row[name] === 'string' ? row[name] : '');
  const count = (name: string): number | undefined => (typeof row[name] === 'number' ? row[name] : undefined);
  const streaming = text('streaming');
  return {
    tenant: text('tenant'), id: text('id'), traceId: text('trace_id'), spanId: text('span_id'),
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
