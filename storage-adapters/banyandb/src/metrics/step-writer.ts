/** Rows of one step: grown in memory, written whole. */
import { bucketStart, LoopTurn, type Clock, type Step } from '@meterlark/core';
import { latestStoredMs } from '../ahead.js';
import type { BanyanClient, MeasureRow } from '../connection/client.js';
import type { MeasureSpec } from '../schema/model.js';
import { BatchChanges } from './batch-changes.js';
import type { BatchRows, Chunk } from './batch-rows.js';
import { OpenProof } from './open-proof.js';
import { OpenRow } from './open-row.js';
import { OpenRows } from './open-rows.js';
import { RowReadBack } from './read-back.js';
import type { RowScan } from './row-scan.js';
import { StatesEncoder } from './states-encoder.js';
import { horizonMs } from './times.js';
import { versionOf, type Versions } from './versions.js';

/** What the server has been seen to take, with room: the text of a row's tags, and the states of one part. */
const maxTagsLength = 256 * 1024;
const maxStatesBytes = 4 * 1024 * 1024;

export type DropReason = 'expired' | 'future' | 'time' | 'size';
type Count = (increments: number) => void;

export interface StepOptions {
  readonly step: Step;
  readonly measure: MeasureSpec;
  readonly retentionDays: Readonly<Record<Step, number>>;
  readonly maxOpenRows: number;
  readonly versions: Versions;
  readonly dropped: (reason: DropReason, increments: number) => void;
  readonly readBack: Count;
}

/** One batch on its way. */
interface Work {
  /** Of every increment of every chunk; undefined where it is not stored. */
  readonly rows: (OpenRow | undefined)[];
  readonly unknown: OpenRow[];
  readonly drops: Map<DropReason, number>;
  readonly turn: LoopTurn;
}

export class StepWriter {
  private readonly open: OpenRows;
  private readonly readBack: RowReadBack;
  private readonly proof: OpenProof;
  private readonly encoder = new StatesEncoder();

  constructor(
    private readonly client: BanyanClient,
    scan: RowScan,
    private readonly clock: Clock,
    private readonly options: StepOptions,
  ) {
    this.open = new OpenRows(options.maxOpenRows);
    this.readBack = new RowReadBack(scan, options.measure, options.step);
    this.proof = new OpenProof(client, options.measure, options.step, clock);
  }

  get openRows(): number {
    return this.open.size;
  }

  /** Not before the last one is done. */
  async write(batch: BatchRows, isNewWriter: boolean): Promise<void> {
    const work: Work = { rows: [], unknown: [], drops: new Map(), turn: new LoopTurn() };
    const changes = new BatchChanges(batch.sequence);
    try {
      await this.findRows(batch, isNewWriter, work);
      await this.readBackUnknown(work.unknown);
      await this.grow(batch, work, changes);
      const news = await this.encode(changes, work);
      if (news.length > 0) await this.client.writeMeasure(this.options.measure, news);
    } catch (error) {
      changes.undo();
      this.open.letGo();
      throw error;
    }
    for (const [reason, increments] of work.drops) this.options.dropped(reason, increments);
    this.open.use(new Set(work.rows.filter((row) => row !== undefined)));
    this.open.letGo();
  }

  private async readBackUnknown(unknown: readonly OpenRow[]): Promise<void> {
    if (unknown.length === 0) return;
    const { losses } = this.client;
    try {
      const found = await this.readBack.fill(unknown, this.open);
      await this.proof.confirm(losses);
      this.options.readBack(found);
    } catch (error) {
      for (const row of unknown) this.open.forget(row);
      throw error;
    }
  }

  private async findRows(batch: BatchRows, isNewWriter: boolean, work: Work): Promise<void> {
    const { step, retentionDays } = this.options;
    const horizon = horizonMs(this.clock, retentionDays, step);
    const latest = latestStoredMs(this.clock);
    this.open.expire(horizon);
    for (const chunk of batch) {
      for (let index = 0; index < chunk.length; index += 1) {
        const minuteMs = chunk.minutes[index]!;
        const bucketMs = bucketStart(minuteMs, step);
        const isStored = bucketMs >= horizon && minuteMs <= latest;
        work.rows.push(isStored ? this.rowOf(chunk, index, bucketMs, isNewWriter, work) : undefined);
        if (!isStored) countDrops(work.drops, bucketMs < horizon ? 'expired' : minuteMs > latest ? 'future' : 'time', 1);
        if (work.turn.isOver) await work.turn.next();
      }
    }
  }

  // eslint-disable-next-line max-params -- one call per increment
  private rowOf(chunk: Chunk, index: number, bucketMs: number, isNewWriter: boolean, work: Work): OpenRow | undefined {
    const key = chunk.rowKeys[index]!;
    const known = this.open.get(bucketMs, key);
    if (known !== undefined) return known;
    if (key.length > maxTagsLength) {
      countDrops(work.drops, 'size', 1);
      return undefined;
    }
    const row = new OpenRow(key, bucketMs, chunk.kind, chunk.tags(index));
    if (!isNewWriter || this.open.mayBeGone(bucketMs, key)) {
      row.isUnknown = true;
      work.unknown.push(row);
    }
    this.open.put(row);
    return row;
  }

  private async grow(batch: BatchRows, { rows, turn }: Work, changes: BatchChanges): Promise<void> {
    const { step } = this.options;
    let place = 0;
    for (const chunk of batch) {
      for (let index = 0; index < chunk.length; index += 1) {
        const row = rows[place++];
        if (row !== undefined) changes.add(row, chunk.labels(index), chunk.state(index, step));
        if (turn.isOver) await turn.next();
      }
    }
  }

  private async encode({ parts, sequence }: BatchChanges, { drops, turn }: Work): Promise<readonly MeasureRow[]> {
    const rows: MeasureRow[] = [];
    for (const { row, part } of parts) {
      const { added } = part;
      const version = this.options.versions.next(part.version);
      const states = part.encode(this.encoder, sequence, version);
      if (states.length > maxStatesBytes) {
        countDrops(drops, 'size', added);
        this.open.forget(row);
      } else {
        rows.push({ timeMs: row.bucketMs, version: versionOf(version), tags: [...row.tags, part.number], fields: [sequence, states], identity: part.identity });
      }
      if (turn.isOver) await turn.next();
    }
    return rows;
  }
}

function countDrops(drops: Map<DropReason, number>, reason: DropReason, increments: number): void {
  drops.set(reason, (drops.get(reason) ?? 0) + increments);
}
