import { bucketStart, type Clock } from '@meterlark/core';
import type { BanyanClient } from '../connection/client.js';
import type { MeasureSpec } from '../schema/model.js';
import { shutsDown } from './open-proof.js';
import { maxTimeMs } from './times.js';

/** The row is written again so often: it must outlive the writer's rows, and a crash of the store. */
const renewMs = 600_000;

interface KnownWriter {
  readonly isNew: boolean;
  readonly renewedMs: number;
}

/**
 * Which writers began in this process. What those have in the store this process has written itself; the rows of all others
 * must be looked up before they grow. A writer is looked for once; its row is in the store before its first metric row.
 */
export class KnownWriters {
  private readonly writers = new Map<string, KnownWriter>();

  constructor(
    private readonly client: BanyanClient,
    private readonly measure: MeasureSpec,
    private readonly clock: Clock,
    private readonly maxWriters: number,
  ) {}

  /** Call before every batch; the writer as it is stored. */
  async isNew(writer: string): Promise<boolean> {
    const known = this.writers.get(writer);
    const { losses } = this.client;
    const isNew = known?.isNew ?? !(await this.isStored(writer));
    const now = Math.floor(this.clock.now());
    const isRecent = known !== undefined && Math.abs(now - known.renewedMs) < renewMs;
    if (!isRecent) await this.store(writer, now);
    // One that shuts down has nothing, and takes what it does not keep.
    if (known === undefined && isNew && (!(await this.isStored(writer)) || losses !== this.client.losses)) throw shutsDown(this.measure);
    this.writers.delete(writer);
    this.writers.set(writer, { isNew, renewedMs: isRecent ? known.renewedMs : now });
    // One that is forgotten is found in the store when it comes again.
    for (const oldest of this.writers.keys()) {
      if (this.writers.size <= this.maxWriters) break;
      this.writers.delete(oldest);
    }
    return isNew;
  }

  /** The store may have lost their rows: they are written again. Which ones began here is known all the same. */
  renew(): void {
    for (const [writer, { isNew }] of this.writers) this.writers.set(writer, { isNew, renewedMs: -Infinity });
  }

  private async isStored(writer: string): Promise<boolean> {
    const found = await this.client.queryMeasure({
      measure: this.measure,
      tags: ['writer'],
      fields: [],
      criteria: { is: 'equal', tag: 'writer', value: writer },
      fromMs: 0,
      toMs: maxTimeMs - 1,
      limit: 1,
    });
    return found.length > 0;
  }

  private store(writer: string, now: number): Promise<void> {
    const row = { timeMs: bucketStart(now, 'day'), version: BigInt(now) * 1_000_000n, tags: [writer], fields: [now] };
    return this.client.writeMeasure(this.measure, [row]);
  }
}
