import { stepMs, type Step } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import type { FoundPoint } from '../connection/client.js';
import type { MeasureSpec } from '../schema/model.js';
import { rowKey } from './batch-rows.js';
import { OpenPart, type OpenRow } from './open-row.js';
import type { OpenRows } from './open-rows.js';
import { chunksOf, entityCriteria, type RowRange, type RowScan } from './row-scan.js';
import { childOf } from './series-merge.js';
import { StatesDecoder } from './states-decoder.js';
import { microsOf } from './versions.js';

const own = ['tenant', 'metric', 'kind', 'entity', 'source', 'writer'] as const;

const metricTags = 3;
/** So many rows of one metric and bucket come sooner with all others of it: a look-up costs as much as reading some twenty rows. */
const wholeMetricRows = 64;

/** Rows of this process's writers that are in the store, or may be: let go, or written by another process before. */
export class RowReadBack {
  private readonly decoder = new StatesDecoder();

  constructor(
    private readonly scan: RowScan,
    private readonly measure: MeasureSpec,
    private readonly step: Step,
  ) {}

  /** Gives the rows, which are among the open ones, what the store has of them; how many of its rows that was. */
  async fill(unknown: readonly OpenRow[], open: OpenRows): Promise<number> {
    let found = 0;
    const page = (points: readonly FoundPoint[]): void => {
      for (const point of points) found += this.take(point, open);
    };
    // Every row that comes is a row of ours and is not kept here: there is nothing to bound.
    await this.scan.readAll(this.ranges(unknown), { limit: Infinity, left: Infinity }, page);
    for (const row of unknown) row.isUnknown = false;
    return found;
  }

  private ranges(unknown: readonly OpenRow[]): readonly RowRange[] {
    const metrics = new Map<string, OpenRow[]>();
    for (const row of unknown) {
      const [tenant, metric, kind] = row.tags;
      childOf(metrics, `${row.bucketMs},${rowKey(tenant!, metric!, kind!, '', '', '')}`, (): OpenRow[] => []).push(row);
    }
    const whole: RowRange[] = [];
    const single: OpenRow[] = [];
    for (const rows of metrics.values()) {
      if (rows.length >= wholeMetricRows) whole.push(this.range(rows, [rows[0]!.tags.slice(0, metricTags)]));
      else for (const row of rows) single.push(row);
    }
    single.sort((left, right) => left.bucketMs - right.bucketMs);
    const some = chunksOf(single).map((rows) => this.range(rows, [...new Map(rows.map(({ key, tags }) => [key, tags])).values()]));
    return [...whole, ...some];
  }

  /** Rows in the order of time. */
  private range(rows: readonly OpenRow[], entities: readonly (readonly string[])[]): RowRange {
    return {
      measure: this.measure,
      tags: [...own, 'part'],
      fields: ['sequence', 'states'],
      criteria: entityCriteria(own, entities),
      fromMs: rows[0]!.bucketMs,
      toMs: rows.at(-1)!.bucketMs + stepMs[this.step] - 1,
    };
  }

  private take({ timeMs, version, cells }: FoundPoint, open: OpenRows): number {
    const [tenant, metric, kind, entity, source, writer] = cells.slice(0, own.length).map((cell) => (typeof cell === 'string' ? cell : ''));
    const row = open.get(timeMs, rowKey(tenant!, metric!, kind!, entity!, source!, writer!));
    // The range of several rows holds others too; what is open knows more than the store.
    if (row?.isUnknown !== true) return 0;
    const [number, sequence, states] = cells.slice(own.length);
    if (typeof number !== 'number' || typeof sequence !== 'number') {
      throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: 'a row has no part or no sequence' });
    }
    const part = new OpenPart(number, sequence, microsOf(version));
    this.decoder.open(states);
    while (this.decoder.next()) part.states.merge(row.kind, this.decoder.labels, this.decoder.state);
    part.bytes = (states as Uint8Array).length;
    row.parts.push(part);
    return 1;
  }
}
