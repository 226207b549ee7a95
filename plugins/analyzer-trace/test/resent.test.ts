import { minuteMs, selectRows, type RecordQuery, type RecordRow } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { RecentEntries } from '../src/recent-entries.js';
import { batchOf, nowUs, sceneOf, segmentOf, spanOf } from './scene.js';

describe('an entry span that is sent again', () => {
  it('is stored again, but makes no second event', async () => {
    const { analyzer, sources, spans, metrics } = await sceneOf();
    const batch = batchOf([spanOf(), spanOf({ kind: 'client', parentSpanId: '1' }), spanOf()]);
    analyzer.accept(batch);
    const events = sources.events.length;
    analyzer.accept(batch);
    expect(sources.of('Service')).toHaveLength(2);
    expect(sources.events).toHaveLength(events);
    expect(spans()).toHaveLength(6);
    expect(metrics.value('meterlark_trace_resent_total')).toBe(2);
  });

  it('makes none of the endpoint either that its application named', async () => {
    const { analyzer, sources } = await sceneOf();
    const attributes = { 'x-le': '{"name":"pay","latency":7,"status":true}' };
    const spans = [spanOf({ segment: segmentOf(), attributes }), spanOf({ parentSpanId: '1', segment: segmentOf({ type: 'Local', spanId: 1 }), attributes })];
    for (let time = 0; time < 3; time += 1) analyzer.accept(batchOf(spans));
    expect(sources.of('Endpoint').filter(({ values }) => values['name'] === 'pay')).toHaveLength(2);
  });

  it('is another span under another trace or tenant', async () => {
    const { analyzer, sources } = await sceneOf();
    const span = spanOf();
    analyzer.accept(batchOf([span, { ...span, traceId: 'b2'.repeat(16) }]));
    analyzer.accept(batchOf([span], { tenant: 'x' }));
    analyzer.accept(batchOf([span], { tenant: 'y' }));
    expect(sources.of('Service')).toHaveLength(4);
  });
});

describe('after a restart', () => {
  const span = spanOf();
  const row = { tenant: '', time: nowUs - 1000, trace_id: span.traceId, span_id: span.spanId, entry: true };
  const over = (rows: readonly RecordRow[]) => async (query: RecordQuery) => selectRows(query, rows);

  it('an entry span that was stored a moment ago makes no second event', async () => {
    const { analyzer, sources, metrics } = await sceneOf({ stored: over([row]) });
    analyzer.accept(batchOf([span, spanOf()]));
    expect(sources.of('Service')).toHaveLength(1);
    expect(metrics.value('meterlark_trace_resent_total')).toBe(1);
  });

  it('what was stored long ago, or entered nothing, is not looked at', async () => {
    for (const other of [{ ...row, time: nowUs - 6 * minuteMs * 1000 }, { ...row, entry: false }]) {
      const { analyzer, sources } = await sceneOf({ stored: over([other]) });
      analyzer.accept(batchOf([span]));
      expect(sources.of('Service')).toHaveLength(1);
    }
  });

  it('a store that does not answer is told of, and stops nothing', async () => {
    const { analyzer, sources, logger } = await sceneOf({ stored: () => Promise.reject(new Error('away')) });
    await Promise.resolve();
    analyzer.accept(batchOf([span]));
    expect(sources.of('Service')).toHaveLength(1);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { error: new Error('away') } }]);
  });

  it('the store is asked for no more than may be remembered, and not at all where nobody counts', async () => {
    const asked: RecordQuery[] = [];
    const stored = async (query: RecordQuery) => (asked.push(query), []);
    await sceneOf({ stored, settings: { recentEntries: 100 } });
    await sceneOf({ stored, settings: { recentEntries: 1_000_000_000 } });
    await sceneOf({ stored, withoutSources: true });
    expect(asked.map(({ limit }) => limit)).toEqual([50, 50_000]);
  });
});

describe('the memory of entry spans', () => {
  const of = (traceId: string, spanId: string) => ({ traceId, spanId });

  it('knows several of one trace', () => {
    const recent = new RecentEntries(100);
    const ids = ['a', 'b', 'c', 'a', 'b', 'c'];
    expect(ids.map((id) => recent.isNew('', of('t', id)))).toEqual([true, true, true, false, false, false]);
  });

  it('keeps at least the last half of its size, and no more than all of it', () => {
    const recent = new RecentEntries(100);
    for (let id = 0; id < 10_000; id += 1) expect(recent.isNew('', of(`t${id % 7}`, `${id}`))).toBe(true);
    const isNew = (id: number): boolean => recent.isNew('', of(`t${id % 7}`, `${id}`));
    for (let id = 9999; id >= 9950; id -= 1) expect(isNew(id)).toBe(false);
    expect(isNew(9899)).toBe(true);
  });
});
