/** A MetricStream that keeps every minute's state in plain maps, so that tests read what was added to which series. */
import { canonicalLabels, serviceId, instanceId } from '@meterlark/core';
import type { EntityRecord, MetricDefinition, MetricStream, SeriesKey } from '@meterlark/core';

interface Slot {
  readonly key: SeriesKey;
  /** 0 or 1 for scalars, the bound for histograms. */
  readonly part: number;
}

export interface SeriesName {
  readonly metric: string;
  readonly service: string;
  readonly instance?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly source?: string;
  readonly tenant?: string;
}

export class SummingStream implements MetricStream {
  epoch = 1;
  accepted = { first: 0, last: Number.MAX_SAFE_INTEGER };
  room = true;
  readonly definitions: MetricDefinition[] = [];
  readonly observed: EntityRecord[] = [];
  private slots: Slot[] = [];
  private known = new Map<string, number>();
  private readonly values = new Map<string, number>();
  private readonly settlers: ((everything: boolean) => void)[] = [];

  define(definitions: readonly MetricDefinition[]): Promise<void> {
    this.definitions.push(...definitions);
    return Promise.resolve();
  }

  series(key: SeriesKey): number {
    const id = JSON.stringify([keyText(key)]);
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const first = this.slots.length;
    this.slots.push({ key, part: 0 }, { key, part: 1 });
    this.known.set(id, first);
    return first;
  }

  buckets(key: SeriesKey, bounds: readonly number[]): Int32Array {
    return Int32Array.from(bounds, (bound) => {
      const id = JSON.stringify([keyText(key), bound]);
      const known = this.known.get(id);
      if (known !== undefined) return known;
      this.slots.push({ key, part: bound });
      this.known.set(id, this.slots.length - 1);
      return this.slots.length - 1;
    });
  }

  /** Forgets all slot numbers; those of the epoch before are poison. */
  nextEpoch(): void {
    this.epoch += 1;
    this.slots = [...this.slots.map(() => ({ key: poison, part: 0 }))];
    this.known = new Map();
  }

  add(slot: number, minute: number, value: number): void {
    this.change(slot, minute, (before = 0) => before + value);
  }
  addPair(slot: number, minute: number, a: number, b: number): void {
    this.add(slot, minute, a);
    this.add(slot + 1, minute, b);
  }
  min(slot: number, minute: number, value: number): void {
    this.change(slot, minute, (before = Number.POSITIVE_INFINITY) => Math.min(before, value));
  }
  max(slot: number, minute: number, value: number): void {
    this.change(slot, minute, (before = Number.NEGATIVE_INFINITY) => Math.max(before, value));
  }
  latest(slot: number, minute: number, timeMs: number, value: number): void {
    const before = this.values.get(valueId(this.slot(slot + 1), minute)) ?? -1;
    if (timeMs < before) return;
    this.change(slot, minute, () => value);
    this.change(slot + 1, minute, () => timeMs);
  }

  observe(record: EntityRecord): void {
    this.observed.push(record);
  }
  acceptedMinutes(): { first: number; last: number } {
    return this.accepted;
  }
  hasRoom(): boolean {
    return this.room;
  }
  flush(): Promise<void> {
    this.settle(true);
    return Promise.resolve();
  }
  beforeFlush(settle: (everything: boolean) => void): void {
    this.settlers.push(settle);
  }

  /** What a flush does first; whatever is read here was flushed before. */
  settle(everything: boolean): void {
    for (const settle of this.settlers) settle(everything);
  }

  /** Value of a scalar's part (0: a, 1: b) in one minute, or summed over all; undefined without a row. */
  value(name: SeriesName, part: 0 | 1 = 0, minute?: number): number | undefined {
    const found = this.parts(name).filter((entry) => entry.part === part && (minute === undefined || entry.minute === minute));
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }

  /** Counts by bound over all minutes, without zeros. */
  histogram(name: SeriesName): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { part, value } of this.parts(name)) if (value !== 0) counts.set(part, (counts.get(part) ?? 0) + value);
    return new Map([...counts].sort((left, right) => left[0] - right[0]));
  }

  /** Every series of a metric that has a value, as [entity id, labels, source]. */
  seriesOf(metric: string): readonly (readonly [entityId: string, labels: string, source: string])[] {
    this.settle(true);
    const seen = new Map<string, readonly [string, string, string]>();
    for (const id of this.values.keys()) {
      const [, name = '', , entity = '', labels = '', source = ''] = JSON.parse(id) as string[];
      if (name === metric) seen.set(JSON.stringify([entity, labels, source]), [entity, labels, source]);
    }
    return [...seen.values()];
  }

  /** Everything that was added. `part`: 0 or 1 of scalars, the bound of histograms. */
  entries(): readonly { readonly key: SeriesKey; readonly part: number; readonly minute: number; readonly value: number }[] {
    this.settle(true);
    return [...this.values].map(([id, value]) => {
      const [tenant, metric, kind, entityId, labels, source, part, minute] = JSON.parse(id) as string[];
      const key = { tenant, metric, kind, entityId, labels, source } as SeriesKey;
      return { key, part: Number(part), minute: Number(minute), value };
    });
  }

  private parts(name: SeriesName): { part: number; minute: number; value: number }[] {
    this.settle(true);
    const service = { name: name.service, normal: true };
    const entity = name.instance === undefined ? serviceId(service) : instanceId(service, name.instance);
    const labels = canonicalLabels(Object.entries(name.labels ?? {}));
    const found = [];
    for (const [id, value] of this.values) {
      const [tenant, metric, , entityId, series, source, part, minute] = JSON.parse(id) as (string | number)[];
      if (tenant !== (name.tenant ?? '') || metric !== name.metric || entityId !== entity || series !== labels) continue;
      if (name.source !== undefined && source !== name.source) continue;
      found.push({ part: Number(part), minute: Number(minute), value });
    }
    return found;
  }

  private slot(slot: number): Slot {
    const found = this.slots[slot];
    if (found === undefined || found.key === poison) throw new RangeError(`slot ${slot} is not of this epoch`);
    return found;
  }

  private change(slot: number, minute: number, next: (before: number | undefined) => number): void {
    const id = valueId(this.slot(slot), minute);
    this.values.set(id, next(this.values.get(id)));
  }
}

const poison: SeriesKey = { tenant: '', metric: 'poison', kind: 'sum', entityId: '', labels: '', source: '' };

function keyText({ tenant, metric, kind, entityId, labels, source }: SeriesKey): string {
  return JSON.stringify([tenant, metric, kind, entityId, labels, source]);
}

function valueId({ key, part }: Slot, minute: number): string {
  return JSON.stringify([key.tenant, key.metric, key.kind, key.entityId, key.labels, key.source, part, minute]);
}
