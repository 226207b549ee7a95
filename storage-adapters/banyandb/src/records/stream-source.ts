import { isMeterlarkError, type Clock, type RecordModel, type RecordRows } from '@meterlark/core';
import type { BanyanClient, FoundElement, StreamQuery } from '../connection/client.js';
import { isTooLarge } from '../connection/failures.js';
import { banyanErrors } from '../errors.js';
import { streamRowBytes } from '../protocol/check-rows.js';
import type { StreamSpec } from '../schema/model.js';
import { sendFitting } from './fitting-rows.js';
import type { RowOrigin, RowSource, Scan, ScannedRow } from './row-source.js';
import { ScanWindows } from './scan-windows.js';
import { streamQuestion, type StreamQuestion } from './stream-criteria.js';
import { StreamColumns } from './stream-read.js';
import { streamSpec } from './stream-spec.js';
import { streamRows } from './stream-write.js';

export interface StreamSourceOptions {
  readonly client: BanyanClient;
  readonly clock: Clock;
  /** Of the model's lifetime. */
  readonly group: string;
  readonly pageRows: number;
  readonly maxScannedRows: number;
}

/** Few rows are worth a small answer; more cost little beside the call. */
const smallestPage = 500;

/**
 * Rows of a model as elements of a stream, one tag for each column. The server keeps the first of elements of one id, so that
 * a repeated batch is stored once.
 */
export class StreamSource implements RowSource {
  readonly spec: StreamSpec;

  constructor(
    readonly model: RecordModel,
    private readonly options: StreamSourceOptions,
  ) {
    this.spec = streamSpec(model, options.group);
  }

  async write(rows: RecordRows, keep: Uint8Array | undefined, origin: RowOrigin): Promise<number> {
    const { spec, model, options: { client } } = this;
    const elements = await streamRows({ spec, model, rows, keep, origin });
    return sendFitting({ rows: elements, bytesOf: (row) => streamRowBytes(spec, row), send: (some) => client.writeStream(spec, some) });
  }

  async *scan(scan: Scan): AsyncGenerator<readonly ScannedRow[]> {
    const question = streamQuestion(this.model, scan.tenant, scan.where);
    if (question === undefined) return;
    const columns = new StreamColumns(this.model, scan.columns);
    const windows = this.windowsOf(scan, question);
    let scanned = 0;
    for (let window = windows.window; window !== undefined; window = windows.window) {
      const asked = { stream: this.spec, tags: columns.tags, criteria: question.criteria, order: { descending: false }, ...window };
      const found = await this.answerOf(asked, () => windows.narrow(window));
      if (found === undefined) continue;
      const whole = windows.take(window, found);
      scanned += whole?.length ?? 0;
      if (whole === undefined || scanned > this.options.maxScannedRows) throw this.tooMany();
      if (whole.length > 0) yield await columns.rows(whole, scan.tenant);
    }
  }

  /** undefined: the server or this one has no room for so much at once, and less will be asked. */
  private async answerOf(query: StreamQuery, narrow: () => boolean): Promise<readonly FoundElement[] | undefined> {
    try {
      return await this.options.client.queryStream(query);
    } catch (error) {
      if (isTooMuch(error) && narrow()) return undefined;
      throw error;
    }
  }

  private windowsOf({ fromMs, toMs, descending, wanted }: Scan, { leaves }: StreamQuestion): ScanWindows {
    const { pageRows, maxScannedRows, clock } = this.options;
    const firstRows = Math.max(smallestPage, wanted + 1);
    const firstMs = firstWidthMs[leaves] * (wanted > pageRows ? 6 : 1);
    return new ScanWindows({ fromMs, toMs, descending, firstMs, firstRows, pageRows, mostRows: maxScannedRows, nowMs: clock.now() });
  }

  private tooMany(): Error {
    return banyanErrors.METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS({ what: this.model.name, limit: this.options.maxScannedRows });
  }
}

function isTooMuch(error: unknown): boolean {
  return isTooLarge(error) || (isMeterlarkError(error) && error.code === 'METERLARK_STORAGE_BANYANDB_OVERLOADED');
}

/** An id is looked up over the whole range at once. */
const firstWidthMs: Readonly<Record<StreamQuestion['leaves'], number>> = { few: Number.MAX_SAFE_INTEGER / 6, some: 3_600_000, many: 10_000 };
