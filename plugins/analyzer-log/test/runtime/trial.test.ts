import { FacetLists, LogTrial, SeenEntities } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { nowMs, nowUs } from './scene.js';
import { faultsOf, wire } from './wiring.js';

describe('a trial', () => {
  const log = JSON.stringify({
    timestamp: String(nowMs), service: 'shop', serviceInstance: 'i-1', endpoint: '/e', layer: 'K8S_SERVICE', body: { json: { json: '{"code":404}' } },
    traceContext: { traceId: 't', traceSegmentId: 's.1', spanId: 2 }, tags: { data: [{ key: 'k', value: 'v' }] },
  });
  const run = (dsl: string, given = log) => wire().get(LogTrial).run(dsl, given);

  it('answers what a rule would store of a log, and its samples', async () => {
    const dsl = `filter { json {} extractor { tag code: parsed.code
      metrics { name "n" timestamp log.timestamp as Long labels service: log.service value 2 } } sink {} }`;
    expect(await run(dsl)).toEqual({
      log: {
        tenant: '', timeUs: nowUs, service: 'shop', instance: 'i-1', endpoint: '/e', layer: 'K8S_SERVICE', traceId: 't', spanId: 's.1.2', severity: '',
        contentType: 'json', body: '{"code":404}', tags: { k: 'v', code: '404' }, scope: '',
        resource: { 'service.name': 'shop', 'service.instance.id': 'i-1', 'service.layer': 'K8S_SERVICE' },
      },
      samples: [{ name: 'n', labels: { service: 'shop' }, value: 2, timeMs: nowMs }],
    });
  });

  it.each(['filter { abort {} sink {} }', 'filter { json {} }', 'filter { sink { dropper {} } }'])('answers no log where the rule keeps none: %s', async (dsl) => {
    expect(await run(dsl)).toEqual({ log: undefined, samples: [] });
  });

  it('takes YAML, keys in either spelling, a log of any time, and now where there is none', async () => {
    const yaml = 'service: shop\nservice_instance: i-1\ntimestamp: 5\nbody: {text: {text: "a: b"}}\ntrace_context: {trace_id: t}\n';
    const old = await run('filter { sink {} }', yaml);
    expect(old.log).toMatchObject({ timeUs: 5000, instance: 'i-1', traceId: 't', spanId: '', body: 'a: b', contentType: 'text', layer: 'GENERAL' });
    expect((await run('filter { sink {} }', 'service: x')).log).toMatchObject({ timeUs: nowUs, body: '' });
  });

  it('takes JSON that is longer than YAML may be', async () => {
    const text = 'x'.repeat(200_000);
    expect((await run('filter { sink {} }', JSON.stringify({ service: 'shop', body: { text: { text } } }))).log?.body).toBe(text);
  });

  it.each([[['warn'], 'warn'], [['info', 'warn'], 'warn'], [['x'.repeat(64)], 'x'.repeat(64)], [['x'.repeat(65)], ''], [[], '']])(
    'takes the severity of the tag level, as the receiver does (%#)', async (levels, severity) => {
      const tags = { data: levels.map((value) => ({ key: 'level', value })) };
      expect((await run('filter { sink {} }', JSON.stringify({ service: 'shop', tags }))).log?.severity).toBe(severity);
    });

  it('of a rule that is too long, or has many patterns that cannot be used, ends soon', async () => {
    const [, long] = await faultsOf(run(`filter { ${'abort {} '.repeat(50_000)} }`));
    expect(long?.message).toContain('65536');
    const bad = await faultsOf(run(`filter { ${"text { regexp '(?<=a)b' } ".repeat(200)} extractor { ${'tag a: log.body.matches("(?<=a)b") '.repeat(200)} } }`));
    expect(bad).toHaveLength(1 + 10);
  });

  it('stores, lists and counts nothing', async () => {
    const it = wire();
    await it.start();
    await it.get(LogTrial).run('filter { sink {} }', log);
    expect(it.rows()).toEqual([]);
    expect(it.metrics.value('meterlark_log_kept_total')).toBe(0);
    expect(it.get(FacetLists)).toMatchObject({ rows: [], standing: [] });
    expect(it.get(SeenEntities)).toMatchObject({ observed: [] });
  });

  it('tells the faults of the rule, by line', async () => {
    const [whole, fault] = await faultsOf(run('filter {\n  nonsense {}\n}'));
    expect([whole?.code, fault?.fields['line']]).toEqual(['METERLARK_LOG_RULES', 2]);
  });

  it('tells why the rule failed on the log', async () => {
    const [fault] = await faultsOf(run('filter { json {} extractor { tag a: (parsed.none as Integer) + 1 } sink {} }', log.replace('404', '\\"many\\"').replace('code', 'none')));
    expect([fault?.code, fault?.class]).toEqual(['METERLARK_LAL_RUN', 'permanent']);
    expect(fault?.message).toContain('many');
  });

  it.each([
    ['', 'empty'], ['{', ''], ['[]', 'map'], ['"x"', 'map'], ['{"servise":"x"}', 'servise'], ['{"timestamp":"soon"}', 'timestamp'], ['{"timestamp":-1}', 'timestamp'],
    ['{"tags":[]}', 'tags'], ['{"tags":{"data":{}}}', 'tags.data'], ['{"tags":{"data":[1]}}', 'tags.data[0]'], ['{"service":{}}', 'service'],
    ['{"body":{"text":"x"}}', 'body.text'], ['a: &a [x]\nb: *a', ''], [`{"service":"${'x'.repeat(300_000)}"}`, '262144'], ['['.repeat(100_000), '8192'], [`service: ${'x'.repeat(20_000)}`, '8192'], ['x'.repeat(300_000), '262144'],
  ])('refuses a log that is none (%#)', async (given, told) => {
    const [fault] = await faultsOf(run('filter { sink {} }', given));
    expect([fault?.code, fault?.class]).toEqual(['METERLARK_LOG_TRIAL', 'permanent']);
    expect(fault?.message).toContain(told);
    expect((fault?.message ?? '').length).toBeLessThan(1000);
  });
});
