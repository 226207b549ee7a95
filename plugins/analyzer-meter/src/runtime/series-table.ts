/**
 * Series shared by all streams that add to them, so that a changed epoch costs one look-up per series and not one
 * per stream and rule.
 */
import type { EntityRecord, MetricStream, SeriesKey } from '@meterlark/core';

/** A scalar series (`bounds` undefined: its two slots) or a histogram's (one slot per bound). */
export interface SeriesRef {
  /** Where the table keeps it: the series of one entity and label set, and its name among them. */
  readonly place: string;
  readonly name: string;
  readonly key: SeriesKey;
  readonly bounds: readonly number[] | undefined;
  slots: Int32Array;
  /** Epoch of MetricStream for which `slots` hold. */
  epoch: number;
  users: number;
  /** Times of the last pushes that were counted, for totals: parts of one push are one sample. */
  pushTimes: number[] | undefined;
}

export interface EntityRef {
  readonly id: string;
  readonly record: EntityRecord;
  /** Last minute in which it was reported. */
  minute: number;
  users: number;
}

const noSlots = new Int32Array(0);

/** Neither ids nor canonical labels hold a line break. */
export function placeOf({ entityId, labels }: { readonly entityId: string; readonly labels: string }): string {
  return `${entityId}\n${labels}`;
}

/** Most entities have no properties. */
function textOf(properties: EntityRecord['properties']): string {
  for (const name in properties) if (Object.hasOwn(properties, name)) return JSON.stringify(properties);
  return '';
}

export class SeriesTable {
  private readonly places = new Map<string, Map<string, SeriesRef>>();
  private count = 0;
  private readonly entities = new Map<string, EntityRef>();

  constructor(private readonly stream: MetricStream) {}

  get size(): number {
    return this.count;
  }

  /** Takes a share of the series; give it back with `release`. `place`: `placeOf` the key, which many series share. */
  acquire(key: SeriesKey, place: string, bounds?: readonly number[]): SeriesRef {
    let names = this.places.get(place);
    if (names === undefined) this.places.set(place, (names = new Map<string, SeriesRef>()));
    // The tenant comes last, because it is the only part that may hold a line break.
    const name = `${key.metric}\n${key.kind}\n${key.source}\n${bounds?.join() ?? ''}\n${key.tenant}`;
    let ref = names.get(name);
    if (ref === undefined) {
      ref = { place, name, key, bounds, slots: noSlots, epoch: -1, users: 0, pushTimes: undefined };
      names.set(name, ref);
      this.count += 1;
    }
    ref.users += 1;
    return ref;
  }

  /** One more share of a series that is held. */
  share(ref: SeriesRef): SeriesRef {
    ref.users += 1;
    return ref;
  }

  release(ref: SeriesRef): void {
    ref.users -= 1;
    if (ref.users > 0) return;
    const names = this.places.get(ref.place);
    if (names?.delete(ref.name) === true) this.count -= 1;
    if (names?.size === 0) this.places.delete(ref.place);
  }

  /** Slots of the series, asked for again when the epoch has changed. */
  slots(ref: SeriesRef): Int32Array {
    if (ref.epoch === this.stream.epoch) return ref.slots;
    if (ref.bounds === undefined) {
      const first = this.stream.series(ref.key);
      ref.slots = Int32Array.of(first, first + 1);
    } else {
      ref.slots = this.stream.buckets(ref.key, ref.bounds);
    }
    ref.epoch = this.stream.epoch;
    return ref.slots;
  }

  acquireEntity(record: EntityRecord): EntityRef {
    const { scope, layers, properties, tenant } = record;
    const id = `${scope}\n${record.id}\n${layers.join()}\n${textOf(properties)}\n${tenant}`;
    let ref = this.entities.get(id);
    if (ref === undefined) {
      ref = { id, record, minute: -1, users: 0 };
      this.entities.set(id, ref);
    }
    ref.users += 1;
    return ref;
  }

  releaseEntity(ref: EntityRef): void {
    ref.users -= 1;
    if (ref.users === 0) this.entities.delete(ref.id);
  }

  /** Reports the entity once per minute. */
  observe(ref: EntityRef, minute: number, timeMs: number): void {
    if (ref.minute === minute) return;
    ref.minute = minute;
    this.stream.observe({ ...ref.record, firstSeenMs: timeMs, lastSeenMs: timeMs });
  }
}
