/** Merging of increments at 320,000 series: the stream against a map keyed by text, rounds interleaved. */
import { MetricStream, minuteMs, type SeriesKey } from '@meterlark/core';
import { startTestHost } from '@meterlark/core/host';
import { figureOf, type Figure } from './figure.js';

const seriesCount = 320_000;
const updatesPerRound = 4_000_000;

/** Nothing is flushed while it is measured. */
const settings = {
  storage: 'memory',
  'stream/minutes': { flushIntervalMs: 3_600_000, flushRows: 1_000_000_000, maxPendingRows: 1_000_000_000 },
};

const inventory = { 'storage/memory': '@meterlark/storage-memory' };

export async function benchMerge(runs = 5): Promise<Figure[]> {
  const host = await startTestHost({ settings, inventory, importModule: () => import('@meterlark/storage-memory') });
  try {
    const stream = host.get(MetricStream);
    const keys = makeKeys();
    const known = Int32Array.from(keys, (key) => stream.series(key));
    const order = makeOrder();
    // An analyzer has the slot of each stream at hand.
    const slots = order.map((index) => known[index] ?? 0);
    const minute = Math.floor(Date.now() / minuteMs);
    const ours = (): void => merge(stream, slots, minute);
    const theirs = (): void => mergeByText(keys, order, minute);
    return [figure(runs, ours, theirs)];
  } finally {
    await host.stop();
  }
}

function makeKeys(): SeriesKey[] {
  return Array.from({ length: seriesCount }, (_, index) => ({
    tenant: '',
    metric: `meter_bench_${index % 8}`,
    kind: 'sum',
    entityId: `service-${index >> 3}`,
    labels: '',
    source: '',
  }));
}

/** A walk over all series that no cache can foresee. */
function makeOrder(): Int32Array {
  let state = 1;
  return Int32Array.from({ length: updatesPerRound }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % seriesCount;
  });
}

function merge(stream: MetricStream, slots: Int32Array, minute: number): void {
  for (let index = 0; index < slots.length; index += 1) stream.add(slots[index] ?? 0, minute, 1);
}

function mergeByText(keys: readonly SeriesKey[], order: Int32Array, minute: number): void {
  const sums = new Map<string, number>();
  for (let index = 0; index < order.length; index += 10) {
    const key = keys[order[index] ?? 0];
    const text = `${key?.metric}|${key?.entityId}|${minute}`;
    sums.set(text, (sums.get(text) ?? 0) + 1);
  }
}

/** The baseline does a tenth of the updates, or a run would take a minute. */
function figure(runs: number, ours: () => void, theirs: () => void): Figure {
  const values: number[] = [];
  const baselines: number[] = [];
  ours();
  for (let run = 0; run < runs; run += 1) {
    values.push(updatesPerRound / seconds(ours));
    baselines.push(updatesPerRound / 10 / seconds(theirs));
  }
  return figureOf({ name: 'merge_updates', unit: 'updates/s', values, baselines });
}

function seconds(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}
