/** Keeps the running state of the rows it writes, and reads a row of its own back when it has let it go. */
import type { Clock } from '../../src/kernel/ambient.js';
import { defineErrors, isMeterlarkError } from '../../src/kernel/error.js';
import type { MetricWriteBatch, MetricWriter } from '../../src/contract/storage.js';
import { isTotal, mergeStates } from '../../src/model/metric-merge.js';
import type { MetricKind, MetricRows, MetricState, Step } from '../../src/model/metric.js';
import type { Lifetime } from '../../src/model/record.js';
import { bucketStart, dayMs, slotOf } from '../../src/model/time.js';
import type { Row, RowServer } from './row-server.js';
import { decodeOwn, encodeStates, groupBy, metricMeasure, noRow, type OwnRow, rowId, steps } from './whole-row-schema.js';

export interface WholeRowLimits {
  readonly retentionDays: Readonly<Record<Step, number>>;
  readonly recordDays: Readonly<Record<Lifetime, number>>;
  /** Rows of each step whose running state is kept. */
  readonly maxOpenRows: number;
  /** Rows that one query may answer; more is an error, never a part. */
  readonly maxResultRows: number;
}

export const wholeRowErrors = defineErrors({
  METERLARK_TEST_WHOLE_ROW_AWAY: { class: 'retryable', message: 'the store is away: {reason}', cure: 'Send the batch again.' },
  METERLARK_TEST_WHOLE_ROW_TOO_MANY: { class: 'permanent', message: 'more than {limit} rows', cure: 'Ask for less.' },
});

/** What one batch brings for one row. */
interface Change {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly kind: MetricKind;
  readonly timeMs: number;
  readonly states: Map<string, MetricState>;
}

export class WholeRowWriter implements MetricWriter {
  private readonly open: Readonly<Record<Step, Map<string, OwnRow>>> = { minute: new Map(), hour: new Map(), day: new Map() };
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly server: RowServer,
    private readonly clock: Clock,
    private readonly limits: WholeRowLimits,
  ) {}

  /** One after the other: the running state is of all writers. */
  write(batch: MetricWriteBatch): Promise<void> {
    // What the caller does with its buffers while this one waits is not ours.
    const changes = steps.map((step) => this.changesOf(batch, step));
    const written = this.last.then(async () => {
      for (const [index, step] of steps.entries()) await this.store(step, batch.sequence, changes[index]!);
    });
    this.last = written.catch(() => undefined);
    return written;
  }

  private async store(step: Step, sequence: number, changes: readonly Change[]): Promise<void> {
    const open = this.open[step];
    try {
      const known = await this.readBack(step, changes);
      const news = changes.flatMap((change) => {
        const before = open.get(change.id) ?? known.get(change.id) ?? noRow;
        // Rows tell one by one whether they have the batch: a crash may have stored some of them only.
        return before.sequence >= sequence ? [] : [{ change, row: this.grown(before, sequence, change) }];
      });
      await this.server.write(metricMeasure(step).name, news.map(({ change, row }) => wholeRow(change, row)));
      for (const { change, row } of news) {
        open.delete(change.id);
        open.set(change.id, row);
      }
    } catch (error) {
      // Nobody knows which rows arrived; the store does.
      for (const { id } of changes) open.delete(id);
      if (isMeterlarkError(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw wholeRowErrors.METERLARK_TEST_WHOLE_ROW_AWAY({ reason }, error);
    }
    this.letGo(open);
  }

  private changesOf({ writer, rows }: MetricWriteBatch, step: Step): readonly Change[] {
    const horizonMs = bucketStart(this.clock.now() - this.limits.retentionDays[step] * dayMs, step);
    const changes = new Map<string, Change>();
    for (const part of rows) {
      part.keys.forEach((key, index) => {
        const timeMs = bucketStart(part.minutes[index]!, step);
        if (timeMs < horizonMs) return;
        const { tenant, metric, kind, source } = key;
        const tags = { tenant, metric, kind, entity: key.entityId, source, writer };
        const id = rowId(tags, timeMs);
        const change = changes.get(id) ?? { id, tags, kind, timeMs, states: new Map<string, MetricState>() };
        changes.set(id, change);
        mergeInto(change.states, kind, [[key.labels, stateOf(part, index, step)]]);
      });
    }
    return [...changes.values()];
  }

  /** Own rows of the store that are not open here: let go, or of this writer's time in another process. */
  private async readBack(step: Step, changes: readonly Change[]): Promise<ReadonlyMap<string, OwnRow>> {
    const missing = changes.filter(({ id }) => !this.open[step].has(id));
    const groups = groupBy(missing, ({ tags }) => JSON.stringify([tags['tenant'], tags['metric'], tags['kind']]));
    const found = new Map<string, OwnRow>();
    for (const group of groups.values()) {
      const { tenant, metric, kind, writer } = group[0]!.tags as Record<'tenant' | 'metric' | 'kind' | 'writer', string>;
      const entity = group.map(({ tags }) => tags['entity']!);
      const times = group.map(({ timeMs }) => timeMs);
      const rows = await this.server.query({
        measure: metricMeasure(step).name,
        where: { tenant, metric, kind, writer, entity },
        fromMs: Math.min(...times),
        toMs: Math.max(...times),
        limit: this.limits.maxResultRows,
      });
      const limit = this.limits.maxResultRows;
      if (rows.length >= limit) throw wholeRowErrors.METERLARK_TEST_WHOLE_ROW_TOO_MANY({ limit });
      for (const row of rows) found.set(rowId(row.tags, row.timeMs), decodeOwn(row));
    }
    return found;
  }

  private grown(before: OwnRow, sequence: number, change: Change): OwnRow {
    const states = new Map(before.states);
    mergeInto(states, change.kind, change.states);
    const now = BigInt(this.clock.now()) * 1_000_000n;
    return { sequence, states, version: now > before.version ? now : before.version + 1n };
  }

  private letGo(open: Map<string, OwnRow>): void {
    for (const id of open.keys()) {
      if (open.size <= this.limits.maxOpenRows) return;
      open.delete(id);
    }
  }
}

function wholeRow({ tags, timeMs }: Change, { sequence, version, states }: OwnRow): Row {
  return { tags, timeMs, version, fields: { sequence: BigInt(sequence), states: encodeStates(states) } };
}

export function mergeInto(states: Map<string, MetricState>, kind: MetricKind, more: Iterable<readonly [string, MetricState]>): void {
  for (const [key, state] of more) {
    const known = states.get(key);
    states.set(key, known === undefined ? state : mergeStates(kind, known, state));
  }
}

function stateOf(rows: MetricRows, index: number, step: Step): MetricState {
  const slots = isTotal(rows.kind) ? 1n << BigInt(slotOf(rows.minutes[index]!, step)) : 0n;
  return { a: rows.a[index]!, b: rows.b[index]!, slots, histogram: rows.histograms[index] };
}
