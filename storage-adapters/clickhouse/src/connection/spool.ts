import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Counter, Logger, MeterlarkError, SelfMetrics } from '@meterlark/core';
import { storageErrors } from '../errors.js';
import type { InsertRequest } from './connection.js';
import { RejectedFiles } from './rejected-files.js';

/** `<table>.<token>.<bytes>.native`; a name still ending in `.part` is not complete. */
const complete = /^([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.(\d+)\.native$/;

export interface SpoolFile {
  readonly path: string;
  readonly table: string;
  readonly token: string;
  /** Length the file must have: the engine would take one that ends with an earlier block as whole. */
  readonly bytes: number;
}

export interface SpoolLimits {
  /** Of batches that the engine does not have yet. */
  readonly maxFiles: number;
  readonly maxBytes: number;
  /** Of batches that the engine refused; over it the oldest go. */
  readonly maxRejectedFiles: number;
  readonly maxRejectedBytes: number;
}

export const spoolLimits: SpoolLimits = {
  maxFiles: 1000,
  maxBytes: 2 ** 30,
  maxRejectedFiles: 100,
  maxRejectedBytes: 2 ** 28,
};

/** What is used of a file handle; tests give one that writes short. */
export interface WritableFile {
  writev(blocks: readonly Uint8Array[]): Promise<{ readonly bytesWritten: number }>;
  close(): Promise<void>;
}

export interface SpoolSurroundings {
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
  readonly limits?: SpoolLimits;
  readonly create?: (path: string) => Promise<WritableFile>;
}

/** Batches as files: they carry the rows into the engine and are its write-ahead log until it has them. */
export class Spool {
  private readonly limits: SpoolLimits;
  private readonly create: (path: string) => Promise<WritableFile>;
  private readonly rejected: RejectedFiles;
  private readonly logger: Logger;
  private readonly refused: Counter;
  /** Files that lie here, by path, with their length. */
  private readonly held = new Map<string, number>();

  constructor(
    private readonly folder: string,
    { logger, selfMetrics, limits = spoolLimits, create = createFile }: SpoolSurroundings,
  ) {
    this.limits = limits;
    this.create = create;
    this.logger = logger;
    this.rejected = new RejectedFiles(join(folder, 'rejected'), limits, { logger, selfMetrics });
    this.refused = selfMetrics.counter('meterlark_storage_clickhouse_spool_full_total', 'Writes refused because the spool was full');
    selfMetrics.observe('meterlark_storage_clickhouse_spool_bytes', 'Batches on disk that the engine does not have yet', () => this.heldBytes());
  }

  async prepare(): Promise<void> {
    await mkdir(this.rejected.folder, { recursive: true });
    for (const name of await readdir(this.folder)) {
      if (name.endsWith('.part')) await rm(join(this.folder, name), { force: true });
    }
    for (const file of await this.leftovers()) this.held.set(file.path, file.bytes);
    await this.rejected.trim();
  }

  /** All requests become complete files, or none. Rejects as retryable whatever the reason: a full disk or a lost mount may pass. */
  async write(requests: readonly InsertRequest[]): Promise<readonly SpoolFile[]> {
    const files = requests.map((request) => this.fileOf(request));
    this.reserve(files);
    // Settled, not all: a file that is still being written cannot be removed.
    const written = await Promise.allSettled(files.map((file, index) => this.writePart(file, requests[index]!.blocks)));
    const failed = written.find((result) => result.status === 'rejected');
    try {
      if (failed !== undefined) throw failed.reason;
      for (const file of files) await rename(partOf(file), file.path);
    } catch (error) {
      await Promise.all(files.map((file) => this.discard(file)));
      throw unspooled(error instanceof Error ? error.message : String(error), error);
    }
    return files;
  }

  /** A file that cannot be removed is no fault of the batch: it is stored, and its token keeps a replay from adding to it. */
  async remove(file: SpoolFile): Promise<void> {
    try {
      await rm(file.path, { force: true });
      this.held.delete(file.path);
    } catch (error) {
      this.logger.warn('spool file not removed', { file: file.path, error });
    }
  }

  /** Keeps a file that the engine refuses for people to look at; it is not tried again. */
  async setAside(file: SpoolFile): Promise<void> {
    await this.rejected.take(file.path);
    this.held.delete(file.path);
  }

  /** Whether the file is as long as it was when it was written; the disk may have lost its end in a power cut. */
  async isWhole(file: SpoolFile): Promise<boolean> {
    return (await stat(file.path)).size === file.bytes;
  }

  /** What an earlier process did not finish. */
  async leftovers(): Promise<readonly SpoolFile[]> {
    const found: SpoolFile[] = [];
    for (const name of (await readdir(this.folder)).sort()) {
      const [, table, token, bytes] = complete.exec(name) ?? [];
      if (table === undefined || token === undefined) continue;
      found.push({ path: join(this.folder, name), table, token, bytes: Number(bytes) });
    }
    return found;
  }

  private fileOf({ table, token, blocks }: InsertRequest): SpoolFile {
    const bytes = lengthOf(blocks);
    return { table, token, bytes, path: join(this.folder, `${table}.${token}.${bytes}.native`) };
  }

  /** A single batch always passes an empty spool, however large it is. */
  private reserve(files: readonly SpoolFile[]): void {
    const count = this.held.size + files.length;
    const bytes = files.reduce((total, file) => total + file.bytes, this.heldBytes());
    if (this.held.size > 0 && (count > this.limits.maxFiles || bytes > this.limits.maxBytes)) {
      this.refused.add();
      this.logger.warn('spool full, batch refused', { files: this.held.size, bytes: this.heldBytes() });
      throw unspooled(`${this.held.size} batches wait for the engine already`, undefined);
    }
    for (const file of files) this.held.set(file.path, file.bytes);
  }

  private heldBytes(): number {
    let bytes = 0;
    for (const length of this.held.values()) bytes += length;
    return bytes;
  }

  private async writePart(spoolFile: SpoolFile, blocks: readonly Uint8Array[]): Promise<void> {
    const file = await this.create(partOf(spoolFile));
    try {
      // On a full disk the system takes what still fits and calls that a success.
      const { bytesWritten } = await file.writev(blocks);
      if (bytesWritten !== spoolFile.bytes) throw new Error(`the disk took ${bytesWritten} of ${spoolFile.bytes} bytes`);
    } finally {
      await file.close();
    }
  }

  private async discard(file: SpoolFile): Promise<void> {
    await rm(partOf(file), { force: true }).catch(() => undefined);
    await this.remove(file);
  }
}

function partOf(file: SpoolFile): string {
  return `${file.path}.part`;
}

function lengthOf(blocks: readonly Uint8Array[]): number {
  return blocks.reduce((total, block) => total + block.byteLength, 0);
}

async function createFile(path: string): Promise<WritableFile> {
  const file = await open(path, 'w');
  return { writev: (blocks) => file.writev(blocks as Uint8Array[]), close: () => file.close() };
}

/** 243 is the engine's own number for a disk without space. */
function unspooled(reason: string, cause: unknown): MeterlarkError {
  return storageErrors.METERLARK_STORAGE_CLICKHOUSE_OVERLOADED({ number: 243, reason }, cause);
}
