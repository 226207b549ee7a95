/** What an access log tells, as a call like those of spans. */
import {
  gatewayLogDialect, noUsage, type AttributeShape, type CallEnd, type GatewayCallFacts, type Log, type LogOrigin, type TokenUsage,
} from '@meterlark/core';
import { notPriced, type ModelCallFacts } from '../normalise/facts.js';
import { modelName, ProviderNames } from '../normalise/providers.js';
import { dimensionsOf, whoKeys, whoOf, whoOfResource, whoPlan, type WhoKeys, type WhoPlan, type WhoSettings } from '../normalise/who.js';
import type { LogDetails } from './views.js';

export interface LogCallsOptions extends WhoSettings {
  /** Who makes a model, when nobody says who served it. */
  readonly providerOf: (model: string) => string | undefined;
}

const unknown = 'unknown';
const maxSpellings = 1000;

export class LogCalls {
  private readonly keys: WhoKeys;
  private readonly dimensionNames: readonly string[];
  private readonly plans = new WeakMap<AttributeShape, WhoPlan>();
  private readonly senders = new WeakMap<LogOrigin, readonly string[]>();
  private readonly providers = new ProviderNames(maxSpellings);

  constructor(private readonly options: LogCallsOptions) {
    this.keys = whoKeys(options);
    this.dimensionNames = Object.keys(options.dimensions);
  }

  /** Small, because it waits with the log. */
  details(id: string, facts: GatewayCallFacts, { attributes }: Log, origin: LogOrigin): LogDetails {
    const { shape, values } = attributes;
    const plan = this.plans.get(shape) ?? this.plan(shape);
    const ofResource = this.senders.get(origin) ?? this.sender(origin);
    return {
      tenant: origin.tenant, id, protocol: origin.protocol,
      user: whoOf(plan[0]!, values, ofResource[0]!), session: whoOf(plan[1]!, values, ofResource[1]!) || facts.session,
      team: whoOf(plan[2]!, values, ofResource[2]!), route: whoOf(plan[3]!, values, ofResource[3]!) || facts.route,
      dimensions: dimensionsOf(this.dimensionNames, plan, values, ofResource),
    };
  }

  /** Without its cost. */
  make(facts: GatewayCallFacts, details: LogDetails): ModelCallFacts {
    const requestModel = modelName(facts.requestModel);
    const responseModel = modelName(facts.responseModel);
    const model = responseModel || requestModel;
    const usage = isSilent(facts.usage) ? noUsage : facts.usage;
    const { tenant, id, protocol, user, session, team, route, dimensions } = details;
    return {
      tenant, id, traceId: facts.traceId, spanId: facts.spanId, requestId: facts.requestId,
      startUs: facts.startUs, durationMs: facts.durationMs ?? 0, protocol, dialect: gatewayLogDialect,
      service: facts.service, instance: facts.instance, user, session, team, dimensions,
      gateway: facts.service, route, provider: this.provider(facts.backend, model), model, requestModel, responseModel,
      operation: facts.operation === '' ? 'chat' : facts.operation, streaming: facts.streaming, finishReason: '',
      status: facts.failed ? 'error' : 'ok', errorType: facts.errorType, end: endOf(facts, usage !== noUsage), usage,
      timeToFirstTokenMs: undefined, timePerOutputTokenMs: undefined, serviceTier: '', serverAddress: '',
      cost: notPriced, revision: 0, reportedUsd: undefined,
    };
  }

  /** The way to a backend names none; a changed format of the log may. */
  private provider(backend: string, model: string): string {
    const told = backend === '' ? undefined : this.providers.canonical(backend);
    const maker = told ?? this.options.providerOf(model);
    return maker === undefined ? unknown : (this.providers.canonical(maker) ?? unknown);
  }

  private plan(shape: AttributeShape): WhoPlan {
    const plan = whoPlan(this.keys, shape);
    this.plans.set(shape, plan);
    return plan;
  }

  private sender(origin: LogOrigin): readonly string[] {
    const told = whoOfResource(this.keys, origin.resource);
    this.senders.set(origin, told);
    return told;
  }
}

function isSilent({ input, output, cacheRead, reasoning }: TokenUsage): boolean {
  return (input ?? output ?? cacheRead ?? reasoning) === undefined;
}

function endOf({ aborted, failed }: GatewayCallFacts, hasUsage: boolean): CallEnd {
  if (aborted) return 'client-aborted';
  if (failed) return 'upstream-failed';
  return hasUsage ? 'complete' : 'usage-missing';
}
