/**
 * What the store has acknowledged and may not have on its disk yet. BanyanDB answers when rows are in its memory and writes them to disk
 * some seconds later: rows of that time are lost when it dies, and those that it takes while it shuts down are, too.
 *
 * A write is held until the store has answered something that was asked so much later: how long nobody noticed that it was dead does not
 * count. After a loss all that is held is suspect, until the store has acknowledged it once more.
 */
import type { Clock, Counter, Logger, SelfMetrics } from '@meterlark/core';
import type { Cell } from './client.js';

export interface RecentWritesOptions {
  /** Longer than the store keeps rows in memory only. */
  readonly windowMs: number;
  readonly bytes: number;
}

export interface RecentContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
}

/** What all kinds of rows have, and what only some have. */
export interface HeldRow {
  readonly tags: readonly Cell[];
  readonly fields?: readonly Cell[];
  readonly span?: Uint8Array;
  readonly version?: bigint;
  readonly identity?: object;
}

/** One write: the rows that no later write has replaced. */
export interface HeldWrite {
  readonly rows: readonly (HeldRow | undefined)[];
  readonly again: () => Promise<void>;
}

interface Held extends HeldWrite {
  readonly rows: (HeldRow | undefined)[];
  atMs: number;
  bytes: number;
  isSuspect: boolean;
}

interface Place {
  readonly write: Held;
  readonly index: number;
}

/** Why a write is not held any more, though the store may lose it. */
export type Unrepeatable = 'size' | 'refused' | 'closed';

export class RecentWrites {
  /** In the order of their last acknowledgement. */
  private readonly writes = new Set<Held>();
  /** Where the newest version of a row with an identity is. */
  private readonly newest = new Map<object, Place>();
  private heldBytes = 0;
  private suspectCount = 0;
  private lossCount = 0;
  private hasWarned = false;
  private readonly unrepeatable: Counter;

  constructor(
    private readonly options: RecentWritesOptions,
    private readonly context: RecentContext,
  ) {
    const { selfMetrics } = context;
    const help = 'Writes that are not sent again after a loss of the store: too large together, refused, or Meterlark stopped';
    this.unrepeatable = selfMetrics.counter('meterlark_storage_banyandb_unrepeatable_writes_total', help, ['reason']);
    selfMetrics.observe('meterlark_storage_banyandb_recent_bytes', 'Size of the writes held for a repetition, estimated', () => this.heldBytes);
    const suspects = 'Writes that a store which was lost has not acknowledged again yet';
    selfMetrics.observe('meterlark_storage_banyandb_suspect_writes', suspects, () => this.suspectCount);
  }

  /** Of a write that was acknowledged just now. */
  add<R extends HeldRow>(rows: readonly R[], again: (rows: readonly R[]) => Promise<void>): void {
    const bytes = rows.reduce((sum, row) => sum + sizeOf(row), 0);
    if (bytes > this.options.bytes) return this.countTooLarge();
    const own: (R | undefined)[] = [...rows];
    const send = (): Promise<void> => again(own.filter((row) => row !== undefined));
    const write: Held = { rows: own, again: send, atMs: this.context.clock.now(), bytes, isSuspect: false };
    this.writes.add(write);
    this.heldBytes += bytes;
    for (let index = 0; index < own.length; index += 1) this.replaceOlder(own[index]!, { write, index });
    this.keepBound();
  }

  /** The store has answered what was asked then, so it was alive then: what it took long before is on its disk. */
  answered(askedMs: number): void {
    for (const write of this.writes) {
      if (write.isSuspect || write.atMs > askedMs - this.options.windowMs) return;
      this.remove(write);
    }
  }

  /** The store was lost. */
  suspectAll(): void {
    this.lossCount += 1;
    for (const write of this.writes) write.isSuspect = true;
    this.suspectCount = this.writes.size;
  }

  get size(): number {
    return this.writes.size;
  }

  get losses(): number {
    return this.lossCount;
  }

  /** Oldest first. */
  suspects(): readonly HeldWrite[] {
    return [...this.writes].filter(({ isSuspect }) => isSuspect);
  }

  get suspectWrites(): number {
    return this.suspectCount;
  }

  /** The store has it again: in its memory, so the time counts anew. */
  repeated(write: HeldWrite): void {
    const held = write as Held;
    if (!this.writes.delete(held)) return;
    if (held.isSuspect) this.suspectCount -= 1;
    held.isSuspect = false;
    held.atMs = this.context.clock.now();
    this.writes.add(held);
  }

  giveUp(write: HeldWrite, reason: Unrepeatable): void {
    if (!this.writes.has(write as Held)) return;
    this.remove(write as Held);
    this.unrepeatable.add(1, { reason });
  }

  /** A version holds everything of the ones before it. */
  private replaceOlder(row: HeldRow, place: Place): void {
    const { identity } = row;
    if (identity === undefined) return;
    const older = this.newest.get(identity);
    const olderRow = older?.write.rows[older.index];
    if (older !== undefined && olderRow !== undefined) {
      if ((olderRow.version ?? 0n) >= (row.version ?? 0n)) return;
      const bytes = sizeOf(olderRow);
      older.write.rows[older.index] = undefined;
      older.write.bytes -= bytes;
      this.heldBytes -= bytes;
      if (older.write.bytes === 0) this.remove(older.write);
    }
    this.newest.set(identity, place);
  }

  private keepBound(): void {
    for (const oldest of this.writes) {
      if (this.heldBytes <= this.options.bytes) return;
      this.remove(oldest);
      this.countTooLarge();
    }
  }

  private countTooLarge(): void {
    this.unrepeatable.add(1, { reason: 'size' });
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.context.logger.warn('recent writes are too large to be held for a repetition: a crash of BanyanDB may lose some (storage.banyandb.repeat.bytes)', { bytes: this.options.bytes });
  }

  private remove(write: Held): void {
    this.writes.delete(write);
    this.heldBytes -= write.bytes;
    if (write.isSuspect) this.suspectCount -= 1;
    for (const row of write.rows) {
      if (row?.identity !== undefined && this.newest.get(row.identity)?.write === write) this.newest.delete(row.identity);
    }
  }
}

/** Memory that a row takes, roughly. */
export function sizeOf({ tags, fields = [], span }: HeldRow): number {
  let bytes = 100 + (span?.length ?? 0);
  for (const cell of tags) bytes += sizeOfCell(cell);
  for (const cell of fields) bytes += sizeOfCell(cell);
  return bytes;
}

function sizeOfCell(cell: Cell): number {
  if (cell === null || typeof cell === 'number') return 8;
  if (Array.isArray(cell)) return (cell as readonly string[]).reduce((sum, text) => sum + 16 + text.length, 16);
  return 16 + (cell as string | Uint8Array).length;
}
