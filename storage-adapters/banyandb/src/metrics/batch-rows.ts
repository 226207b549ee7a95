import { isTotal, slotOf, type MetricKind, type MetricRows, type MetricState, type MetricWriteBatch, type SeriesKey, type Step } from '@meterlark/core';
import { entityText } from '../schema/entity-text.js';

/** A batch as it was when it came: the caller may use its buffers again while it waits for its turn. */
export class BatchRows {
  readonly writer: string;
  readonly sequence: number;
  readonly length: number;
  private readonly chunks: readonly Chunk[];

  constructor({ writer, sequence, rows }: MetricWriteBatch) {
    this.writer = entityText(writer);
    this.sequence = sequence;
    this.chunks = rows.map((part) => new Chunk(part, this.writer));
    this.length = this.chunks.reduce((total, { length }) => total + length, 0);
  }

  [Symbol.iterator](): Iterator<Chunk> {
    return this.chunks[Symbol.iterator]();
  }
}

/** The rows of one kind; hot, by index. */
export class Chunk {
  readonly kind: MetricKind;
  readonly length: number;
  readonly minutes: Float64Array;
  /** Of the row that the increment belongs to, in any bucket. */
  readonly rowKeys: readonly string[];
  private readonly keys: readonly SeriesKey[];
  private readonly a: Float64Array;
  private readonly b: Float64Array;
  private readonly histograms: MetricRows['histograms'];
  private readonly hasSlots: boolean;

  constructor(rows: MetricRows, private readonly writer: string) {
    this.kind = rows.kind;
    this.length = rows.keys.length;
    this.keys = rows.keys.slice();
    this.minutes = rows.minutes.slice();
    this.a = rows.a.slice();
    this.b = rows.b.slice();
    this.histograms = rows.histograms.slice();
    this.hasSlots = isTotal(rows.kind);
    const { kind } = rows;
    this.rowKeys = this.keys.map(({ tenant, metric, entityId, source }) =>
      rowKey(entityText(tenant), entityText(metric), kind, entityText(entityId), entityText(source), writer),
    );
  }

  /** As they are stored, without the part. */
  tags(index: number): readonly string[] {
    const { tenant, metric, entityId, source } = this.keys[index]!;
    return [entityText(tenant), entityText(metric), this.kind, entityText(entityId), entityText(source), this.writer];
  }

  /** Lone surrogates would come back as another text. */
  labels(index: number): string {
    const { labels } = this.keys[index]!;
    return labels.isWellFormed() ? labels : labels.toWellFormed();
  }

  state(index: number, step: Step): MetricState {
    const slots = this.hasSlots ? 1n << BigInt(slotOf(this.minutes[index]!, step)) : 0n;
    return { a: this.a[index]!, b: this.b[index]!, slots, histogram: this.histograms[index] };
  }
}

/** One text for the tags of a row, whatever characters they have. */
// eslint-disable-next-line max-params -- an array per row only to have one parameter
export function rowKey(tenant: string, metric: string, kind: string, entity: string, source: string, writer: string): string {
  return `${tenant.length},${metric.length},${entity.length},${source.length},${kind},${tenant}${metric}${entity}${source}${writer}`;
}
