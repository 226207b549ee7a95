/** The rows in memory, by segment of time as the server keeps them. Rows are only added: an unflushed one can be lost. */
import type { FlushClock } from './flush-clock.js';
import type { IntervalMessage, RegistryObject } from './registry-objects.js';
import { marshalled } from './series.js';
import type { DataKind, Row, Series } from './rows.js';
import { SeriesTable } from './series-table.js';
import type { Value } from './values.js';

const hourMs = 3_600_000;
/** Rows that are later by less than this do not count. */
const tickMs = 600_000;
/** Has a look at what is asked too. */
const empty = new SeriesTable();

export class Segment {
  private readonly tables = new Map<string, SeriesTable>();

  constructor(readonly startMs: number, readonly endMs: number) {}

  add(name: string, entity: readonly Value[], row: Row): void {
    const key = marshalled(entity);
    // Arrays cannot be part of an entity: the server logs that and forgets the row.
    if (key === undefined) return;
    let table = this.tables.get(name);
    if (table === undefined) this.tables.set(name, (table = new SeriesTable()));
    table.add(key, entity, row);
  }

  series(name: string): Series[] {
    return this.tables.get(name)?.all() ?? [];
  }

  /** Of the series that one of the entities finds. */
  find(name: string, entities: readonly (readonly Value[])[]): Series[] {
    return (this.tables.get(name) ?? empty).find(entities);
  }

  keepUntil(sequence: number): void {
    for (const table of this.tables.values()) table.keepUntil(sequence);
  }
}

function lengthMs({ unit, num = 1 }: IntervalMessage): number {
  return (unit === 'UNIT_HOUR' ? hourMs : 24 * hourMs) * num;
}

/** Of a list in the order of time, without overlaps. */
function segmentAt(list: readonly Segment[], timeMs: number): Segment | undefined {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.endMs ?? Infinity) <= timeMs) low = middle + 1;
    else high = middle;
  }
  const found = list[low];
  return found !== undefined && found.startMs <= timeMs ? found : undefined;
}

export class Store {
  /** It shuts down: questions find nothing, and rows are taken and not kept. */
  isClosed = false;
  private readonly segments = new Map<string, Segment[]>();
  /** Of the latest rows, by list. */
  private readonly latest = new Map<string, number>();

  constructor(
    private readonly flushClock: FlushClock,
    private readonly nowMs: () => number,
    private readonly expiredAreRead: boolean,
  ) {}

  next(): number {
    return this.flushClock.next();
  }

  /** The segment a row belongs to; undefined for a time that is not after 1970, which the server forgets. */
  segmentOf(kind: DataKind, group: RegistryObject, timeMs: number): Segment | undefined {
    if (timeMs <= 0 || this.isClosed) return undefined;
    const list = this.listOf(kind, group.metadata?.name ?? '');
    const found = segmentAt(list, timeMs);
    if (found !== undefined) return found;
    const length = lengthMs(group.resourceOpts?.segmentInterval ?? {});
    const aligned = Math.floor(timeMs / length) * length;
    const startMs = Math.max(aligned, ...list.map(({ endMs }) => endMs).filter((endMs) => endMs <= timeMs));
    const endMs = Math.min(aligned + length, ...list.map((segment) => segment.startMs).filter((start) => start > timeMs));
    const segment = new Segment(startMs, endMs);
    list.push(segment);
    list.sort((one, other) => one.startMs - other.startMs);
    return segment;
  }

  /** After rows were added: the time of the latest one is taken for now, and what has outlived the group by that is removed. */
  removeOutlived(kind: DataKind, group: RegistryObject, latestRowMs: number): void {
    const name = group.metadata?.name ?? '';
    const key = `${kind}\n${name}`;
    if (latestRowMs - tickMs < (this.latest.get(key) ?? 0)) return;
    this.latest.set(key, latestRowMs);
    const { ttl } = group.resourceOpts ?? {};
    if (ttl === undefined) return;
    this.segments.set(key, this.listOf(kind, name).filter(({ endMs }) => endMs > latestRowMs - lengthMs(ttl)));
  }

  /** Segments that overlap the range and are not expired as a whole. */
  within(kind: DataKind, group: RegistryObject, fromMs: number, toMs: number): Segment[] {
    if (this.isClosed) return [];
    const deadline = this.expiredAreRead ? -Infinity : this.nowMs() - lengthMs(group.resourceOpts?.ttl ?? { num: 1_000_000 });
    const list = this.listOf(kind, group.metadata?.name ?? '');
    return list.filter(({ startMs, endMs }) => startMs <= toMs && endMs > fromMs && endMs > deadline);
  }

  private listOf(kind: DataKind, group: string): Segment[] {
    const key = `${kind}\n${group}`;
    let list = this.segments.get(key);
    if (list === undefined) this.segments.set(key, (list = []));
    return list;
  }

  flushedUntil(kind: DataKind): number {
    return this.flushClock.until(kind);
  }

  loseUnflushed(): void {
    for (const [key, list] of this.segments) {
      const until = this.flushedUntil(key.slice(0, key.indexOf('\n')) as DataKind);
      for (const segment of list) segment.keepUntil(until);
    }
  }

  forget(group: string): void {
    for (const kind of ['measure', 'stream', 'trace']) this.segments.delete(`${kind}\n${group}`);
  }
}
