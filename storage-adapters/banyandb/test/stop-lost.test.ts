/** Meterlark stops, or a connection dies without a word, while the store is lost. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { minuteMs } from '@meterlark/core';
import { ManualClock, StorageBench } from '@meterlark/core/testing';
import { metricDays, recordDays, type BanyanSettings } from '../src/settings.js';
import { StoreServices } from '../src/store-services.js';
import { blackHoleBefore } from './black-hole.js';
import { startBanyanDouble, type BanyanDouble } from './double/index.js';
import { defaultSettings } from './plain-settings.js';
import { newNamespace, openTestStore, sessionOf, wallClock, type OpenedStore } from './surroundings.js';

const undo: (() => unknown)[] = [];
let double: BanyanDouble;
let namespace: string;
beforeEach(async () => {
  double = await startBanyanDouble();
  undo.push(() => double.stop());
  namespace = newNamespace();
});
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function opened(changes: Partial<BanyanSettings> = {}): Promise<OpenedStore> {
  const store = await openTestStore({ targets: [double.target], namespace, ...changes });
  undo.push(() => store.close());
  return store;
}

function servicesOf(store: OpenedStore): StoreServices {
  const { retention } = defaultSettings();
  const services = new StoreServices({ retentionDays: metricDays(retention), recordDays: recordDays(retention) });
  services.attach(store);
  return services;
}

const benchOf = (store: OpenedStore): StorageBench => new StorageBench(sessionOf(store), wallClock, randomUUID().slice(0, 8));
const names = Array.from({ length: 20 }, (_, index) => `e${index}`);

async function writeNames(own: StorageBench): Promise<void> {
  for (const [index, entity] of names.entries()) await own.write('sum', [{ at: own.hour + (index % 10) * minuteMs, entity, a: 1 }]);
}

describe('a stop', () => {
  test('while the store comes back lets the repetition end', async () => {
    const store = await opened();
    const own = benchOf(store);
    await writeNames(own);
    await double.restart({ crash: true });
    await servicesOf(store).detach();
    expect(store.metrics.value('meterlark_storage_banyandb_unrepeatable_writes_total', { reason: 'closed' })).toBe(0);
    const again = await opened();
    expect(await own.with(sessionOf(again)).read('sum', 'minute', { entityIds: names })).toHaveLength(20);
  });

  test('while the store is away counts and tells what it may have lost', async () => {
    const store = await opened();
    await writeNames(benchOf(store));
    await double.restart({
      crash: true,
      before: async () => {
        await servicesOf(store).detach();
      },
    });
    expect(store.metrics.value('meterlark_storage_banyandb_unrepeatable_writes_total', { reason: 'closed' })).toBeGreaterThan(0);
    expect(store.logger.lines.at(-1)).toMatchObject({ level: 'error' });
  }, 20_000);

  test('while the store hangs cancels what runs', async () => {
    const hole = await blackHoleBefore(double.target);
    undo.push(() => hole.close());
    const store = await opened({ targets: [hole.target] });
    const services = servicesOf(store);
    const own = benchOf(store);
    await services.metricWriter.write(own.batch([own.rows('sum', [{ at: own.hour, a: 1 }])]));
    hole.swallow();
    // With the timeouts of the settings it would run for minutes.
    const writing = expect(services.metricWriter.write(own.batch([own.rows('sum', [{ at: own.hour, a: 1 }])]))).rejects.toMatchObject({ class: 'retryable' });
    await services.detach();
    await writing;
  }, 20_000);
});

test('a store that died without a word, noticed long after it is back, has everything again', async () => {
  const hole = await blackHoleBefore(double.target);
  undo.push(() => hole.close());
  const times = { writeTimeoutMs: 2_000, queryTimeoutMs: 2_000, connectTimeoutMs: 500 };
  const clock = new ManualClock(Date.now());
  const store = await openTestStore({ targets: [hole.target], namespace, ...times }, clock);
  undo.push(() => store.close());
  const own = benchOf(store);
  await own.write('sum', [{ at: own.hour, a: 5 }]);
  hole.swallow();
  await double.restart({ crash: true });
  hole.over();
  clock.advance(60_000);
  const batch = own.batch([own.rows('sum', [{ at: own.hour, entity: 'other', a: 5 }])]);
  await expect.poll(() => store.metricWriter.write(batch).catch((error: unknown) => error), { timeout: 15_000 }).toBe(undefined);
  expect(await own.values('sum', 'minute')).toEqual([5]);
}, 20_000);
