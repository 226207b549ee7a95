/** Metrics on a real server: METERLARK_TEST_BANYANDB=host:port. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MetricWriteBatch } from '@meterlark/core';
import { ManualClock } from '@meterlark/core/testing';
import type { BanyanClient } from '../../src/connection/client.js';
import type { BanyanMetricOptions } from '../../src/metrics/options.js';
import { metricMeasures } from '../../src/metrics/schema.js';
import type { GroupSpec } from '../../src/schema/model.js';
import { clientOf, type OpenedClient } from '../connection/client-of.js';
import { realInstaller } from '../schema/specs.js';
import { mapped, minute, Oracle, Process, rowsOf, steps, type Increment } from './surroundings.js';

const target = process.env['METERLARK_TEST_BANYANDB'];
if (target === undefined) console.log('metrics on a real BanyanDB: skipped, METERLARK_TEST_BANYANDB is not set');

const prefix = `mm${randomUUID().replaceAll('-', '').slice(0, 10)}`;
const groupOf = (step: string): string => `${prefix}_${step}`;
const retentionDays = { minute: 7, hour: 30, day: 180 };
// The server removes what is past its lifetime by its own clock.
const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
let opened: OpenedClient;

function processOf(client: BanyanClient, writer: string, options: Partial<BanyanMetricOptions> = {}): Process {
  return new Process(client, writer, new ManualClock(Date.now()), { groupOf, retentionDays, ...options });
}

async function expectBatches(reader: Process, batches: readonly MetricWriteBatch[], entityIds: readonly string[], metric: string): Promise<void> {
  for (const step of steps) {
    const oracle = new Oracle(step);
    for (const batch of batches) oracle.add(batch);
    expect(mapped(await reader.read('sum', step, entityIds, [metric]))).toEqual(oracle.all());
  }
}

describe.skipIf(target === undefined)('metrics on a real BanyanDB', () => {
  beforeAll(async () => {
    opened = await clientOf({ targets: [target!] }, { clock: { now: () => Date.now() }, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) });
    const groups = new Map(steps.map((step): [string, GroupSpec] => [
      groupOf(step),
      { name: groupOf(step), catalog: 'measure', shards: 1, segmentDays: 1, ttlDays: retentionDays[step], replicas: 0, stages: [] },
    ]));
    await realInstaller(opened.client, groups).install(metricMeasures(groupOf));
  }, 60_000);
  afterAll(async () => {
    if (target === undefined) return;
    for (const step of steps) await opened.client.call('groupSchemaDelete', { group: groupOf(step), force: true }).catch(() => undefined);
    await opened.client.close();
  });

  test('a row of thousands of label sets is stored in parts, grows, and is read back by another process', { timeout: 60_000 }, async () => {
    const labelled = (count: number, from: number): readonly Increment[] =>
      Array.from({ length: count }, (_, index) => ({ at: hour, a: index + 1, metric: 'huge', labels: `{"l":"${from + index}${'ü|*'.repeat(60)}"}` }));
    const first = processOf(opened.client, 'huge');
    const batches = [await first.write('sum', labelled(4000, 0)), await first.write('sum', labelled(2000, 3000))];
    const again = processOf(opened.client, 'huge');
    for (const batch of batches) await again.metricWriter.write(batch);
    again.sequence = 2;
    batches.push(await again.write('sum', labelled(10, 4995)));
    await expectBatches(again, batches, ['e'], 'huge');
    expect(again.metrics.value('meterlark_storage_banyandb_read_back_rows_total', { step: 'day' })).toBeGreaterThan(4);
  });

  test('rows let go, replays and a second writer leave every sum right, in pages of a few rows', { timeout: 120_000 }, async () => {
    const names = ['', 'a|b', '*', 'a\nb', 'ü日本', 'plain'];
    const options = { maxOpenRows: 10, pageRows: 7 };
    let one = processOf(opened.client, 'one', options);
    const two = processOf(opened.client, 'two', options);
    const batches: MetricWriteBatch[] = [];
    for (let flush = 0; flush < 12; flush += 1) {
      const increments = names.map((entityId, index): Increment => ({ at: hour + ((flush * 7 + index) % 20) * minute, a: flush * 10 + index, metric: 'mixed', entityId }));
      const process = flush % 4 === 3 ? two : one;
      const batch = process.batch(rowsOf('sum', increments));
      await process.metricWriter.write(batch);
      batches.push(batch);
      if (flush !== 6) continue;
      const { sequence } = one;
      one = processOf(opened.client, 'one', options);
      one.sequence = sequence;
      for (const old of batches.filter(({ writer }) => writer === 'one').slice(2)) await one.metricWriter.write(old);
    }
    await expectBatches(one, batches, names, 'mixed');
    const ids = await two.reader.entityIds({ tenant: '', metric: 'mixed', kind: 'sum', step: 'minute', fromMs: 0, toMs: Infinity });
    expect([...ids].sort()).toEqual([...names].sort());
  });

  test('a state of 4 MiB is taken, beside others of its series', { timeout: 60_000 }, async () => {
    const process = processOf(opened.client, 'large');
    const bounds = Array.from({ length: 400_000 }, (_, index) => index * 1_000_003 + 0.5);
    const increments = [0, 1, 2].map((offset): Increment => ({ at: hour + offset * minute, metric: 'large', histogram: { bounds, counts: bounds.map(() => 1) } }));
    await process.write('histogram', increments);
    const found = await process.read('histogram', 'minute', ['e'], ['large']);
    expect(found.map(({ state }) => state.histogram?.bounds.length)).toEqual([400_000, 400_000, 400_000]);
  });

  test('rows of one time that are larger than a message are read by their whole entities, parts too', { timeout: 60_000 }, async () => {
    const names = ['', 'a|b', '*', 'a\nb', 'ü日本', '%', ...Array.from({ length: 40 }, (_, index) => `e${index}`)];
    const labels = Array.from({ length: 60 }, (_, index) => `l=${index}${'x'.repeat(240)}`);
    const increments = names.flatMap((entityId) => labels.map((one, index): Increment => ({ at: hour, a: index + 1, metric: 'heavy', entityId, labels: one })));
    const huge = Array.from({ length: 1500 }, (_, index): Increment => ({ at: hour, a: 1, metric: 'heavy', entityId: 'huge', labels: `l=${index}${'x'.repeat(240)}` }));
    const writer = processOf(opened.client, 'heavy');
    const batches = [await writer.write('sum', [...increments, ...huge])];
    const small = await clientOf({ targets: [target!], maxMessageBytes: 300_000 }, { clock: { now: () => Date.now() } });
    const again = processOf(small.client, 'heavy', { pageRows: 20_000 });
    again.sequence = 1;
    batches.push(await again.write('sum', names.map((entityId): Increment => ({ at: hour, a: 7, metric: 'heavy', entityId, labels: labels[0]! }))));
    await expectBatches(again, batches, [...names, 'huge'], 'heavy');
    expect(small.metrics.value('meterlark_storage_banyandb_calls_total', { method: 'measureQuery', outcome: 'oversized' })).toBeGreaterThan(0);
    await small.client.close();
  });
});
