/** Requests that gateways told of, by their ids: a log that is sent again, and that of a second gateway, are known by it. */
import { clockSlackUs, type GatewayCallFacts } from '@meterlark/core';
import { RecentMap } from './recent-map.js';

/** A request that is tried again keeps its id, and some clients have but one; of more the last are remembered. */
const maxAttempts = 64;

interface Attempt {
  readonly startUs: number;
  readonly endUs: number;
  readonly service: string;
  readonly instance: string;
}

export class Attempts {
  private readonly known: RecentMap<Attempt | readonly Attempt[]>;

  constructor(maxRequests: number) {
    this.known = new RecentMap(maxRequests);
  }

  /** undefined when it is a new one, which it is no longer then. */
  meet(key: string, { startUs, durationMs = 0, service, instance }: GatewayCallFacts): 'again' | 'passedOn' | undefined {
    const attempt = { startUs, endUs: startUs + durationMs * 1000, service, instance };
    const before = this.known.get(key);
    if (before === undefined) {
      this.known.set(key, attempt);
      return undefined;
    }
    const all: readonly Attempt[] = 'startUs' in before ? [before] : before;
    if (all.some((one) => isSameLog(one, attempt))) return 'again';
    const passedOn = all.some((one) => isPassedOn(one, attempt));
    this.known.set(key, [...all.slice(1 - maxAttempts), attempt]);
    return passedOn ? 'passedOn' : undefined;
  }
}

function isSameLog(one: Attempt, other: Attempt): boolean {
  return one.startUs === other.startUs && one.service === other.service && one.instance === other.instance;
}

/** One request that passed two gateways, of which each has a log. */
function isPassedOn(one: Attempt, other: Attempt): boolean {
  return one.service !== other.service && Math.max(one.startUs, other.startUs) - Math.min(one.endUs, other.endUs) <= clockSlackUs;
}
