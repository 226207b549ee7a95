/** Values that were seen, for autocompletion and lists of names: one row an hour for each. Bounded per list and in all. */
import type { Counter, RecordAppender, RecordValue } from '@meterlark/core';

export interface FacetLimits {
  /** Values of one list (of a tag's key, of a service) that are remembered. */
  readonly maxValuesPerList: number;
  /** Values that are remembered in all. */
  readonly maxValues: number;
}

export interface FacetKey {
  readonly tenant: string;
  /** `trace_tag`, `trace_tag_key`, `zipkin_tag`, `span_name` or `remote_service`. */
  readonly list: string;
  /** A tag's key, or the service that a name belongs to. */
  readonly key: string;
}

/** Longer values are no help to those who pick from a list. */
const maxValueLength = 256;
const hourUs = 3_600_000_000;
/** How many hours before the latest one each value remembers: more than a span may be late. */
const rememberedHours = 31;

interface Seen {
  /** The latest, in hours since the epoch. */
  hour: number;
  /** Bit n: a row of the hour n hours before the latest was written. */
  hours: number;
}

export type FacetValue = string | number | boolean;

export function hourOf(timeUs: number): number {
  return Math.floor(timeUs / hourUs);
}

/** One list of values. */
export class FacetSet {
  /** By the value as it came, so that a number costs no text. */
  readonly seen = new Map<FacetValue, Seen>();

  constructor(
    private readonly table: FacetTable,
    readonly key: FacetKey,
  ) {}

  see(value: FacetValue, hour: number): void {
    const known = this.seen.get(value);
    if (known === undefined) this.table.learn(this, value, hour);
    else if (known.hour !== hour) this.seeAt(known, value, hour);
  }

  private seeAt(known: Seen, value: FacetValue, hour: number): void {
    const later = hour - known.hour;
    if (later > 0) {
      known.hours = later > rememberedHours ? 1 : (known.hours << later) | 1;
      known.hour = hour;
    } else {
      // Too long ago to know whether it was written.
      if (-later > rememberedHours) return;
      const bit = 1 << -later;
      if ((known.hours & bit) !== 0) return;
      known.hours |= bit;
    }
    this.table.write(this.key, value, hour);
  }
}

export class FacetTable {
  private readonly sets = new Set<FacetSet>();
  private readonly row: RecordValue[] = ['', 0, '', '', '', 0];
  private values = 0;
  private sweptHour = 0;
  /** What is so whether a span shows it or not. */
  private readonly standing: FacetKey[] = [];

  constructor(
    private readonly appender: () => RecordAppender,
    private readonly limits: FacetLimits,
    /** Values that were not recorded because of a limit. */
    private readonly dropped: Counter,
  ) {}

  get size(): number {
    return this.values;
  }

  set(key: FacetKey): FacetSet {
    return new FacetSet(this, key);
  }

  /** Keys without a value, told anew every hour in which there are spans. */
  stand(keys: readonly FacetKey[]): void {
    this.standing.push(...keys);
    for (const key of keys) this.write(key, '', this.sweptHour);
  }

  /** Forgets what was not seen for an hour, once an hour by the server's clock. */
  sweep(nowMs: number): void {
    const hour = hourOf(nowMs * 1000);
    if (hour === this.sweptHour) return;
    this.sweptHour = hour;
    for (const key of this.standing) this.write(key, '', hour);
    this.values = 0;
    for (const set of this.sets) {
      for (const [value, { hour: last }] of set.seen) if (last < hour - 1) set.seen.delete(value);
      if (set.seen.size === 0) this.sets.delete(set);
      this.values += set.seen.size;
    }
  }

  learn(set: FacetSet, value: FacetValue, hour: number): void {
    if (value === '' || (typeof value === 'string' && value.length > maxValueLength)) return;
    if (set.seen.size >= this.limits.maxValuesPerList || this.values >= this.limits.maxValues) {
      this.dropped.add(1);
      return;
    }
    set.seen.set(value, { hour, hours: 1 });
    this.sets.add(set);
    this.values += 1;
    this.write(set.key, value, hour);
  }

  write({ tenant, list, key }: FacetKey, value: FacetValue, hour: number): void {
    const { row } = this;
    row[0] = tenant;
    row[1] = hour * hourUs;
    row[2] = list;
    row[3] = key;
    row[4] = String(value);
    this.appender().append(row);
  }
}
