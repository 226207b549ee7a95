/**
 * What the store has acknowledged a moment ago. BanyanDB answers when rows are in its memory and writes them to disk some seconds
 * later: rows of that time are lost when it dies, and those that it takes while it shuts down are, too. All writes may be
 * repeated, so after a loss of the connection everything of the last seconds is sent once more.
 */
import type { Clock, Counter, SelfMetrics } from '@meterlark/core';
import type { Cell } from './client.js';

export interface RecentWritesOptions {
  /** Longer than the store keeps rows in memory only. */
  readonly windowMs: number;
  readonly bytes: number;
}

interface Write {
  readonly atMs: number;
  readonly bytes: number;
  readonly again: () => Promise<void>;
}

export class RecentWrites {
  /** Oldest first. */
  private writes: Write[] = [];
  private heldBytes = 0;
  private readonly released: Counter;

  constructor(
    private readonly options: RecentWritesOptions,
    private readonly clock: Clock,
    selfMetrics: SelfMetrics,
  ) {
    const help = 'Writes of the last seconds that are held no longer for a repetition, because they are too large together';
    this.released = selfMetrics.counter('meterlark_storage_banyandb_unrepeatable_writes_total', help);
    selfMetrics.observe('meterlark_storage_banyandb_recent_bytes', 'Size of the writes held for a repetition, estimated', () => this.heldBytes);
  }

  /** Of a write that was acknowledged just now. */
  add(bytes: number, again: () => Promise<void>): void {
    const nowMs = this.clock.now();
    this.writes.push({ atMs: nowMs, bytes, again });
    this.heldBytes += bytes;
    let old = 0;
    while (old < this.writes.length && this.writes[old]!.atMs < nowMs - this.options.windowMs) this.heldBytes -= this.writes[old++]!.bytes;
    const outdated = old;
    while (this.heldBytes > this.options.bytes) this.heldBytes -= this.writes[old++]!.bytes;
    if (old > outdated) this.released.add(old - outdated);
    if (old > 0) this.writes = this.writes.slice(old);
  }

  /** Those that a store which was lost at that time may not have; in the order of their answers. */
  before(lostAtMs: number): readonly (() => Promise<void>)[] {
    return this.writes.filter(({ atMs }) => atMs >= lostAtMs - this.options.windowMs).map(({ again }) => again);
  }
}

/** Memory that rows take, roughly. */
export function sizeOf(rows: readonly { readonly tags: readonly Cell[]; readonly fields?: readonly Cell[]; readonly span?: Uint8Array }[]): number {
  let bytes = 0;
  for (const { tags, fields, span } of rows) {
    bytes += 100 + (span?.length ?? 0);
    for (const cell of tags) bytes += sizeOfCell(cell);
    for (const cell of fields ?? []) bytes += sizeOfCell(cell);
  }
  return bytes;
}

function sizeOfCell(cell: Cell): number {
  if (cell === null || typeof cell === 'number') return 8;
  if (Array.isArray(cell)) return (cell as readonly string[]).reduce((sum, text) => sum + 16 + text.length, 16);
  return 16 + (cell as string | Uint8Array).length;
}
