/** What rules sample by: places of a minute, and a number that is equal for equal logs. */
import type { Counter, PatternBudget, PatternTooCostly } from '@meterlark/core';
import type { LogInput, RuleTools } from '../plan.js';
import type { BatchBounds } from './batch-bounds.js';
import { boundedId, ownText } from './sampler-ids.js';

const requestIdTag = 'x-request-id';
/** Of a long body that much: equal logs begin alike, too. */
const hashedLength = 1024;

/** Counts of all rules; every count ends with its minute, so that within a minute none is ever forgotten. */
export class Samplers {
  private minute = -1;
  private readonly places = new Set<SamplerPlaces>();
  private used = 0;

  constructor(
    /** Ids counted within a minute, of all rules and tenants. */
    private readonly maxIds: number,
    /** Counts asks for an id beyond it. */
    private readonly exceeded: Counter,
    /** Of the current batch. */
    readonly bounds: BatchBounds,
  ) {}

  get size(): number {
    return this.used;
  }

  /** Whose logs come now, and when by the server's clock (epoch minutes). */
  begin(tenant: string, minute: number): void {
    for (const each of this.places) each.begin(tenant);
    if (minute === this.minute) return;
    this.minute = minute;
    this.used = 0;
    for (const each of this.places) each.clear();
  }

  /** The tools of one rule. */
  tools(): RuleTools {
    const places = new SamplerPlaces(this);
    this.places.add(places);
    return places;
  }

  /** What rules no longer in use have counted. */
  forget(tools: RuleTools): void {
    if (tools instanceof SamplerPlaces) this.places.delete(tools);
  }

  admit(): boolean {
    if (this.used >= this.maxIds) {
      this.exceeded.add(1);
      return false;
    }
    this.used += 1;
    return true;
  }
}

interface TenantCounts {
  readonly byId: Map<string, number>;
  /** Of all ids that found no room. */
  rest: number;
}

class SamplerPlaces implements RuleTools {
  private readonly tenants = new Map<string, TenantCounts>();
  private tenant = '';
  private current: TenantCounts | undefined;

  constructor(private readonly samplers: Samplers) {}

  begin(tenant: string): void {
    if (tenant === this.tenant) return;
    this.tenant = tenant;
    this.current = this.tenants.get(tenant);
  }

  clear(): void {
    this.tenants.clear();
    this.current = undefined;
  }

  allow(samplerId: string, rpm: number): boolean {
    const counts = this.current ?? this.open();
    const id = boundedId(samplerId);
    const taken = counts.byId.get(id);
    if (taken === undefined && !this.samplers.admit()) {
      counts.rest += 1;
      return counts.rest <= rpm;
    }
    const place = (taken ?? 0) + 1;
    counts.byId.set(taken === undefined ? ownText(id) : id, place);
    return place <= rpm;
  }

  isWritable(timeMs: number): boolean {
    return this.samplers.bounds.isWritable(timeMs);
  }

  mayReadYaml(text: string): boolean {
    return this.samplers.bounds.mayReadYaml(text);
  }

  patternBudget(): PatternBudget {
    return this.samplers.bounds.patternBudget();
  }

  patternRefused(reason: PatternTooCostly['reason']): void {
    this.samplers.bounds.patternRefused(reason);
  }

  chance(input: LogInput): number {
    return chanceOf(input);
  }

  private open(): TenantCounts {
    const made = { byId: new Map<string, number>(), rest: 0 };
    this.tenants.set(this.tenant, made);
    this.current = made;
    return made;
  }
}

/** By the trace, so that all logs of one are decided upon alike; else by the request; else by what the log says, and when if it tells. */
export function chanceOf(input: LogInput): number {
  if (input.traceId !== '') return unit(mixed(seed, input.traceId));
  const requestId = input.tag(requestIdTag);
  if (requestId !== '' && requestId !== '-') return unit(mixed(seed, requestId));
  // When it came is another time when it is sent again.
  const timed = input.timed ? mixed(seed, String(input.timeMs)) : seed;
  return unit(mixed(mixed(timed, input.service), input.body));
}

const seed = 0x811c9dc5;

/** FNV-1a over UTF-16. */
function mixed(from: number, text: string): number {
  let hash = from;
  const length = Math.min(text.length, hashedLength);
  for (let place = 0; place < length; place += 1) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  return hash;
}

/** Spreads it evenly (the last step of MurmurHash3): FNV alone leaves similar texts near each other. */
function unit(from: number): number {
  let hash = from ^ (from >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 0x1_0000_0000;
}
