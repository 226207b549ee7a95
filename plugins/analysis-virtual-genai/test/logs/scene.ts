/** Spans and logs of calls, and what became of them. */
import type { RecordRow } from '@meterlark/core';
import { origin, span, startUs, type AttributeObject } from '../spans.js';
import { started } from '../started.js';
import { complete, log, logOrigin } from './logs.js';

/** A chat of a span. */
export const chat: AttributeObject = {
  'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 50,
};
export const gateway = origin({ service: 'gateway', scope: 'envoyproxy/ai-gateway' });
export const app = origin({ service: 'shop' });
export const trace = span({}).traceId;
export const request = { 'x-request-id': 'r-1' };

export async function scene(stored: readonly RecordRow[] = []) {
  const all = await started({}, async () => stored, { logs: true });
  // The ledger is read.
  await new Promise((resolve) => setImmediate(resolve));
  const { listen, tell, clock, flush, records, metrics } = all;
  return {
    ...all,
    sees: (change: AttributeObject = {}, of: Parameters<typeof span>[1] = {}, from = gateway) => {
      listen(span({ ...chat, ...change }, of), from);
      flush();
    },
    tells: (change: AttributeObject = {}, words: Parameters<typeof log>[1] = {}, from = logOrigin()) => tell(log(change, words), from),
    waits: (ms = 6000) => {
      clock.advance(ms);
      flush();
    },
    dialects: () => records.rows('model_calls').map((row) => row['dialect']),
    logs: (outcome: string) => metrics.value('meterlark_genai_log_calls_total', { outcome }),
    passedOver: (reason: string) => metrics.value('meterlark_genai_calls_passed_over_total', { reason }),
  };
}

/** Without tokens. */
export const failure = { 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-', 'gen_ai.response.model': '-' };


/** As the ledger holds it. */
export function storedCall(change: RecordRow): RecordRow {
  return {
    tenant: '', time: startUs, trace_id: trace, span_id: '', request_id: '', service: 'gateway', instance: 'aigw-1', gateway: 'gateway', operation: 'chat',
    model: 'gpt-4o-2024-08-06', request_model: complete['gen_ai.request.model'] as string, response_model: 'gpt-4o-2024-08-06', status: 'ok',
    end_state: 'complete', duration_ms: 1000, input_tokens: 100, output_tokens: 50, ...change,
  };
}
