/** Values by which others will search, for completion: one row an hour for each, whoever sees it. Bounded per list and in all. */
import type { FacetKey, FacetLists, FacetSet, RecordAppender, RecordStream } from '../contract/stream.js';
import type { Clock, Counter, SelfMetrics } from '../kernel/ambient.js';
import type { RecordValue } from '../model/record.js';
import { facetsModel } from '../model/spans-model.js';
import { hourMs } from '../model/time.js';

export interface FacetLimits {
  /** Values of one list (of a tag's key, of a service) that are remembered. */
  readonly maxPerList: number;
  /** Values that are remembered in all. */
  readonly maxInAll: number;
}

export interface FacetServices {
  readonly records: Pick<RecordStream, 'open'>;
  readonly clock: Clock;
  readonly selfMetrics: SelfMetrics;
}

/** Longer values are no help to those who pick from a list. */
const maxValueLength = 256;
const hourUs = hourMs * 1000;
/** How many hours before the latest one each value remembers: more than data may be late. */
const rememberedHours = 31;

interface Seen {
  /** The latest, in hours since the epoch. */
  hour: number;
  /** Bit n: a row of the hour n hours before the latest was written. */
  hours: number;
}

type FacetValue = string | number | boolean;

class ValueSet implements FacetSet {
  /** By the value as it came, so that a number costs no text. One map for all sets of a key. */
  seen = new Map<FacetValue, Seen>();
  readonly text: string;

  constructor(
    private readonly lists: BoundedFacetLists,
    readonly key: FacetKey,
  ) {
    this.text = textOf(key);
  }

  see(value: FacetValue, hour: number): void {
    const known = this.seen.get(value);
    if (known === undefined) this.lists.learn(this, value, hour);
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
    this.lists.tell(this.key, value, hour);
  }
}

export class BoundedFacetLists implements FacetLists {
  /** Those that hold values; others are known to their holders only. */
  private readonly sets = new Map<string, ValueSet>();
  private readonly row: RecordValue[] = ['', 0, '', '', '', 0];
  private values = 0;
  private sweptHour = 0;
  /** What is so whether data show it or not. */
  private readonly standing = new Map<string, FacetKey>();
  private appender: RecordAppender | undefined;
  /** Rows from before the model was open. */
  private waiting: RecordValue[][] = [];
  private readonly dropped: Counter;

  constructor(
    private readonly services: FacetServices,
    private readonly limits: FacetLimits,
  ) {
    const { selfMetrics } = services;
    const help = 'Values not listed for completion because a list was full';
    this.dropped = selfMetrics.counter('meterlark_stream_facets_dropped_total', help);
    selfMetrics.observe('meterlark_stream_facets', 'Values for completion that are remembered', () => this.values);
  }

  /** Until it has resolved, rows wait: as many as values are remembered. */
  async open(): Promise<void> {
    this.appender = await this.services.records.open(facetsModel);
    for (const row of this.waiting) this.appender.append(row);
    this.waiting = [];
  }

  set(key: FacetKey): FacetSet {
    const made = new ValueSet(this, key);
    return this.sets.get(made.text) ?? made;
  }

  stand(keys: readonly FacetKey[]): void {
    this.sweep();
    for (const key of keys) {
      const text = textOf(key);
      if (this.standing.has(text)) continue;
      if (this.standing.size >= this.limits.maxInAll) this.dropped.add(1);
      else {
        this.standing.set(text, key);
        this.write(key, '', this.sweptHour);
      }
    }
  }

  learn(set: ValueSet, value: FacetValue, hour: number): void {
    this.sweep();
    const home = this.sets.get(set.text);
    if (home !== undefined && home.seen !== set.seen) {
      // Another holder of the same key has got values meanwhile.
      set.seen = home.seen;
      set.see(value, hour);
      return;
    }
    if (value === '' || (typeof value === 'string' && value.length > maxValueLength)) return;
    if (set.seen.size >= this.limits.maxPerList || this.values >= this.limits.maxInAll) {
      this.dropped.add(1);
      return;
    }
    set.seen.set(value, { hour, hours: 1 });
    if (home === undefined) this.sets.set(set.text, set);
    this.values += 1;
    this.write(set.key, value, hour);
  }

  tell(key: FacetKey, value: FacetValue, hour: number): void {
    this.sweep();
    this.write(key, value, hour);
  }

  /**
   * Once an hour by the clock, asked whenever something is new, which every hour with data brings: forgets what was not
   * seen for an hour, and tells anew what stands.
   */
  private sweep(): void {
    const hour = Math.floor(this.services.clock.now() / hourMs);
    if (hour === this.sweptHour) return;
    this.sweptHour = hour;
    for (const key of this.standing.values()) this.write(key, '', hour);
    this.values = 0;
    for (const [text, { seen }] of this.sets) {
      for (const [value, { hour: last }] of seen) if (last < hour - 1) seen.delete(value);
      if (seen.size === 0) this.sets.delete(text);
      this.values += seen.size;
    }
  }

  private write({ tenant, list, key }: FacetKey, value: FacetValue, hour: number): void {
    const { row } = this;
    row[0] = tenant;
    row[1] = hour * hourUs;
    row[2] = list;
    row[3] = key;
    row[4] = String(value);
    if (this.appender !== undefined) this.appender.append(row);
    else if (this.waiting.length < this.limits.maxInAll) this.waiting.push([...row]);
    else this.dropped.add(1);
  }
}

/** Lengths first, because any word may hold any separator. */
function textOf({ tenant, list, key }: FacetKey): string {
  return `${tenant.length},${list.length},${tenant}${list}${key}`;
}
