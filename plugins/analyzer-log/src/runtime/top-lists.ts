/** Which records are among the slowest of their ten minutes, list by list; bounded, and shared out among tenants and kinds of lists. */
import { minuteMs, type Counter } from '@meterlark/core';

/** As SkyWalking keeps them. */
export const windowMs = 10 * minuteMs;
export const topSize = 50;

interface TopList {
  /** The greatest so far, rising. */
  readonly values: number[];
  /** Of the times of its records. */
  readonly endMs: number;
  touchedMs: number;
}

/** Lists of one tenant and kind, by entity and window. */
type Group = Map<string, TopList>;

export type Admission = 'admitted' | 'not_slowest' | 'lists_full';

export class TopLists {
  private readonly groups = new Map<string, Group>();
  private count = 0;
  private sweptMs = 0;
  private nowMs = 0;
  private firstMs = 0;

  constructor(
    private readonly maxLists: number,
    /** Counts records of lists for which there was no room. */
    private readonly refused: Counter,
  ) {}

  get size(): number {
    return this.count;
  }

  /** It is `nowMs` by the server's clock; records before `firstMs` are no longer taken. */
  begin(nowMs: number, firstMs: number): void {
    this.nowMs = nowMs;
    this.firstMs = firstMs;
  }

  /**
   * A record takes a place when fewer than 50 of its entity and window are as great. `group` stands for tenant and kind of list;
   * windows go by the record's own time.
   */
  admit(group: string, entity: string, value: number, timeMs: number): Admission {
    const list = this.find(group, entity, Math.floor(timeMs / windowMs));
    if (list === undefined) {
      this.refused.add(1);
      return 'lists_full';
    }
    list.touchedMs = this.nowMs;
    const { values } = list;
    if (values.length >= topSize) {
      if (value <= (values[0] ?? 0)) return 'not_slowest';
      values.shift();
    }
    values.splice(placeOf(values, value), 0, value);
    return 'admitted';
  }

  private find(name: string, entity: string, window: number): TopList | undefined {
    const key = `${window} ${entity}`;
    const known = this.groups.get(name)?.get(key);
    if (known !== undefined) return known;
    if (!this.makeRoom(name)) return undefined;
    const made: TopList = { values: [], endMs: (window + 1) * windowMs, touchedMs: this.nowMs };
    const group: Group = this.groups.get(name) ?? new Map<string, TopList>();
    this.groups.set(name, group.set(key, made));
    this.count += 1;
    return made;
  }

  private makeRoom(name: string): boolean {
    if (this.count >= this.maxLists) this.sweep();
    if (this.count < this.maxLists) return true;
    // Full: who has less than an equal share takes from one who has more.
    const own = this.groups.get(name)?.size ?? 0;
    const share = this.maxLists / (this.groups.size + (own === 0 ? 1 : 0));
    if (own + 1 > share) return false;
    for (const [other, lists] of this.groups) if (lists.size > share) return this.takeFrom(other, lists);
    return false;
  }

  /** The list that was opened first. */
  private takeFrom(name: string, lists: Group): boolean {
    for (const key of lists.keys()) {
      this.close(name, lists, key);
      return true;
    }
    return false;
  }

  /** At most once a minute, and only when room is needed: closes lists whose time is over, or that cannot be written any more. */
  private sweep(): void {
    const { nowMs, firstMs } = this;
    if (nowMs - this.sweptMs < minuteMs) return;
    this.sweptMs = nowMs;
    for (const [name, lists] of this.groups) {
      for (const [key, { endMs, touchedMs }] of lists) {
        if (endMs <= firstMs || (endMs <= nowMs && nowMs - touchedMs >= minuteMs)) this.close(name, lists, key);
      }
    }
  }

  private close(name: string, lists: Group, key: string): void {
    lists.delete(key);
    this.count -= 1;
    if (lists.size === 0) this.groups.delete(name);
  }
}

function placeOf(rising: readonly number[], value: number): number {
  let place = rising.length;
  while (place > 0 && (rising[place - 1] ?? 0) > value) place -= 1;
  return place;
}
