import type { Counter } from '../kernel/ambient.js';
import type { MetricBucket, MetricReader, MetricSelection } from '../contract/storage.js';
import type { MetricKind, Step } from '../model/metric.js';
import { queryErrors } from './errors.js';
import { before, type Points } from './points.js';

/** One metric of one entity. `lead` points before the first of `points` and `tail` behind the last are wanted too; more may come. */
export interface SeriesRead {
  readonly tenant: string;
  readonly metric: string;
  readonly kind: MetricKind;
  readonly entityId: string;
  readonly points: Points & { readonly step: Step };
  readonly lead: number;
  /** Small, so that reads with and without one are read together. */
  readonly tail: number;
}

export interface BatchLimits {
  /** Reads that may wait for the end of the turn. */
  readonly waiting: number;
  /** Entities in one storage query; more are read in several. */
  readonly entities: number;
}

interface WaitingRead {
  readonly read: SeriesRead;
  readonly resolve: (buckets: readonly MetricBucket[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** Leads up to this are read for all of a batch rather than in a query of their own. */
const smallLead = 10;

/** Collects the reads of one turn of the event loop: those of one tenant, step and range become one storage query. */
export class ReadBatcher {
  private waiting: WaitingRead[] = [];

  constructor(
    private readonly reader: MetricReader,
    private readonly limits: BatchLimits,
    private readonly storageReads: Counter,
  ) {}

  read(read: SeriesRead): Promise<readonly MetricBucket[]> {
    const { waiting: limit } = this.limits;
    if (this.waiting.length >= limit) return Promise.reject(queryErrors.METERLARK_QUERY_BUSY({ limit }));
    return new Promise((resolve, reject) => {
      // After the promises of this turn, so that reads behind a cached look-up still join.
      if (this.waiting.length === 0) setImmediate(() => this.flush());
      this.waiting.push({ read, resolve, reject });
    });
  }

  private flush(): void {
    const groups = new Map<string, WaitingRead[]>();
    for (const each of this.waiting) {
      const key = groupKey(each.read);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [each]);
      else group.push(each);
    }
    this.waiting = [];
    for (const group of groups.values()) {
      this.readGroup(group).then(
        (found) => group.forEach(({ read, resolve }) => resolve(found.get(seriesKey(read)) ?? [])),
        (reason: unknown) => group.forEach(({ reject }) => reject(reason)),
      );
    }
  }

  private async readGroup(group: readonly WaitingRead[]): Promise<ReadonlyMap<string, MetricBucket[]>> {
    const reads = group.map(({ read }) => read);
    const ids = [...new Set(reads.map(({ entityId }) => entityId))];
    const found = new Map<string, MetricBucket[]>();
    for (let start = 0; start < ids.length; start += this.limits.entities) {
      for (const bucket of await this.readEntities(reads, ids.slice(start, start + this.limits.entities))) {
        const key = seriesKey(bucket);
        const known = found.get(key);
        if (known === undefined) found.set(key, [bucket]);
        else known.push(bucket);
      }
    }
    return found;
  }

  private readEntities(reads: readonly SeriesRead[], entityIds: readonly string[]): Promise<readonly MetricBucket[]> {
    const first = reads[0];
    if (first === undefined) return Promise.resolve([]);
    const selections = new Map<string, MetricSelection>();
    for (const { metric, kind } of reads) selections.set(`${metric}\n${kind}`, { metric, kind });
    const range = before(first.points, reads.reduce((most, { lead }) => Math.max(most, lead), 0));
    const points = range.count + reads.reduce((most, { tail }) => Math.max(most, tail), 0);
    this.storageReads.add();
    return this.reader.read({
      tenant: first.tenant,
      selections: [...selections.values()],
      entityIds,
      step: first.points.step,
      fromMs: range.startMs,
      toMs: range.startMs + points * range.lengthMs,
    });
  }
}

function groupKey({ tenant, points, lead }: SeriesRead): string {
  const far = lead > Math.max(smallLead, points.count) ? lead : 0;
  return JSON.stringify([tenant, points.step, points.startMs, points.count, far]);
}

function seriesKey({ metric, kind, entityId }: { metric: string; kind: MetricKind; entityId: string }): string {
  return `${metric}\n${kind}\n${entityId}`;
}
