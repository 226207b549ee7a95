/** Which records are among the slowest of their ten minutes, list by list; bounded. */
import { minuteMs, type Counter } from '@meterlark/core';

/** As SkyWalking keeps them. */
export const windowMs = 10 * minuteMs;
export const topSize = 50;
/** A list that nothing came to for so long is closed. */
const idleMs = 2 * windowMs;

interface TopList {
  /** The greatest so far, rising. */
  readonly values: number[];
  touchedMs: number;
}

export class TopLists {
  private readonly lists = new Map<string, TopList>();
  private sweptMs = 0;

  constructor(
    private readonly maxLists: number,
    /** Counts records of lists for which there was no room. */
    private readonly refused: Counter,
  ) {}

  get size(): number {
    return this.lists.size;
  }

  /**
   * Takes a place when fewer than 50 of this list and window are as great. `key` stands for tenant, list and entity;
   * windows go by the record's own time, `nowMs` is the server's.
   */
  admit(key: string, value: number, timeMs: number, nowMs: number): boolean {
    const list = this.find(`${Math.floor(timeMs / windowMs)} ${key}`, nowMs);
    if (list === undefined) {
      this.refused.add(1);
      return false;
    }
    list.touchedMs = nowMs;
    const { values } = list;
    if (values.length >= topSize) {
      if (value <= (values[0] ?? 0)) return false;
      values.shift();
    }
    values.splice(placeOf(values, value), 0, value);
    return true;
  }

  private find(key: string, nowMs: number): TopList | undefined {
    const known = this.lists.get(key);
    if (known !== undefined) return known;
    if (this.lists.size >= this.maxLists) this.sweep(nowMs);
    if (this.lists.size >= this.maxLists) return undefined;
    const made = { values: [], touchedMs: nowMs };
    this.lists.set(key, made);
    return made;
  }

  /** At most once a minute, and only when room is needed. */
  private sweep(nowMs: number): void {
    if (nowMs - this.sweptMs < minuteMs) return;
    this.sweptMs = nowMs;
    for (const [key, { touchedMs }] of this.lists) if (nowMs - touchedMs >= idleMs) this.lists.delete(key);
  }
}

function placeOf(rising: readonly number[], value: number): number {
  let place = rising.length;
  while (place > 0 && (rising[place - 1] ?? 0) > value) place -= 1;
  return place;
}
