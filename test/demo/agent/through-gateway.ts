/** Calls of the agent that a gateway served: agent, gateway and access log tell of each, and it counts once. */
import type { SpanContext } from '@opentelemetry/api';
import type { Served } from '../access/request.js';
import { models, type DemoModel, type ModelName } from './models.js';
import { callsOf, type AgentCall, type AgentRun } from './runs.js';

const served: ReadonlySet<ModelName> = new Set<ModelName>(['thinking', 'expensive', 'unpriced']);

/** The gateway needs the trace's headers, which the demo's tracer of OpenTelemetry gives. */
export function goesThroughGateway({ protocol }: AgentRun, { model }: AgentCall): boolean {
  return protocol === 'otlp' && served.has(model);
}

/** In time order. `spans`: those of the calls. */
export function servedCalls(runs: readonly AgentRun[], gateway: string, spans: ReadonlyMap<unknown, SpanContext>): Served[] {
  const calls = runs.flatMap((run) => callsOf(run).filter((call) => goesThroughGateway(run, call)));
  const all = calls.map((call) => ({ ...servedCall(call, gateway), parent: spans.get(call) }));
  return all.sort((left, right) => left.event.timeMs - right.event.timeMs);
}

function servedCall(call: AgentCall, gateway: string): Omit<Served, 'parent'> {
  const { provider, operation, request, response }: DemoModel = models[call.model];
  const { startMs, durationMs, firstTokenMs, failed, usage } = call;
  const tokens: Record<string, number> = {};
  for (const [type, value] of Object.entries({
    input: usage?.input, output: usage?.output, cached_input: usage?.cacheRead, cache_creation_input: usage?.cacheWrite, reasoning: usage?.reasoning,
  })) {
    if (value !== undefined) tokens[type] = value;
  }
  const event = {
    type: 'model', timeMs: startMs + durationMs, gateway, operation, provider, requestModel: request, responseModel: failed === undefined ? response : request,
    failed: failed !== undefined, durationSeconds: durationMs / 1000, tokens,
    timeToFirstTokenSeconds: firstTokenMs === undefined ? undefined : firstTokenMs / 1000, timePerOutputTokenSeconds: undefined,
  } as const;
  return { event, code: failed === undefined ? 200 : Number(failed) };
}
