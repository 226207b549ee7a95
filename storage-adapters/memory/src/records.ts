import {
  bucketStart,
  dayMs,
  groupRows,
  LoopTurn,
  readRow,
  selectRows,
  type Clock,
  type Counter,
  type GroupQuery,
  type Lifetime,
  type RecordGroup,
  type RecordModel,
  type RecordQuery,
  type RecordReader,
  type RecordRow,
  type RecordSelection,
  type RecordWriteBatch,
  type RecordWriter,
  type SchemaInstaller,
  type SelfMetrics,
} from '@meterlark/core';
import { memoryErrors } from './errors.js';
import { RecordTable } from './record-table.js';
import { SeenBatches } from './seen-batches.js';

export interface MemoryRecordLimits {
  readonly recordDays: Readonly<Record<Lifetime, number>>;
  /** Per model. */
  readonly maxRecords: number;
  /** Of how many writers the last batch is remembered, to know a repeated one. */
  readonly maxWriters: number;
}

/** Rows between two looks at the time. */
const rowsBetweenLooks = 64;

export class MemoryRecords implements SchemaInstaller, RecordWriter, RecordReader {
  private readonly tables = new Map<string, RecordTable>();
  private readonly seen: SeenBatches;
  private readonly drops: Counter;

  constructor(
    private readonly limits: MemoryRecordLimits,
    private readonly clock: Clock,
    selfMetrics: SelfMetrics,
  ) {
    this.seen = new SeenBatches(limits.maxWriters);
    const help = 'Records let go: past their lifetime, or, when full, longest held first';
    this.drops = selfMetrics.counter('meterlark_storage_memory_dropped_records_total', help, ['model', 'reason']);
    const held = (): number => [...this.tables.values()].reduce((total, table) => total + table.size, 0);
    selfMetrics.observe('meterlark_storage_memory_records', 'Records held over all models', held);
  }

  async install(models: readonly RecordModel[]): Promise<void> {
    for (const model of models) {
      const dropped = (reason: string, rows: number): void => this.drops.add(rows, { model: model.name, reason });
      const table = this.tables.get(model.name);
      if (table === undefined) this.tables.set(model.name, new RecordTable(model, this.limits.maxRecords, dropped));
      else table.install(model);
    }
  }

  async write(batch: RecordWriteBatch): Promise<void> {
    const targets = batch.rows.map((rows) => ({ rows, table: this.fresh(rows.model) }));
    if (!this.seen.isNew(batch)) return;
    const turn = new LoopTurn();
    for (const { rows, table } of targets) {
      for (let index = 0; index < rows.count; index += 1) {
        table.add(readRow(rows, index));
        if (index % rowsBetweenLooks !== 0 || !turn.isOver) continue;
        table.makeRoom();
        await turn.next();
      }
      table.makeRoom();
    }
  }

  async rows(query: RecordQuery): Promise<readonly RecordRow[]> {
    return selectRows(query, this.candidates(query));
  }

  async groups(query: GroupQuery): Promise<readonly RecordGroup[]> {
    return groupRows(query, this.candidates(query));
  }

  private candidates(selection: RecordSelection): Iterable<RecordRow> {
    return this.fresh(selection.model).candidates(selection);
  }

  /** Without the rows whose lifetime is over. */
  private fresh({ name }: RecordModel): RecordTable {
    const table = this.tables.get(name);
    if (table === undefined) throw memoryErrors.METERLARK_STORAGE_MEMORY_NO_MODEL({ model: name });
    table.expire(bucketStart(this.clock.now() - this.limits.recordDays[table.lifetime] * dayMs, 'day') * 1000);
    return table;
  }
}
