/** Spans of any dialect to model calls. Hot path: what a shape and a sender mean is worked out once for each. */
import {
  noUsage, type AttributeShape, type AttributeValue, type Span, type SpanOrigin,
} from '@meterlark/core';
import type { Recognition } from '../dialects/table.js';
import { endingOf, endOf } from './failure.js';
import { notPriced, type ModelCallFacts } from './facts.js';
import { JsonMemo } from './json-memo.js';
import { hasTokens, isCallWithoutGate, isNativeCall, operationOf, unknownOperation } from './leaf-rule.js';
import { bounded } from './text.js';
import { excludes } from './exclusive-input.js';
import { dialectBits, read, ShapePlan, type CallPlan } from './plan.js';
import { modelName, ProviderNames, routeOfBackend } from './providers.js';
import { timingOf } from './timing.js';
import { usageOf } from './usage.js';
import { dimensionsOf, requestIdOf, whoKeys, whoOf, whoOfResource, whoPlan, type WhoKeys, type WhoPlan, type WhoSettings } from './who.js';

export interface NormaliserOptions extends WhoSettings {
  readonly requestIdAttributes: readonly string[];
  /** Who makes a model, when nobody says who served it. */
  readonly providerOf: (model: string) => string | undefined;
  /** A span with tokens names an operation of which nobody knows whether it is a call. */
  readonly onUnknownOperation: (word: string) => void;
}

const unknown = 'unknown';
const gatewayScope = 'envoyproxy/ai-gateway';
/** JSON attributes that hold numbers are small; longer ones are not parsed. */
const maxJsonLength = 65_536;
const maxSpellings = 1000;
/** Characters of an operation that nobody knows. */
const maxWord = 60;

interface ShapeView {
  readonly plan: ShapePlan;
  readonly who: WhoPlan;
  /** Where a request's id may be. */
  readonly requestId: readonly number[];
}

interface Sender {
  /** Bits of the dialects that protocol, scope or resource name. */
  readonly hints: number;
  readonly who: readonly string[];
  readonly gateway: string;
}

interface Names {
  readonly provider: string;
  readonly model: string;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly backendRoute: string;
}

export class Normaliser {
  private readonly shapes = new WeakMap<AttributeShape, ShapeView | 'no call'>();
  private readonly senders = new WeakMap<SpanOrigin, Sender>();
  private readonly keys: WhoKeys;
  private readonly dimensionNames: readonly string[];
  private readonly memo = new JsonMemo(maxJsonLength);
  private readonly providers = new ProviderNames(maxSpellings);

  constructor(private readonly options: NormaliserOptions) {
    this.dimensionNames = Object.keys(options.dimensions);
    this.keys = whoKeys(options);
  }

  /** undefined when the span is no call to a model, or one of which its parts tell (agents, workflows, outer spans). */
  normalise(span: Span, origin: SpanOrigin): ModelCallFacts | undefined {
    const view = this.shapes.get(span.attributes.shape) ?? this.look(span.attributes.shape);
    if (view === 'no call') return undefined;
    const operation = operationOf(view.plan, span);
    if (operation === undefined) {
      this.reportUnknown(view.plan, span);
      return undefined;
    }
    const sender = this.senders.get(origin) ?? this.meet(origin);
    const plan = view.plan.planFor(sender.hints);
    if (operation === '' && !isCallWithoutGate(plan, span)) return undefined;
    if (span.segment !== undefined && !isNativeCall(plan, span)) return undefined;
    const facts = this.facts({
      span, origin, plan, who: view.who, requestId: requestIdOf(view.requestId, span.attributes.values), sender,
      operation: operation === '' ? 'chat' : operation,
    });
    this.memo.clear();
    return facts;
  }

  /** Of a span that was looked at: its attributes are those of no call, agent or tool. */
  isPlain({ attributes: { shape } }: Span): boolean {
    return this.shapes.get(shape) === 'no call';
  }

  /** Spans that name such an operation are told of only when tokens were used: they may be calls that go uncounted. */
  private reportUnknown(plan: ShapePlan, span: Span): void {
    const word = unknownOperation(plan, span);
    if (word === '') return;
    if (hasTokens(plan.planFor(0), span)) this.options.onUnknownOperation(bounded(word, maxWord));
    this.memo.clear();
  }

