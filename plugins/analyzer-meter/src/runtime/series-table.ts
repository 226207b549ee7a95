/**
 * Series shared by all streams that add to them, so that a changed epoch costs one look-up per series and not one
 * per stream and rule.
 */
import type { EntityRecord, MetricStream, SeriesKey } from '@meterlark/core';

/** A scalar series (`bounds` undefined: its two slots) or a histogram's (one slot per bound). */
export interface SeriesRef {
  readonly id: string;
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

export class SeriesTable {
  private readonly series = new Map<string, SeriesRef>();
  private readonly entities = new Map<string, EntityRef>();

  constructor(private readonly stream: MetricStream) {}

  get size(): number {
    return this.series.size;
  }

  /** Takes a share of the series; give it back with `release`. */
  acquire(key: SeriesKey, bounds?: readonly number[]): SeriesRef {
    // The tenant comes last, because it is the only part that may hold a line break.
    const id = `${key.metric}\n${key.kind}\n${key.entityId}\n${key.labels}\n${key.source}\n${bounds?.join() ?? ''}\n${key.tenant}`;
    let ref = this.series.get(id);
    if (ref === undefined) {
      ref = { id, key, bounds, slots: noSlots, epoch: -1, users: 0, pushTimes: undefined };
      this.series.set(id, ref);
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
    if (ref.users === 0) this.series.delete(ref.id);
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
    const id = JSON.stringify([record.tenant, record.scope, record.id, record.layers, record.properties]);
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
