/** A filled source and its copy, and what must be the same in both. */
import { expect } from 'vitest';
import type { CopyResult } from '../../../src/host/copy/copy.js';
import type { CopyStore } from '../../../src/host/copy/copy-store.js';
import { recordModels } from '../../../src/model/record-models.js';
import type { RecordModel, RecordRow } from '../../../src/model/record.js';
import { dayMs } from '../../../src/model/time.js';
import { CopyBench, type MemoryKeeper, nowMs, openCopyStore, shown, steps, todayMs } from './copy-bench.js';
import { fill, metrics } from './full-source.js';

export async function filled(target: CopyStore = openCopyStore()): Promise<CopyBench> {
  const bench = new CopyBench(openCopyStore(), target);
  await fill(bench.source);
  return bench;
}

/** First day that the step keeps whole. */
function wholeFrom(days: number, isToday = false): number {
  return todayMs - (isToday ? days : days - 1) * dayMs;
}

export async function expectSameMetrics(source: CopyStore, target: CopyStore): Promise<void> {
  for (const step of steps) {
    const days = Math.min(source.health.retentionDays[step], target.health.retentionDays[step], 12);
    const from = wholeFrom(days, step === 'day');
    const expected = await shown(source, metrics, step, from);
    expect(expected.length).toBeGreaterThan(100);
    expect(await shown(target, metrics, step, from)).toEqual(expected);
  }
}

async function rowsOf(store: CopyStore, model: RecordModel): Promise<readonly string[]> {
  const query = { model, tenant: '', fromUs: 0, toUs: nowMs * 1000, where: [], orderBy: [], limit: 100_000, offset: 0 };
  return (await store.recordReader.rows(query)).map((row: RecordRow) => JSON.stringify(Object.entries(row).sort())).sort();
}

export async function expectSameRecords(source: CopyStore, target: CopyStore): Promise<void> {
  for (const model of recordModels) {
    const rows = await rowsOf(source, model);
    expect(rows.length).toBeGreaterThan(20);
    expect(await rowsOf(target, model)).toEqual(rows);
  }
}

export async function finished(bench: CopyBench, keeper: MemoryKeeper): Promise<NonNullable<CopyResult>> {
  const result = await bench.run(keeper);
  if (result === undefined) throw new Error('the copy was stopped');
  return result;
}
