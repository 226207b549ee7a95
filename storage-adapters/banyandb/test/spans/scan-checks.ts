/** What every scan must keep, whatever the spans and the sizes of its answers. */
import { conditionsTest, type RecordRow } from '@meterlark/core';
import { expect } from 'vitest';
import type { Scan } from '../../src/records/row-source.js';
import type { TraceSource } from '../../src/spans/trace-source.js';
import { spans } from './random-spans.js';

export const allColumns = spans.columns.map(({ name }) => name);

const timeOf = (row: RecordRow): number => Math.floor((row['time'] as number) / 1000);
const textOf = (row: RecordRow): string => JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)));

export async function portionsOf(source: TraceSource, scan: Scan): Promise<RecordRow[][]> {
  const portions: RecordRow[][] = [];
  for await (const portion of source.scan(scan)) portions.push(portion.map(({ row }) => row));
  return portions;
}

/** Each row that meets the scan comes once and as it was; none of another tenant or time comes; portions are in order. */
export async function expectScan(source: TraceSource, scan: Scan, stored: readonly RecordRow[]): Promise<void> {
  const portions = await portionsOf(source, scan);
  for (const portion of portions) expect(portion.length).toBeGreaterThan(0);
  for (let place = 1; place < portions.length; place += 1) {
    const [before, after] = [portions[place - 1]!.map(timeOf), portions[place]!.map(timeOf)];
    if (scan.descending) expect(Math.min(...before)).toBeGreaterThan(Math.max(...after));
    else expect(Math.max(...before)).toBeLessThan(Math.min(...after));
  }
  const inRange = stored.filter((row) => row['tenant'] === scan.tenant && timeOf(row) >= scan.fromMs && timeOf(row) <= scan.toMs);
  const meets = conditionsTest(spans, scan.where);
  const found = portions.flat();
  expect(found.filter(meets).map(textOf).sort()).toEqual(inRange.filter(meets).map(textOf).sort());
  const known = new Set(inRange.map(textOf));
  expect(found.filter((row) => !known.has(textOf(row)))).toEqual([]);
  expect(new Set(found.map(textOf)).size).toBe(found.length);
}
