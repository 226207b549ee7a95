import { expect, test } from 'vitest';
import { ScanWindows, type Window } from '../../src/records/scan-windows.js';

const nowMs = Date.UTC(2026, 10, 21, 12);
const [hourMs, dayMs] = [3_600_000, 86_400_000];
const all = Number.MAX_SAFE_INTEGER / 6;

const ranges = [
  ['an id, at any time', nowMs - 7 * dayMs, nowMs + 25 * hourMs, all],
  ['all of the last hour and the next day', nowMs - hourMs, nowMs + dayMs, 10_000],
  ['what is ahead only', nowMs + hourMs, nowMs + dayMs, 10_000],
  ['what is past only', nowMs - dayMs, nowMs - hourMs, 10_000],
  ['one millisecond', nowMs, nowMs, 10_000],
] as const;
const cases = ranges.flatMap((range) => [true, false].map((descending) => [...range, descending] as const));

function windowsOf(fromMs: number, toMs: number, firstMs: number, descending: boolean): ScanWindows {
  return new ScanWindows({ fromMs, toMs, descending, firstMs, firstRows: 500, pageRows: 20_000, mostRows: 2_000_000, nowMs });
}

test.each(cases)('%s (%d to %d, first %d, descending %s): a server that never has room ends the scan after a few tries', (...[, fromMs, toMs, firstMs, descending]) => {
  const windows = windowsOf(fromMs, toMs, firstMs, descending);
  const widths: number[] = [];
  let window: Window;
  do {
    window = windows.window!;
    widths.push(window.toMs - window.fromMs + 1);
  } while (windows.narrow(window));
  expect(widths.length).toBeLessThan(12);
  expect(widths.at(-1)).toBe(1);
  expect(widths.every((width, place) => place === 0 || width < widths[place - 1]!)).toBe(true);
});

test.each(cases)('%s (%d to %d, first %d, descending %s): a server with room for ten minutes is asked for all, in order', (...[, fromMs, toMs, firstMs, descending]) => {
  const windows = windowsOf(fromMs, toMs, firstMs, descending);
  const read: Window[] = [];
  let asked = 0;
  for (let window = windows.window; window !== undefined; window = windows.window) {
    asked += 1;
    if (window.toMs - window.fromMs >= 600_000) {
      expect(windows.narrow(window)).toBe(true);
      continue;
    }
    expect(windows.take(window, [])).toEqual([]);
    read.push(window);
  }
  if (descending) read.reverse();
  expect(read[0]?.fromMs).toBe(fromMs);
  expect(read.at(-1)?.toMs).toBe(toMs);
  expect(read.every((window, place) => place === 0 || window.fromMs === read[place - 1]!.toMs + 1)).toBe(true);
  expect(asked).toBeLessThan((10 * (toMs - fromMs)) / 600_000 + 20);
});
