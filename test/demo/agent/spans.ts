/** A run as the spans that its instrumentation writes, whatever protocol then carries them. */
import { models, type DemoModel } from './models.js';
import { providerOf } from './prices.js';
import type { AgentCall, AgentRun, ToolUse } from './runs.js';

export type SpanTags = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface RunSpan {
  readonly name: string;
  readonly kind: 'server' | 'internal' | 'client';
  readonly startMs: number;
  readonly durationMs: number;
  readonly tags: SpanTags;
  readonly failed: string | undefined;
  readonly children: readonly RunSpan[];
  /** The call that it is of. */
  readonly call?: AgentCall;
  /** Name of the failure, as an event of the span tells it. */
  readonly exception?: string;
}

/** The request, the agent in it, and below the agent what it does. */
export function spansOf(run: AgentRun): RunSpan {
  const { startMs, durationMs, failed, route } = run;
  const [method = '', path = ''] = route.split(' ');
  return {
    name: route, kind: 'server', startMs, durationMs, failed, children: [agentSpan(run)],
    tags: { 'http.request.method': method, 'http.route': path, 'http.response.status_code': failed === undefined ? 200 : 500, ...whoOf(run) },
  };
}

export function countSpans(span: RunSpan): number {
  return span.children.reduce((count, child) => count + countSpans(child), 1);
}

/** Instrumentations roll the usage of a run up into its agent: it is no call, and must not count. */
function agentSpan(run: AgentRun): RunSpan {
  const { startMs, durationMs, steps, failed } = run;
  const used = steps.flatMap((step) => (step.type === 'call' && step.usage !== undefined ? [step.usage] : []));
  return {
    name: 'invoke_agent researcher', kind: 'internal', startMs: startMs + 2, durationMs: durationMs - 4, failed,
    tags: {
      'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'researcher', 'gen_ai.response.model': models.cheap.response,
      'gen_ai.usage.input_tokens': used.reduce((sum, { input }) => sum + input, 0),
      'gen_ai.usage.output_tokens': used.reduce((sum, { output }) => sum + (output ?? 0), 0), ...whoOf(run),
    },
    children: steps.map((step) => (step.type === 'call' ? callSpan(step, run) : toolSpan(step, run))),
  };
}

function toolSpan({ name, startMs, durationMs, failed }: ToolUse, run: AgentRun): RunSpan {
  const tags = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name, 'gen_ai.tool.type': 'function', ...whoOf(run) };
  return { name: `execute_tool ${name}`, kind: 'internal', startMs, durationMs, failed, children: [], tags };
}

function callSpan(call: AgentCall, run: AgentRun): RunSpan {
  const { startMs, durationMs, failed, streaming, firstTokenMs, usage } = call;
  const { request, response, host, operation }: DemoModel = models[call.model];
  const told: Record<string, string | number | boolean> = {
    'gen_ai.operation.name': operation, 'gen_ai.provider.name': providerOf(call.model, run), 'gen_ai.request.model': request, 'server.address': host,
    ...(streaming ? { 'gen_ai.request.stream': true } : {}),
    ...(failed === undefined ? { 'gen_ai.response.model': response } : { 'error.type': failed }),
    ...(firstTokenMs === undefined ? {} : { 'gen_ai.response.time_to_first_chunk': firstTokenMs / 1000 }),
  };
  for (const [key, value] of Object.entries(usageKeys)) {
    const tokens = usage?.[key as keyof typeof usageKeys];
    if (tokens !== undefined) told[value] = tokens;
  }
  return { name: `${operation} ${request}`, kind: 'client', startMs, durationMs, failed, children: [], call, tags: { ...told, ...whoOf(run) } };
}

const usageKeys = {
  input: 'gen_ai.usage.input_tokens',
  cacheRead: 'gen_ai.usage.cache_read.input_tokens',
  cacheWrite: 'gen_ai.usage.cache_creation.input_tokens',
  output: 'gen_ai.usage.output_tokens',
  reasoning: 'gen_ai.usage.reasoning.output_tokens',
} as const;

function whoOf({ user, session, team }: AgentRun): SpanTags {
  return { 'user.id': user, 'session.id': session, 'team.id': team };
}
