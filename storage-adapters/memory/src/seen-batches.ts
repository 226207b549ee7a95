/** Which batches were stored, to know a repeated one; bounded by writers. */
import type { MetricWriteBatch } from '@meterlark/core';

export class SeenBatches {
  /** Sequence of each writer's last batch; who wrote last is at the end. */
  private readonly lastOf = new Map<string, number>();

  constructor(private readonly maxWriters: number) {}

  /** Remembers it. */
  isNew({ writer, sequence }: Pick<MetricWriteBatch, 'writer' | 'sequence'>): boolean {
    if (sequence <= (this.lastOf.get(writer) ?? 0)) return false;
    this.lastOf.delete(writer);
    this.lastOf.set(writer, sequence);
    for (const oldest of this.lastOf.keys()) {
      if (this.lastOf.size <= this.maxWriters) break;
      this.lastOf.delete(oldest);
    }
    return true;
  }
}
