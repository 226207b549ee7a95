/**
 * The reference payload of spans: OTLP requests as instrumented agent applications push them, 89 spans and about
 * 50 KiB each, 12 attributes a span. Ids, response ids, token counts and times are different everywhere; services,
 * models, tools and routes come again.
 */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { agentPlan, chatPlan, Dice, embeddingsPlan, httpPlan, models, toolPlan, type SpanPlan, type Value } from './span-plans.js';

export interface SpanPayloadOptions {
  /** Applications that push in turn; a request comes from one instance of one of them. */
  readonly services: number;
  readonly instances: number;
  /** Requests of each instance. */
  readonly pushes: number;
  readonly spansPerRequest: number;
  /** End of the first push's spans, and time between pushes. */
  readonly startMs: number;
  readonly intervalMs: number;
  /** Payloads of other seeds share no id. */
  readonly seed: number;
}

export interface SpanPayload {
  /** In the order of arrival: all instances' first push, then all second ones. */
  readonly requests: readonly Buffer[];
  readonly spansPerRequest: number;
}

export const defaultSpanPayload: SpanPayloadOptions = {
  services: 4,
  instances: 2,
  pushes: 4,
  spansPerRequest: 89,
  startMs: Date.UTC(2026, 0, 1),
  intervalMs: 1000,
  seed: 1,
};

type Message = Record<string, unknown>;

export function makeSpanPayload(options: SpanPayloadOptions = defaultSpanPayload): SpanPayload {
  const type = tracesRequestType();
  const dice = new Dice(options.seed);
  const requests: Buffer[] = [];
  for (let push = 0; push < options.pushes; push += 1) {
    for (let pod = 0; pod < options.services * options.instances; pod += 1) {
      const request = requestOf(options, { pod, endMs: options.startMs + push * options.intervalMs, dice });
      requests.push(Buffer.from(type.encode(type.fromObject(request)).finish()));
    }
  }
  return { requests, spansPerRequest: options.spansPerRequest };
}

/** protobufjs by reflection over the committed descriptors; also the bench's baseline decoder. */
export function tracesRequestType(): protobuf.Type {
  const root = new protobuf.Root();
  for (const name of ['otlp-metrics', 'otlp-traces']) {
    const file = new URL(`../fixtures/${name}.descriptor.json`, import.meta.url);
    root.addJSON((JSON.parse(readFileSync(file, 'utf8')) as protobuf.INamespace).nested ?? {});
  }
  return root.lookupType('ExportTraceServiceRequest');
}

interface Push {
  readonly pod: number;
  readonly endMs: number;
  readonly dice: Dice;
}

function requestOf(options: SpanPayloadOptions, push: Push): Message {
  const service = Math.floor(push.pod / options.instances);
  const resource = {
    'service.name': `agent-app-${service}`,
    'service.version': '2.4.1',
    'service.instance.id': `agent-app-${service}-${push.pod % options.instances}-7c9f8d6b5-x2k4q`,
    'deployment.environment.name': 'production',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.version': '2.2.0',
  };
  const spans: Message[] = [];
  while (spans.length < options.spansPerRequest) spans.push(...traceOf(push));
  spans.length = options.spansPerRequest;
  const scope = { name: '@example/agent-instrumentation', version: '0.9.0' };
  return { resourceSpans: [{ resource: { attributes: keyValues(resource) }, scopeSpans: [{ scope, spans }] }] };
}

/** One request of a user: HTTP server span, the agent below it, and below that what the agent calls. */
function traceOf({ dice, endMs }: Push): Message[] {
  const model = dice.pick(models);
  const talk = { conversation: `conv_${dice.text(18)}`, user: `user-${dice.below(500)}` };
  const traceId = dice.bytes(16);
  const span = (plan: SpanPlan, parentSpanId?: Buffer): Message & { spanId: Buffer } => {
    const startMs = endMs - plan.durationMs - dice.below(500);
    return {
      traceId,
      spanId: dice.bytes(8),
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      name: plan.name,
      kind: plan.kind,
      startTimeUnixNano: nanos(startMs, dice.below(1_000_000)),
      endTimeUnixNano: nanos(startMs + plan.durationMs, dice.below(1_000_000)),
      attributes: keyValues(plan.attributes),
      status: plan.failed === true ? { code: 2, message: 'the provider answered 429' } : {},
      flags: 0x101,
    };
  };
  const server = span(httpPlan(dice));
  const agent = span(agentPlan(dice, model, talk), server.spanId);
  const below = [chatPlan(dice, model, talk), embeddingsPlan(dice, talk), chatPlan(dice, model, talk), chatPlan(dice, dice.pick(models), talk)];
  const called = Array.from({ length: 1 + dice.below(3) }, () => toolPlan(dice, talk));
  return [...[...below, ...called].map((plan) => span(plan, agent.spanId)), agent, server];
}

function keyValues(attributes: Readonly<Record<string, Value>>): Message[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Value): Message {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value !== 'number') return { arrayValue: { values: value.map(anyValue) } };
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
}

function nanos(timeMs: number, restNs: number): string {
  return `${timeMs}${String(restNs).padStart(6, '0')}`;
}
