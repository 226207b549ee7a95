/** Hot path: rows of all writers and parts become merged buckets. */
import { mergeStates, type MetricBucket, type MetricSelection, type MetricState } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import type { FoundPoint } from '../connection/client.js';
import { entityText, plainText } from '../schema/entity-text.js';
import { StatesDecoder } from './states-decoder.js';

/** What a question projects, in this order. */
export const seriesTags = ['metric', 'kind', 'entity', 'source'] as const;

interface MutableBucket extends MetricBucket {
  state: MetricState;
}
/** By label set, once a second row of the source and time came; most never get one. */
type Found = MutableBucket[] | Map<string, MutableBucket>;

interface Series {
  readonly selection: MetricSelection;
  readonly entityId: string;
  /** By source, then by time. */
  readonly sources: Map<string, Map<number, Found>>;
}

export class SeriesMerge {
  readonly buckets: MutableBucket[] = [];
  /** By metric, kind and entity as they are stored. */
  private readonly metrics = new Map<string, Map<string, Map<string, Series>>>();
  private readonly decoder = new StatesDecoder();

  constructor(selections: readonly MetricSelection[], entityIds: readonly string[]) {
    for (const selection of selections) {
      const kinds = childOf(this.metrics, entityText(selection.metric), () => new Map<string, Map<string, Series>>());
      kinds.set(selection.kind, new Map(entityIds.map((entityId) => [entityText(entityId), { selection, entityId, sources: new Map() }])));
    }
  }

  add(points: readonly FoundPoint[]): void {
    for (const { timeMs, cells } of points) {
      const series = this.metrics.get(textOf(cells[0]))?.get(textOf(cells[1]))?.get(textOf(cells[2]));
      if (series === undefined) throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: 'a row that was not asked for' });
      this.decoder.open(cells[4]);
      this.merge(series, textOf(cells[3]), timeMs);
    }
  }

  private merge(series: Series, storedSource: string, bucketMs: number): void {
    const { selection, entityId } = series;
    const times = childOf(series.sources, storedSource, () => new Map<number, Found>());
    const known = this.knownOf(times, bucketMs);
    const own: MutableBucket[] = [];
    const source = plainText(storedSource);
    while (this.decoder.next()) {
      const { labels, state } = this.decoder;
      const before = known?.get(labels);
      if (before !== undefined) {
        before.state = mergeStates(selection.kind, before.state, state);
        continue;
      }
      const bucket = { metric: selection.metric, kind: selection.kind, entityId, labels, source, bucketMs, state };
      this.buckets.push(bucket);
      known?.set(labels, bucket);
      own.push(bucket);
    }
    if (known === undefined) times.set(bucketMs, own);
  }

  private knownOf(times: Map<number, Found>, bucketMs: number): Map<string, MutableBucket> | undefined {
    const found = times.get(bucketMs);
    if (found === undefined || found instanceof Map) return found;
    const known = new Map(found.map((bucket) => [bucket.labels, bucket]));
    times.set(bucketMs, known);
    return known;
  }
}

export function textOf(cell: FoundPoint['cells'][number] | undefined): string {
  return typeof cell === 'string' ? cell : '';
}

export function childOf<K, V>(parents: Map<K, V>, key: K, make: () => V): V {
  let child = parents.get(key);
  if (child === undefined) parents.set(key, (child = make()));
  return child;
}

