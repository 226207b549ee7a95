import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Counter, Logger, SelfMetrics } from '@meterlark/core';

export interface RejectedLimits {
  readonly maxRejectedFiles: number;
  readonly maxRejectedBytes: number;
}

interface Kept {
  readonly path: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/** Batches that the engine refuses, kept for people to look at; the oldest go when they are too many or too large. */
export class RejectedFiles {
  private readonly removed: Counter;
  private readonly logger: Logger;

  constructor(
    readonly folder: string,
    private readonly limits: RejectedLimits,
    { logger, selfMetrics }: { readonly logger: Logger; readonly selfMetrics: SelfMetrics },
  ) {
    this.logger = logger;
    this.removed = selfMetrics.counter('meterlark_storage_clickhouse_rejected_removed_total', 'Refused batches deleted to make room');
  }

  async take(path: string): Promise<void> {
    await rename(path, join(this.folder, basename(path)));
    await this.trim();
  }

  async trim(): Promise<void> {
    const kept = await this.newestFirst();
    let bytes = 0;
    for (const [index, file] of kept.entries()) {
      bytes += file.bytes;
      // The newest stays, however large it is.
      if (index === 0 || (index < this.limits.maxRejectedFiles && bytes <= this.limits.maxRejectedBytes)) continue;
      await rm(file.path, { force: true });
      this.removed.add();
      this.logger.warn('refused batch deleted to make room', { file: file.path, bytes: file.bytes });
    }
  }

  private async newestFirst(): Promise<readonly Kept[]> {
    const files: Kept[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const { size, mtimeMs } = await stat(path);
      files.push({ path, bytes: size, changedMs: mtimeMs });
    }
    return files.sort((left, right) => right.changedMs - left.changedMs);
  }
}
