/** Stored calls of a period, page by page, in the order of time. */
import { callOf, callsModel, type ModelCall, type RecordReader, type RecordRow } from '@meterlark/core';
import type { Period } from './period.js';

export interface PageOptions {
  readonly tenant: string;
  readonly pageRows: number;
}

/**
 * A page begins at the time of the last call before it, passing over the calls of that time that were seen, so that
 * pages stay quick however many there are.
 */
export async function* callPages(reader: RecordReader, { fromMs, toMs }: Period, { tenant, pageRows }: PageOptions): AsyncGenerator<readonly ModelCall[], void, undefined> {
  let fromUs = Math.round(fromMs * 1000);
  let offset = 0;
  for (;;) {
    const rows: readonly RecordRow[] = await reader.rows({
      model: callsModel, tenant, fromUs, toUs: Math.round(toMs * 1000), where: [], limit: pageRows, offset,
      orderBy: [{ column: 'time', descending: false }, { column: 'id', descending: false }],
    });
    const calls = rows.map(callOf);
    if (calls.length > 0) yield calls;
    const last = calls.at(-1);
    if (last === undefined || calls.length < pageRows) return;
    const ofLast = calls.filter(({ startUs }) => startUs === last.startUs).length;
    offset = last.startUs === fromUs ? offset + ofLast : ofLast;
    fromUs = last.startUs;
  }
}
