/** What senders choose must not choose how much is remembered, neither by its length nor by what it was cut from. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FakeSeenEntities } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { CoverageCounter } from '../../src/signal-coverage/coverage-counter.js';
import { keyOf, maxKeyLength } from '../../src/signal-coverage/own-key.js';
import { RecentRequests } from '../../src/signal-coverage/recent-requests.js';
import { FakeStream, startUs } from '../kit.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const mebibyte = 2 ** 20;

/** Texts anywhere within Maps, Sets and objects. */
function textsIn(thing: unknown, seen = new Set<unknown>()): readonly string[] {
  if (typeof thing === 'string') return [thing];
  if (typeof thing !== 'object' || thing === null || seen.has(thing)) return [];
  seen.add(thing);
  const parts = thing instanceof Map ? [...thing].flat() : thing instanceof Set ? [...thing] : Object.values(thing);
  return parts.flatMap((part) => textsIn(part, seen));
}

/** Bytes that stay on the heap. */
function bytesOf(work: () => unknown): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = work();
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  expect(kept).toBeDefined();
  return bytes;
}

/** Flat texts of half a megabyte (larger ones would lie outside of the heap), each another one: `place` is at its beginning. */
function large(place: number): string {
  return Buffer.alloc(mebibyte / 2, `${place}-padding-`).toString('latin1');
}

describe('requests seen of late', () => {
  test('are kept as keys of a bounded length, however long their ids are, and are known again', () => {
    const recent = new RecentRequests(1000);
    const ids = ['x'.repeat(100_000), `${'x'.repeat(99_999)}y`, 'é'.repeat(65), 'r'.repeat(64), '', '#'];
    for (const tenant of ['', 't'.repeat(1000)]) {
      expect(ids.map((id) => recent.isNew(tenant, 7, id))).toEqual(ids.map(() => true));
      expect(ids.map((id) => recent.isNew(tenant, 7, id))).toEqual(ids.map(() => false));
    }
    const texts = textsIn(recent);
    expect(texts).toHaveLength(2 * ids.length);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(maxKeyLength);
  });

  test('do not keep alive the texts that their ids were cut from', () => {
    const bytes = bytesOf(() => {
      const recent = new RecentRequests(1000);
      for (let place = 0; place < 64; place += 1) recent.isNew('', place, large(place).slice(1, 40));
      return recent;
    });
    expect(bytes).toBeLessThan(8 * mebibyte);
  });

  test('whose id is the fingerprint of another’s are others', () => {
    const long = 'x'.repeat(1000);
    expect(keyOf(keyOf(long))).not.toBe(keyOf(long));
    expect(keyOf('#')).not.toBe('#');
  });
});

describe('models of gateways', () => {
  const counterOf = (stream: FakeStream): CoverageCounter => new CoverageCounter('logs', stream, new FakeSeenEntities());
  const request = { endUs: startUs, tokens: 1 };

  test.each<[string, (place: number) => string]>([
    ['long names', (place) => large(place)],
    ['names cut out of long texts', (place) => large(place).slice(0, 1024)],
    ['short names cut out of long texts', (place) => large(place).slice(1, 40)],
  ])('%s stay small', (_what, nameOf) => {
    const origin = { tenant: '', service: 'edge' };
    const stream = new FakeStream();
    const bytes = bytesOf(() => {
      const counter = counterOf(stream);
      for (let place = 0; place < 64; place += 1) counter.count(origin, { ...request, model: nameOf(place) });
      return counter;
    });
    expect(bytes).toBeLessThan(8 * mebibyte);
    expect(Object.keys(stream.counts)).toHaveLength(128);
  });

  test('are bounded over all gateways together', () => {
    const asked: string[] = [];
    const stream = new FakeStream();
    const series = stream.series.bind(stream);
    stream.series = (key) => (asked.push(key.entityId), series(key));
    const counter = counterOf(stream);
    const origins = Array.from({ length: 20 }, (_, place) => ({ tenant: '', service: `edge-${place}` }));
    const tell = (models: number): void => {
      for (const origin of origins) for (let model = 0; model < models; model += 1) counter.count(origin, { ...request, model: `m${model}` });
    };
    tell(100);
    const once = asked.length;
    tell(100);
    expect([once, asked.length]).toEqual([20 * 100 * 2, once]);
    tell(1000);
    tell(1);
    // 20,000 are more than are remembered: those of the first gateways were forgotten meanwhile.
    expect(asked.length).toBeGreaterThan(20 * 1000 * 2);
  });

  test('of one beginning longer than a label are one', () => {
    const stream = new FakeStream();
    const counter = counterOf(stream);
    for (const end of ['a', 'b']) counter.count({ tenant: '', service: 'edge' }, { ...request, model: 'x'.repeat(1024) + end });
    expect(stream.counts[`edge requests ${'x'.repeat(1024)} logs +0`]).toBe(2);
  });
});
