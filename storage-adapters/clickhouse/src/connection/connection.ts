/** One way to talk to ClickHouse, whether it runs inside this process or as a server. */

/** Rows for one table. Data travel only as Native blocks, never inside statements. */
export interface InsertRequest {
  /** Name without the database. */
  readonly table: string;
  readonly columns: readonly string[];
  /** The same token again is stored once. Letters, digits, _ and - only. */
  readonly token: string;
  readonly blocks: readonly Uint8Array[];
}

export interface Connection {
  /** Runs a statement that answers nothing. */
  command(sql: string): Promise<void>;
  /** Runs constant statements that answer nothing in order, faster than one by one; only where the engine can. */
  readonly script?: (statements: readonly string[]) => Promise<void>;
  /** Answer of a SELECT in Native format. */
  query(sql: string): Promise<Uint8Array>;
  /** Resolves when all rows can be read and a crash of this process cannot lose them. */
  insert(requests: readonly InsertRequest[]): Promise<void>;
  /** Stores what a crash left behind; the tables must exist. Answers how many files. */
  recover(): Promise<number>;
  /** Waits for running statements and refuses new ones. */
  close(): Promise<void>;
}