  private facts({ span, origin, plan, who, requestId, sender, operation }: {
    readonly span: Span; readonly origin: SpanOrigin; readonly plan: CallPlan;
    readonly who: WhoPlan; readonly requestId: string; readonly sender: Sender; readonly operation: string;
  }): ModelCallFacts {
    const { values } = span.attributes;
    const names = this.names(plan, values);
    const usage = usageOf(plan, values, { operation, inputExcludesCached: excludes(plan, names, { values, origin }) });
    const timing = timingOf(plan, span, usage.output);
    const ending = endingOf(plan, span);
    return {
      tenant: origin.tenant, id: `${span.traceId}-${span.spanId}`, traceId: span.traceId, spanId: span.spanId,
      requestId, startUs: span.startUs, durationMs: span.durationNs / 1e6, protocol: origin.protocol, dialect: plan.dialect.name,
      service: origin.service, instance: origin.instance,
      user: whoOf(who[0]!, values, sender.who[0]!), session: whoOf(who[1]!, values, sender.who[1]!),
      team: whoOf(who[2]!, values, sender.who[2]!),
      dimensions: dimensionsOf(this.dimensionNames, who, values, sender.who),
      gateway: sender.gateway, route: whoOf(who[3]!, values, sender.who[3]!) || names.backendRoute,
      provider: names.provider, model: names.model, requestModel: names.requestModel,
      responseModel: names.responseModel,
      operation, streaming: streamingOf(plan, span, timing.timeToFirstTokenMs),
      finishReason: ending.finishReason, status: ending.status, errorType: ending.errorType,
      end: endOf(span, ending, usage !== noUsage),
      usage, timeToFirstTokenMs: timing.timeToFirstTokenMs, timePerOutputTokenMs: timing.timePerOutputTokenMs,
      serviceTier: text(plan.steps.serviceTier, values),
      serverAddress: text(plan.steps.serverAddress, values) || span.peer,
      cost: notPriced, revision: 0, reportedUsd: read(plan.steps.reportedUsd, values) as number | undefined,
    };
  }

  private names({ steps }: CallPlan, values: readonly AttributeValue[]): Names {
    const requestModel = modelName(text(steps.requestModel, values));
    const responseModel = modelName(text(steps.responseModel, values));
    const model = responseModel || requestModel || unknown;
    let provider: string | undefined;
    let backendRoute = '';
    for (const step of steps.provider) {
      const word = step(values) as string | undefined;
      if (word === undefined) continue;
      provider = this.providers.canonical(word);
      if (provider !== undefined) break;
      backendRoute ||= routeOfBackend(word);
    }
    provider ??= this.byModel(model);
    return { provider, model, requestModel, responseModel, backendRoute };
  }

  /** A price file may spell its provider as a sender would. */
  private byModel(model: string): string {
    const word = this.options.providerOf(model);
    return word === undefined ? unknown : (this.providers.canonical(word) ?? unknown);
  }

  private look(shape: AttributeShape): ShapeView | 'no call' {
    const plan = new ShapePlan(shape, this.memo);
    const requestId = this.options.requestIdAttributes.map((key) => shape.indexOf(key)).filter((place) => place >= 0);
    const view = plan.candidate ? { plan, who: whoPlan(this.keys, shape), requestId } : 'no call';
    this.shapes.set(shape, view);
    return view;
  }

  private meet(origin: SpanOrigin): Sender {
    const sender = {
      hints: dialectBits((recognition) => speaks(origin, recognition)),
      who: whoOfResource(this.keys, origin.resource),
      gateway: origin.scope.name === gatewayScope ? origin.service : '',
    };
    this.senders.set(origin, sender);
    return sender;
  }
}

function streamingOf({ steps, dialect }: CallPlan, span: Span, firstTokenMs: number | undefined): boolean | undefined {
  const told = read(steps.streaming, span.attributes.values) as boolean | undefined;
  if (told !== undefined) return told;
  if (firstTokenMs !== undefined) return true;
  return dialect.name === 'vercel' && span.name.startsWith('ai.') ? span.name.startsWith('ai.stream') : undefined;
}

function text(steps: CallPlan['steps']['provider'], values: readonly AttributeValue[]): string {
  return (read(steps, values) as string | undefined) ?? '';
}

function speaks({ protocol, resource, scope }: SpanOrigin, recognition: Recognition): boolean {
  if (recognition.protocol === protocol) return true;
  const said = recognition.resource;
  if (said !== undefined && resource.attributes.get(said[0]) === said[1]) return true;
  return (recognition.scopes ?? []).some((word) => {
    return word.endsWith('$') ? scope.name === word.slice(0, -1) : scope.name.startsWith(word);
  });
}
