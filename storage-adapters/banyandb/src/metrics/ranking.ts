/** Rankings over merged rows, as storage-adapters/memory computes them. */
import { bucketValue, mergeStates, shownValue, type MetricState, type TopEntry, type TopQuery } from '@meterlark/core';
import type { FoundPoint } from '../connection/client.js';
import { plainText } from '../schema/entity-text.js';
import { childOf, textOf } from './series-merge.js';
import { StatesDecoder } from './states-decoder.js';

/** What a ranking projects, in this order. */
export const rankingTags = ['entity', 'source'] as const;

/** Bucket, then source. */
type Buckets = Map<number, Map<string, MetricState>>;

interface Ranked {
  readonly entityId: string;
  readonly buckets: Buckets;
}

export class Ranking {
  /** By entity as it is stored; undefined where it was not asked for. */
  private readonly entities = new Map<string, Ranked | undefined>();
  private readonly wanted: ReadonlySet<string> | undefined;
  private readonly decoder = new StatesDecoder();

  constructor(private readonly query: TopQuery) {
    this.wanted = query.entityIds === undefined ? undefined : new Set(query.entityIds);
  }

  add(points: readonly FoundPoint[]): void {
    for (const { timeMs, cells } of points) {
      const stored = textOf(cells[0]);
      const ranked = this.entities.has(stored) ? this.entities.get(stored) : this.newcomer(stored);
      if (ranked !== undefined) this.merge(ranked, timeMs, cells);
    }
  }

  entries(): readonly TopEntry[] {
    const { definition, step, order, limit } = this.query;
    const entries: TopEntry[] = [];
    for (const ranked of this.entities.values()) {
      let sum = 0;
      let count = 0;
      for (const sources of ranked?.buckets.values() ?? []) {
        const value = bucketValue(definition, step, [...sources.values()]);
        if (value === undefined) continue;
        sum += shownValue(definition.precision, value);
        count += 1;
      }
      if (ranked !== undefined && count > 0) entries.push({ entityId: ranked.entityId, value: sum / count });
    }
    const sign = order === 'asc' ? 1 : -1;
    entries.sort((left, right) => sign * (left.value - right.value) || (left.entityId < right.entityId ? -1 : 1));
    return entries.slice(0, limit);
  }

  isWanted(entityId: string): boolean {
    const { serviceId } = this.query;
    const inService = serviceId === undefined || entityId === serviceId || entityId.startsWith(`${serviceId}_`);
    return inService && (this.wanted === undefined || this.wanted.has(entityId));
  }

  private newcomer(stored: string): Ranked | undefined {
    const entityId = plainText(stored);
    const ranked = this.isWanted(entityId) ? { entityId, buckets: new Map() } : undefined;
    this.entities.set(stored, ranked);
    return ranked;
  }

  private merge({ buckets }: Ranked, timeMs: number, cells: FoundPoint['cells']): void {
    this.decoder.open(cells[2]);
    while (this.decoder.next()) {
      if (this.decoder.labels !== '') continue;
      const source = textOf(cells[1]);
      const sources = childOf(buckets, timeMs, () => new Map<string, MetricState>());
      const known = sources.get(source);
      sources.set(source, known === undefined ? this.decoder.state : mergeStates(this.query.definition.kind, known, this.decoder.state));
    }
  }
}
