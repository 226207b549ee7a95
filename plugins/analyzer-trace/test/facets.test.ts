import { describe, expect, it } from 'vitest';
import { batchOf, nowUs, resourceOf, sceneOf, spanOf } from './scene.js';

const hourUs = 3_600_000_000;
const hour = Math.floor(nowUs / hourUs) * hourUs;

describe('facets', () => {
  it('list span names and remote services by service, and values of searchable tags', async () => {
    const { analyzer, facets } = await sceneOf();
    const attributes = { 'http.method': 'GET', 'http.status_code': 200, 'gen_ai.request.model': 'gpt-4o', other: 'x', 'user.id': '' };
    analyzer.accept(batchOf([spanOf({ attributes, peer: 'db' })], { tenant: 't' }));
    expect(facets().map(({ tenant, time, list, key, value }) => [tenant, time, list, key, value])).toEqual([
      ['t', hour, 'span_name', 'shop', 'GET /carts'],
      ['t', hour, 'remote_service', 'shop', 'db'],
      ['t', hour, 'trace_tag', 'http.method', 'GET'],
      ['t', hour, 'trace_tag', 'http.status_code', '200'],
      ['t', hour, 'trace_tag', 'gen_ai.request.model', 'gpt-4o'],
      ['t', hour, 'zipkin_tag', 'http.method', 'GET'],
    ]);
  });

  it('have one row an hour for each value, also when spans of two hours come mixed', async () => {
    const { analyzer, facets } = await sceneOf();
    const mixed = Array.from({ length: 100 }, (_, place) => spanOf({ startUs: nowUs - (place % 3) * hourUs }));
    analyzer.accept(batchOf(mixed));
    analyzer.accept(batchOf(mixed));
    expect(facets().map(({ time }) => time).sort()).toEqual([hour - 2 * hourUs, hour - hourUs, hour]);
  });

  it('have a new row in the next hour', async () => {
    const { analyzer, clock, facets } = await sceneOf();
    analyzer.accept(batchOf([spanOf()]));
    clock.advance(3_600_000);
    analyzer.accept(batchOf([spanOf({ startUs: nowUs + hourUs }), spanOf({ startUs: nowUs + hourUs })]));
    expect(facets().map(({ time }) => time)).toEqual([hour, hour + hourUs]);
  });

  it('of two tenants and two services do not mix', async () => {
    const { analyzer, facets } = await sceneOf();
    for (const tenant of ['a', 'b']) {
      for (const name of ['x', 'y']) {
        analyzer.accept(batchOf([spanOf({ attributes: { 'http.method': 'GET' } })], { tenant, resource: resourceOf({ 'service.name': name }) }));
      }
    }
    const listed = facets().map(({ tenant, list, key }) => JSON.stringify([tenant, list, key]));
    expect(listed).toHaveLength(8);
    expect(new Set(listed).size).toBe(8);
  });

  it('say which tags may be searched by, every hour with spans, whatever values could be listed', async () => {
    const { analyzer, clock, facets, searchable } = await sceneOf({ settings: { searchableTags: ['user.id', 'never.seen'], maxFacets: 1 } });
    const long = { 'user.id': 'u'.repeat(300) };
    analyzer.accept(batchOf([spanOf({ attributes: long }), spanOf({ attributes: long })]));
    analyzer.accept(batchOf([spanOf({ attributes: long })]));
    expect(facets().some(({ list }) => list === 'trace_tag')).toBe(false);
    expect(searchable().map(({ time, key, value }) => [time, key, value])).toEqual([[hour, 'user.id', ''], [hour, 'never.seen', '']]);
    clock.advance(3_600_000);
    analyzer.accept(batchOf([spanOf()]));
    expect(searchable().map(({ time }) => time)).toEqual([hour, hour, hour + hourUs, hour + hourUs]);
  });

  it('leave out values that nobody would pick: long ones and lists', async () => {
    const { analyzer, facets } = await sceneOf();
    analyzer.accept(batchOf([spanOf({ name: 'n'.repeat(300), attributes: { 'user.id': 'u'.repeat(257), 'session.id': ['a'] } })]));
    expect(facets()).toEqual([]);
  });

  it('are bounded per list and in all, and what exceeds is counted', async () => {
    const { analyzer, facets, metrics } = await sceneOf({ settings: { maxFacetsPerList: 5, maxFacets: 8 } });
    analyzer.accept(batchOf(Array.from({ length: 20 }, (_, n) => spanOf({ name: `n${n}`, attributes: { 'user.id': `u${n}` } }))));
    expect(facets().filter(({ list }) => list === 'span_name')).toHaveLength(4);
    expect(facets()).toHaveLength(8);
    expect(metrics.value('meterlark_trace_facets_dropped_total')).toBe(32);
  });

  it('are forgotten after an idle hour, so that new values find room', async () => {
    const { analyzer, clock, facets } = await sceneOf({ settings: { maxFacets: 2 } });
    analyzer.accept(batchOf([spanOf({ name: 'a' }), spanOf({ name: 'b' })]));
    clock.advance(2 * 3_600_000);
    analyzer.accept(batchOf([spanOf({ name: 'c', startUs: clock.now() * 1000 })]));
    expect(facets().map(({ value }) => value)).toEqual(['a', 'b', 'c']);
  });
});
