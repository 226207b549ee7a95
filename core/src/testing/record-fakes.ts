/** Fakes of what analyzers write to: rows and events as plain objects, for tests to look at. */
import type { SourceEmitter, SourceSink } from '../contract/pipeline.js';
import type { RecordAppender, RecordStream } from '../contract/stream.js';
import { rowValue } from '../model/record-rows.js';
import type { RecordModel, RecordRow, RecordValue } from '../model/record.js';
import type { SourceEntity, SourceValue } from '../model/source.js';

/** Keeps what was appended, as objects. */
export class RecordingRecords implements RecordStream {
  /** What `hasRoom` answers. */
  room = true;
  flushes = 0;
  private readonly kept = new Map<string, RecordRow[]>();

  async open(model: RecordModel): Promise<RecordAppender> {
    const rows = this.kept.get(model.name) ?? [];
    this.kept.set(model.name, rows);
    return { append: (row) => void rows.push(asObject(model, row)) };
  }

  hasRoom(): boolean {
    return this.room;
  }

  async flush(): Promise<void> {
    this.flushes += 1;
  }

  /** In order of arrival; empty for a model that was never opened. */
  rows(modelName: string): readonly RecordRow[] {
    return this.kept.get(modelName) ?? [];
  }

  /** Names of the models that were opened. */
  get models(): readonly string[] {
    return [...this.kept.keys()];
  }
}

export interface SourceEvent {
  readonly source: string;
  readonly entity: SourceEntity;
  readonly timeMs: number;
  readonly values: Readonly<Record<string, SourceValue>>;
  readonly weight: 1 | -1;
}

/** Knows every source and column; keeps what was emitted. */
export class RecordingSources implements SourceSink {
  readonly events: SourceEvent[] = [];

  open(source: string, columns: readonly string[]): SourceEmitter {
    return {
      emit: (entity, timeMs, values, weight = 1) => {
        if (values.length !== columns.length) throw new Error(`${source}: ${values.length} values for ${columns.length} columns`);
        const named = Object.fromEntries(columns.map((column, place) => [column, values[place]]));
        this.events.push({ source, entity, timeMs, values: named, weight });
      },
    };
  }

  /** The events go to the same list. */
  onto(): SourceSink {
    return this;
  }

  of(source: string): readonly SourceEvent[] {
    return this.events.filter((event) => event.source === source);
  }
}

function asObject({ name, columns }: RecordModel, row: readonly RecordValue[]): RecordRow {
  if (row.length !== columns.length) throw new Error(`${name}: ${row.length} values for ${columns.length} columns`);
  return Object.fromEntries(columns.map((column, place) => [column.name, rowValue(row[place])]));
}
