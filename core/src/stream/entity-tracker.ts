/** Which entities were seen, and which of them the store does not know well enough yet. */
import type { EntityRecord } from '../contract/storage.js';
import { minuteMs } from '../model/time.js';
import { overflowChildId, overflowName, type SeriesLimits } from './series-limits.js';

interface Tracked {
  record: EntityRecord;
  /** What the store was last told. */
  toldFirstMs: number;
  toldLastMs: number;
  /** Last record as it came, to know a repetition at once. */
  input: EntityRecord;
  seenMs: number;
}

export class EntityTracker {
  private readonly tracked = new Map<string, Tracked>();
  private readonly news = new Set<Tracked>();

  constructor(
    private readonly maxEntities: number,
    private readonly limits: SeriesLimits,
    private readonly dropped: () => void,
  ) {}

  get size(): number {
    return this.tracked.size;
  }

  observe(seen: EntityRecord, nowMs: number): void {
    const record = this.within(seen);
    const key = `${record.tenant.length},${record.scope},${record.tenant}${record.id}`;
    const known = this.tracked.get(key);
    if (known !== undefined) this.renew(known, record, nowMs);
    else if (this.tracked.size >= this.maxEntities) this.dropped();
    else this.add(key, record, nowMs);
  }

  /** What the store should be told now; each once. */
  take(): readonly EntityRecord[] {
    const records: EntityRecord[] = [];
    for (const known of this.news) {
      known.toldFirstMs = known.record.firstSeenMs;
      known.toldLastMs = known.record.lastSeenMs;
      records.push(known.record);
    }
    this.news.clear();
    return records;
  }

  /** Forgets what was not seen since the horizon; the limits must have been cleared. */
  forget(horizonMs: number): void {
    for (const [key, known] of this.tracked) {
      if (known.seenMs < horizonMs && !this.news.has(known)) this.tracked.delete(key);
      else this.within(known.record);
    }
  }

  private within(record: EntityRecord): EntityRecord {
    const { tenant, scope, serviceId, id } = record;
    if (scope === 'Service' || this.limits.admitEntity(tenant, scope, serviceId, id)) return record;
    return { ...record, id: overflowChildId(serviceId), name: overflowName, properties: {} };
  }

  private add(key: string, record: EntityRecord, nowMs: number): void {
    const known = { record, input: record, toldFirstMs: Infinity, toldLastMs: -Infinity, seenMs: nowMs };
    this.tracked.set(key, known);
    this.news.add(known);
  }

  private renew(known: Tracked, input: EntityRecord, nowMs: number): void {
    known.seenMs = nowMs;
    const old = known.record;
    const told = known.input;
    const changed = !sameContent(told, input);
    const moved = input.lastSeenMs > old.lastSeenMs || input.firstSeenMs < old.firstSeenMs;
    if (!changed && !moved) return;
    known.input = input;
    known.record = merge(old, input);
    const { firstSeenMs, lastSeenMs } = known.record;
    const due = lastSeenMs - known.toldLastMs >= minuteMs || known.toldFirstMs - firstSeenMs >= minuteMs;
    if (due || !sameContent(old, known.record)) this.news.add(known);
  }
}

function merge(old: EntityRecord, input: EntityRecord): EntityRecord {
  const newer = input.lastSeenMs >= old.lastSeenMs;
  const described = Object.keys(input.properties).length > 0;
  const fillsGap = described && Object.keys(old.properties).length === 0;
  return {
    ...old,
    layers: input.layers.every((layer) => old.layers.includes(layer)) ? old.layers : [...new Set([...old.layers, ...input.layers])],
    firstSeenMs: Math.min(old.firstSeenMs, input.firstSeenMs),
    lastSeenMs: Math.max(old.lastSeenMs, input.lastSeenMs),
    properties: (newer && described) || fillsGap ? input.properties : old.properties,
  };
}

function sameContent(left: EntityRecord, right: EntityRecord): boolean {
  return sameList(left.layers, right.layers) && sameProperties(left.properties, right.properties);
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left === right || (left.length === right.length && left.every((value, index) => value === right[index]));
}

function sameProperties(left: EntityRecord['properties'], right: EntityRecord['properties']): boolean {
  if (left === right) return true;
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
