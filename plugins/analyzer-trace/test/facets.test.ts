import { describe, expect, it } from 'vitest';
import { batchOf, nowUs, resourceOf, sceneOf, spanOf } from './scene.js';

const hourUs = 3_600_000_000;
const hour = Math.floor(nowUs / hourUs);

describe('facets', () => {
  it('list span names and remote services by service, and values of searchable tags', async () => {
    const { analyzer, facets } = await sceneOf();
    const attributes = { 'http.method': 'GET', 'http.status_code': 200, 'gen_ai.request.model': 'gpt-4o', other: 'x' };
    analyzer.accept(batchOf([spanOf({ attributes, peer: 'db' })], { tenant: 't' }));
    expect(facets.rows.map(({ tenant, hour: at, list, key, value }) => [tenant, at, list, key, value])).toEqual([
      ['t', hour, 'span_name', 'shop', 'GET /carts'],
      ['t', hour, 'remote_service', 'shop', 'db'],
      ['t', hour, 'trace_tag', 'http.method', 'GET'],
      ['t', hour, 'trace_tag', 'http.status_code', '200'],
      ['t', hour, 'trace_tag', 'gen_ai.request.model', 'gpt-4o'],
      ['t', hour, 'zipkin_tag', 'http.method', 'GET'],
    ]);
  });

  it('are of the hour in which the span began', async () => {
    const { analyzer, facets } = await sceneOf();
    analyzer.accept(batchOf([0, 1, 2].map((ago) => spanOf({ startUs: nowUs - ago * hourUs }))));
    expect(facets.rows.map(({ hour: at }) => at)).toEqual([hour, hour - 1, hour - 2]);
  });

  it('of two tenants and two services do not mix', async () => {
    const { analyzer, facets } = await sceneOf();
    for (const tenant of ['a', 'b']) {
      for (const name of ['x', 'y']) {
        analyzer.accept(batchOf([spanOf({ attributes: { 'http.method': 'GET' } })], { tenant, resource: resourceOf({ 'service.name': name }) }));
      }
    }
    const listed = facets.rows.map(({ tenant, list, key }) => JSON.stringify([tenant, list, key]));
    expect(listed).toHaveLength(8);
    expect(new Set(listed).size).toBe(8);
  });

  it('say of every tenant, once, which tags may be searched by', async () => {
    const { analyzer, facets } = await sceneOf({ settings: { searchableTags: ['user.id', 'never.seen'] } });
    for (const tenant of ['a', 'a', 'b']) analyzer.accept(batchOf([spanOf()], { tenant }));
    const keys = facets.standing.map(({ tenant, list, key }) => [tenant, list, key]);
    expect(keys).toEqual(['a', 'b'].flatMap((tenant) => ['user.id', 'never.seen'].map((key) => [tenant, 'trace_tag_key', key])));
  });

  it('leave out what is no word: nameless spans, lists and maps', async () => {
    const { analyzer, facets } = await sceneOf();
    analyzer.accept(batchOf([spanOf({ name: '', attributes: { 'user.id': ['a'], 'session.id': new Map([['a', 1]]) } })]));
    expect(facets.rows).toEqual([]);
  });
});
