import { describe, expect, it } from 'vitest';
import { aborted, batchOf, logOf, nowUs, of, ruleOf, sceneOf } from './scene.js';

const minuteUs = 60_000_000;
const hourUs = 60 * minuteUs;

describe('entities', () => {
  it('are seen in the minute of the log: service and instance always, the endpoint of what is kept', async () => {
    const rule = ruleOf({}, ({ body }) => (body === 'no' ? { kept: false } : {}));
    const { analyzer, seen } = await sceneOf({ rules: [rule] });
    analyzer.accept(batchOf([logOf({ endpoint: '/a' }), logOf({ endpoint: '/b', body: 'no', timeUs: nowUs - minuteUs })]));
    const minute = Math.floor(nowUs / minuteUs) * 60_000;
    expect(seen.observed.map(({ scope, name, firstSeenMs }) => [scope, name, minute - firstSeenMs])).toEqual([
      ['Service', 'shop', 0], ['ServiceInstance', 'shop-1', 0], ['Endpoint', '/a', 0], ['Service', 'shop', 60_000], ['ServiceInstance', 'shop-1', 60_000],
    ]);
  });

  it('are those that a rule names, in its layer; the sender itself only where no rule said anything', async () => {
    const rule = ruleOf({}, ({ body }) => (body === 'no' ? aborted : { service: 'cart', instance: 'c-1', endpoint: '/c', layer: 'NGINX' }));
    const { analyzer, entities } = await sceneOf({ rules: [rule] });
    analyzer.accept(batchOf([logOf()]));
    expect(entities()).toEqual(['Service cart NGINX', 'ServiceInstance c-1 NGINX', 'Endpoint /c NGINX']);
    analyzer.accept(batchOf([logOf({ body: 'no' })]));
    expect(entities().slice(3)).toEqual(['Service shop GENERAL', 'ServiceInstance shop-1 GENERAL']);
  });

  it('that were forgotten to make room are asked for again', async () => {
    const { analyzer, seen, entities } = await sceneOf();
    analyzer.accept(batchOf([logOf({ endpoint: '/a' })]));
    seen.forget();
    analyzer.accept(batchOf([logOf({ endpoint: '/a' })]));
    expect(entities()).toHaveLength(6);
  });

  it('that overflow stand for the log, which keeps its names', async () => {
    const { analyzer, seen, rows, entities } = await sceneOf();
    seen.exceeds = () => true;
    analyzer.accept(batchOf([logOf()], of('NGINX')));
    expect(entities()).toEqual(['Service _overflow NGINX']);
    expect(rows()[0]?.['service']).toBe('shop');
  });
});

describe('values for completion', () => {
  it('are those of searchable tags, of the log, its severity and its rule, of what is kept, in the hour of the log', async () => {
    const rule = ruleOf({}, ({ body }) => (body === 'no' ? { kept: false } : { tags: [['ai_route_type', 'llm'], ['other', 'x']] }));
    const { analyzer, facets } = await sceneOf({ rules: [rule] });
    const attributes = { response_code: 404, 'gen_ai.request.model': 'gpt-4o', other: 'y' };
    analyzer.accept(batchOf([logOf({ attributes, severity: 'INFO', timeUs: nowUs - hourUs }), logOf({ attributes: { 'session.id': 's' }, body: 'no' })], { tenant: 't' }));
    expect(facets.rows.map(({ tenant, list, key, value, hour }) => [tenant, list, key, value, hour - Math.floor(nowUs / hourUs)])).toEqual([
      ['t', 'log_tag', 'response_code', '404', -1], ['t', 'log_tag', 'gen_ai.request.model', 'gpt-4o', -1],
      ['t', 'log_tag', 'level', 'INFO', -1], ['t', 'log_tag', 'ai_route_type', 'llm', -1],
    ]);
  });

  it('are what is stored: a tag that a rule replaced is listed with the rule\'s value; "-" and nothing are no values', async () => {
    const { analyzer, facets } = await sceneOf({ rules: [ruleOf({}, { tags: [['level', 'FATAL']] })] });
    analyzer.accept(batchOf([logOf({ attributes: { level: 'warn', response_code: '-', 'session.id': '', 'mcp.method.name': undefined } })]));
    expect(facets.rows.map(({ key, value }) => [key, value])).toEqual([['level', 'FATAL']]);
  });

  it('have keys that stand for each tenant once, whatever is seen', async () => {
    const { analyzer, facets } = await sceneOf({ settings: { searchableTags: ['a', 'b'] } });
    for (const tenant of ['t', 'u', 't']) analyzer.accept(batchOf([logOf()], { tenant }));
    expect(facets.standing).toEqual(['t', 'u'].flatMap((tenant) => ['a', 'b'].map((key) => ({ tenant, list: 'log_tag_key', key }))));
  });

  it('of tenants do not mix, though their logs are the same objects', async () => {
    const { analyzer, facets } = await sceneOf();
    const log = logOf({ attributes: { response_code: 500 } });
    for (const tenant of ['t', 'u']) analyzer.accept(batchOf([log], { tenant }));
    expect(facets.rows.map(({ tenant, value }) => tenant + value)).toEqual(['t500', 'u500']);
  });
});
