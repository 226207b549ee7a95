/** ClickHouse inside this process (chDB). The package is loaded here and only when this connection is chosen. */
import { isMeterlarkError, type Counter, type Logger, type MeterlarkError, type SelfMetrics } from '@meterlark/core';
import { storageErrors } from '../errors.js';
import { text } from '../literal.js';
import { statementBytes } from '../read-settings.js';
import { toStorageError } from './classify.js';
import type { Connection, InsertRequest } from './connection.js';
import { explainOpenFailure, folderLayout, prepareFolder, type FolderLayout } from './embedded-folder.js';
import { InFlight } from './in-flight.js';
import { insertSql } from './insert-sql.js';
import { SessionLanes, type EngineSession } from './session-lanes.js';
import { Spool, type SpoolFile } from './spool.js';

export interface EmbeddedOptions {
  /** Absolute data folder. */
  readonly path: string;
  readonly database: string;
  /** Sessions for queries; one more writes. */
  readonly readers: number;
  readonly maxWaiting: number;
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
}

export async function openEmbedded(options: EmbeddedOptions): Promise<Connection> {
  const layout = folderLayout(options.path);
  await prepareFolder(layout);
  const sessions = await openSessions(layout, options.readers + 1);
  const spool = new Spool(layout.spool, options);
  try {
    await spool.prepare();
  } catch (error) {
    for (const session of sessions) session.close();
    throw error;
  }
  return new EmbeddedConnection(options, sessions, spool);
}

interface Engine {
  readonly Session: new (path: string, options: { readonly connectionArgs: readonly string[] }) => EngineSession;
}

async function openSessions(layout: FolderLayout, count: number): Promise<EngineSession[]> {
  const { Session } = await loadEngine();
  const connectionArgs = [`--config-file=${layout.config}`, `--max_query_size=${statementBytes}`];
  const sessions: EngineSession[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      sessions.push(new Session(layout.engine, { connectionArgs }));
    }
    return sessions;
  } catch (error) {
    for (const session of sessions) session.close();
    throw await explainOpenFailure(layout, error);
  }
}

async function loadEngine(): Promise<Engine> {
  try {
    return await import('chdb');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_ENGINE_MISSING({ reason }, error);
  }
}

class EmbeddedConnection implements Connection {
  private readonly writer: SessionLanes;
  private readonly readers: SessionLanes;
  private readonly inFlight = new InFlight();
  private readonly refused: Counter;

  constructor(
    private readonly options: EmbeddedOptions,
    sessions: readonly EngineSession[],
    private readonly spool: Spool,
  ) {
    this.writer = new SessionLanes(sessions.slice(0, 1), options.maxWaiting);
    this.readers = new SessionLanes(sessions.slice(1), options.maxWaiting);
    this.refused = options.selfMetrics.counter('meterlark_storage_clickhouse_refused_batches_total', 'Batches set aside at start');
  }

  command(sql: string): Promise<void> {
    return this.inFlight.run(() => this.execute(sql));
  }

  /** The engine takes several statements at once and saves most of the time between them. Our own constants only. */
  script(statements: readonly string[]): Promise<void> {
    return this.command(statements.join(';\n'));
  }

  query(sql: string): Promise<Uint8Array> {
    return this.inFlight.run(() => this.run(this.readers, sql));
  }

  insert(requests: readonly InsertRequest[]): Promise<void> {
    return this.inFlight.run(() => this.store(requests));
  }

  async recover(): Promise<number> {
    let stored = 0;
    for (const file of await this.spool.leftovers()) if (await this.recoverOne(file)) stored += 1;
    return stored;
  }

  async close(): Promise<void> {
    await this.inFlight.drain();
    await Promise.all([this.writer.close(), this.readers.close()]);
  }

  private async store(requests: readonly InsertRequest[]): Promise<void> {
    const files = await this.spool.write(requests);
    try {
      for (const file of files) {
        await this.load(file);
        await this.spool.remove(file);
      }
    } catch (error) {
      // The caller is told and keeps the batch; a file left here would come back at the next start as well.
      await Promise.all(files.map((file) => this.spool.remove(file)));
      throw error;
    }
  }

  private async execute(sql: string): Promise<void> {
    await this.run(this.writer, sql);
  }

  /** false when the file was set aside. */
  private async recoverOne(file: SpoolFile): Promise<boolean> {
    try {
      if (!(await this.spool.isWhole(file))) throw refusal(27, `${file.path} has lost its end`);
      await this.load(file);
      await this.spool.remove(file);
      return true;
    } catch (error) {
      if (isMeterlarkError(error) && error.class === 'retryable') throw error;
      this.refused.add();
      this.options.logger.error('batch of an earlier run refused, set aside', { file: file.path, error });
      await this.spool.setAside(file);
      return false;
    }
  }

  private async load(file: SpoolFile): Promise<void> {
    const source = ` FROM INFILE ${text(file.path)} COMPRESSION 'none'`;
    const target = { database: this.options.database, cluster: '' };
    // Blocks name their columns: a file of an earlier version fills a table that has got more of them since.
    await this.execute(insertSql({ ...file, columns: [] }, target, source));
  }

  private async run(lanes: SessionLanes, sql: string): Promise<Uint8Array> {
    try {
      return await lanes.run(sql);
    } catch (error) {
      throw toStorageError(error, { url: this.options.path, user: '' });
    }
  }
}

/** With the number that the engine itself has for it: 27 unreadable input, 60 unknown table. */
function refusal(number: number, reason: string): MeterlarkError {
  return storageErrors.METERLARK_STORAGE_CLICKHOUSE_REFUSED({ number, reason });
}
