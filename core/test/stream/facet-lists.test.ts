import { describe, expect, it } from 'vitest';
import type { RecordAppender } from '../../src/contract/stream.js';
import { hourMs } from '../../src/model/time.js';
import { BoundedFacetLists, type FacetLimits } from '../../src/stream/facet-lists.js';
import { ManualClock, RecordingMetrics } from '../../src/testing/fakes.js';
import { RecordingRecords } from '../../src/testing/record-fakes.js';

const hour = 491_000;
const key = { tenant: 't', list: 'log_tag', key: 'level' };
const other = { ...key, key: 'status' };

function scene(limits: Partial<FacetLimits> = {}) {
  const clock = new ManualClock(hour * hourMs + 1000);
  const records = new RecordingRecords();
  const selfMetrics = new RecordingMetrics();
  const lists = new BoundedFacetLists({ records, clock, selfMetrics }, { maxPerList: 100, maxInAll: 1000, ...limits });
  const rows = (): unknown[][] => records.rows('facets').map((row) => [(row['time'] as number) / hourMs / 1000 - hour, row['key'], row['value']]);
  const dropped = (): number => selfMetrics.value('meterlark_stream_facets_dropped_total');
  const size = (): number => selfMetrics.value('meterlark_stream_facets');
  return { clock, records, lists, rows, dropped, size };
}

async function opened(limits: Partial<FacetLimits> = {}): Promise<ReturnType<typeof scene>> {
  const made = scene(limits);
  await made.lists.open();
  return made;
}

describe('facet lists', () => {
  it('write a row with every column for each value, numbers and flags as text', async () => {
    const { lists, records } = await opened();
    for (const value of ['ERROR', 200, true]) lists.set(key).see(value, hour);
    const row = { tenant: 't', time: hour * hourMs * 1000, list: 'log_tag', key: 'level', revision: 0 };
    expect(records.rows('facets')).toEqual(['ERROR', '200', 'true'].map((value) => ({ ...row, value })));
  });

  it('write one row an hour for each value, also when hours come mixed', async () => {
    const { lists, rows } = await opened();
    const set = lists.set(key);
    for (let time = 0; time < 100; time += 1) set.see('ERROR', hour - (time % 3));
    expect(rows().map(([at]) => at)).toEqual([0, -1, -2]);
    set.see('ERROR', hour + 1);
    set.see('ERROR', hour);
    set.see('ERROR', hour - 40);
    expect(rows().map(([at]) => at)).toEqual([0, -1, -2, 1]);
  });

  it('write one row an hour for a value that several show, however they came by their sets', async () => {
    const { lists, rows } = await opened();
    const early = [lists.set(key), lists.set({ ...key })];
    for (const set of early) set.see('ERROR', hour);
    for (const set of [lists.set(key), ...early]) set.see('ERROR', hour);
    for (const set of early) set.see('WARN', hour);
    expect(rows()).toEqual([[0, 'level', 'ERROR'], [0, 'level', 'WARN']]);
  });

  it('are still shared after all their values were forgotten', async () => {
    const { lists, rows, clock } = await opened();
    const [one, two] = [lists.set(key), lists.set(key)];
    one.see('a', hour);
    clock.advance(3 * hourMs);
    lists.set(other).see('x', hour + 3);
    const three = lists.set(key);
    for (const set of [three, two, one]) set.see('b', hour + 3);
    expect(rows()).toEqual([[0, 'level', 'a'], [3, 'status', 'x'], [3, 'level', 'b']]);
  });

  it('of two tenants, lists and keys do not mix', async () => {
    const { lists, records } = await opened();
    const keys = [key, { ...key, tenant: 'u' }, { ...key, list: 'trace_tag' }, other, { tenant: '', list: 'tlog_tag', key: 'level' }];
    for (const one of keys) lists.set(one).see('v', hour);
    expect(records.rows('facets').map(({ tenant, list, key: of }) => ({ tenant, list, key: of }))).toEqual(keys);
  });

  it('leave out what nobody would pick: empty and long values', async () => {
    const { lists, rows, dropped } = await opened();
    for (const value of ['', 'u'.repeat(257), 'u'.repeat(256)]) lists.set(key).see(value, hour);
    expect(rows()).toEqual([[0, 'level', 'u'.repeat(256)]]);
    expect(dropped()).toBe(0);
  });

  it('are bounded per list and in all, and what exceeds is counted', async () => {
    const { lists, rows, dropped, size } = await opened({ maxPerList: 5, maxInAll: 8 });
    for (let value = 0; value < 20; value += 1) for (const one of [key, other]) lists.set(one).see(value, hour);
    expect(rows().filter(([, of]) => of === 'level')).toHaveLength(4);
    expect([rows().length, size(), dropped()]).toEqual([8, 8, 32]);
    lists.set({ ...key, key: 'third' }).see('x', hour);
    expect(dropped()).toBe(33);
  });

  it('are forgotten after an idle hour, so that new values find room', async () => {
    const { lists, rows, clock, size } = await opened({ maxInAll: 2 });
    for (const value of ['a', 'b', 'lost']) lists.set(key).see(value, hour);
    clock.advance(2 * hourMs);
    lists.set(key).see('c', hour + 2);
    expect(rows().map(([, , value]) => value)).toEqual(['a', 'b', 'c']);
    expect(size()).toBe(1);
  });

  it('tell every hour with data what stands, once whoever says it', async () => {
    const { lists, rows, clock } = await opened({ maxInAll: 2 });
    lists.stand([key, other]);
    lists.stand([key]);
    lists.set(key).see('u'.repeat(300), hour);
    expect(rows()).toEqual([[0, 'level', ''], [0, 'status', '']]);
    clock.advance(hourMs);
    lists.set(key).see('u'.repeat(300), hour + 1);
    lists.set(key).see('a', hour + 1);
    expect(rows().slice(2)).toEqual([[1, 'level', ''], [1, 'status', ''], [1, 'level', 'a']]);
  });

  it('hold a bounded number of keys that stand', async () => {
    const { lists, rows, dropped } = await opened({ maxInAll: 1 });
    lists.stand([key, other, { ...key, key: 'third' }]);
    expect([rows(), dropped()]).toEqual([[[0, 'level', '']], 2]);
  });

  it('keep rows from before the model was open, in order and bounded', async () => {
    const { lists, rows, dropped } = scene({ maxInAll: 3 });
    lists.stand([key]);
    for (const value of ['a', 'b', 'c']) lists.set(key).see(value, hour);
    expect([rows(), dropped()]).toEqual([[], 1]);
    await lists.open();
    lists.set(key).see('a', hour + 1);
    expect(rows()).toEqual([[0, 'level', ''], [0, 'level', 'a'], [0, 'level', 'b'], [1, 'level', 'a']]);
  });

  it('fail to open when the store does', async () => {
    const records = { open: async (): Promise<RecordAppender> => { throw new Error('away'); } };
    const lists = new BoundedFacetLists({ records, clock: new ManualClock(0), selfMetrics: new RecordingMetrics() }, { maxPerList: 1, maxInAll: 1 });
    await expect(lists.open()).rejects.toThrow('away');
  });
});
