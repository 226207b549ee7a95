/** Requests that gateways told of, by their ids: a log that is sent again, and that of a second gateway, are known by it. */
import { clockSlackUs, isSameModel, type GatewayCallFacts } from '@meterlark/core';
import { RecentMap } from './recent-map.js';
import type { LogView } from './views.js';

/** A request that is tried again keeps its id, and some clients have but one; of more the last are remembered. */
const maxAttempts = 64;

/** The least that must be known of a log, so that the log itself is not kept. */
interface Attempt extends Pick<GatewayCallFacts, 'startUs' | 'service' | 'instance' | 'operation' | 'requestModel' | 'failed' | 'aborted'> {
  readonly endUs: number;
  readonly model: string;
  readonly input: number | undefined;
  readonly output: number | undefined;
  /** The more the log told the higher. */
  readonly knows: number;
  /** As long as it waits. */
  log: LogView | undefined;
  /** By itself, because no span came. */
  counted: boolean;
}

export interface Meeting {
  readonly outcome: 'again' | 'joined';
  /** The log that was met, when it waits and tells less than the new one. */
  readonly less: LogView | undefined;
  /** The log of another gateway that the request passed. */
  readonly passed?: Pick<Attempt, 'log' | 'counted'> | undefined;
}

export class Attempts {
  private readonly known: RecentMap<Attempt | readonly Attempt[]>;

  constructor(maxRequests: number) {
    this.known = new RecentMap(maxRequests);
  }

  /** undefined when it is a new one, which it is no longer then. */
  meet(key: string, log: LogView): Meeting | undefined {
    const attempt = attemptOf(log.facts);
    const before = this.known.get(key);
    const all: readonly Attempt[] = before === undefined ? [] : 'startUs' in before ? [before] : before;
    const same = all.find((one) => isSameLog(one, attempt));
    if (same !== undefined) return this.meetAgain(key, log, { all, same, attempt });
    const passed = all.find((one) => isPassedOn(one, attempt));
    this.known.set(key, all.length === 0 ? attempt : [...all.slice(1 - maxAttempts), attempt]);
    // The call stays with the log that waits, unless the other knows what was used.
    const less = passed !== undefined && hasTokens(attempt) && !hasTokens(passed) ? passed.log : undefined;
    if (passed === undefined || less !== undefined) log.attempt = attempt;
    return passed === undefined ? undefined : { outcome: 'joined', less, passed };
  }

  /** A line that Envoy wrote before the request's end tells less than the last. */
  private meetAgain(key: string, log: LogView, { all, same, attempt }: {
    readonly all: readonly Attempt[]; readonly same: Attempt; readonly attempt: Attempt;
  }): Meeting {
    const less = attempt.knows > same.knows ? same.log : undefined;
    if (less !== undefined) {
      log.attempt = attempt;
      this.known.set(key, all.length === 1 ? attempt : all.map((one) => (one === same ? attempt : one)));
    }
    return { outcome: 'again', less };
  }
}

function attemptOf({ startUs, durationMs, service, instance, operation, requestModel, responseModel, responseCode, failed, aborted, usage }: GatewayCallFacts): Attempt {
  const { input, output } = usage;
  const knows = ((input ?? output) === undefined ? 0 : 4) + ((responseCode ?? 0) === 0 ? 0 : 2) + (durationMs === undefined ? 0 : 1);
  return {
    startUs, endUs: startUs + (durationMs ?? 0) * 1000, service, instance, operation, requestModel, model: responseModel || requestModel,
    failed, aborted, input, output, knows, log: undefined, counted: false,
  };
}

function isSameLog(one: Attempt, other: Attempt): boolean {
  return one.startUs === other.startUs && one.service === other.service && one.instance === other.instance;
}

/** One request that passed two gateways, of which each has a log; and not one that failed at one and then went to another. */
function isPassedOn(one: Attempt, other: Attempt): boolean {
  if (one.service === other.service || !(isWithin(one, other) || isWithin(other, one))) return false;
  if (one.operation !== other.operation && one.operation !== '' && other.operation !== '') return false;
  if (!isSameModel(one.model, other.model) && !isSameModel(one.requestModel, other.requestModel)) return false;
  if (one.failed !== other.failed && !one.aborted && !other.aborted) return false;
  return isSameCount(one.input, other.input) && isSameCount(one.output, other.output);
}

function isWithin(inner: Attempt, outer: Attempt): boolean {
  if (inner.endUs - inner.startUs > outer.endUs - outer.startUs) return false;
  return inner.startUs >= outer.startUs - clockSlackUs && inner.endUs <= outer.endUs + clockSlackUs;
}

function isSameCount(one: number | undefined, other: number | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

function hasTokens({ input, output }: Attempt): boolean {
  return (input ?? output) !== undefined;
}
