import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Analyzer, LogListeners, LogRules, RuleChecker } from '@meterlark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchOf, logOf, nowMs, nowUs, of } from './scene.js';
import { faultsOf, wire as wireUp } from './wiring.js';

const house = join(import.meta.dirname, '../../../..');

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterlark-logs-'));
});
afterEach(() => rm(folder, { recursive: true }));

const wire = (rules: readonly string[] = [], rootFolder = folder): ReturnType<typeof wireUp> => wireUp(rules, rootFolder);

const file = (dsl: string, { name = 'mine', layer = 'GENERAL', more = '' } = {}): string =>
  `rules:\n  - name: ${name}\n    layer: ${layer}\n${more}    dsl: |\n${dsl.split('\n').map((line) => `      ${line}\n`).join('')}`;
const keepAs = (value: string): string => `filter {\n  extractor { tag by: ${value} }\n  sink {}\n}`;

describe('analyzer/log', () => {
  it('loads the files and folders of its setting at start, and has room from then on', async () => {
    await mkdir(join(folder, 'more/deep'), { recursive: true });
    await writeFile(join(folder, 'one.yaml'), file(keepAs('"one"')));
    await writeFile(join(folder, 'more/deep/two.yml'), file(keepAs('"two"'), { name: 'two' }));
    await writeFile(join(folder, 'more/read.me'), 'not: a rule');
    const it = wire(['one.yaml', 'more']);
    expect(it.get(Analyzer).hasRoom()).toBe(false);
    await it.start();
    expect(it.get(Analyzer).hasRoom()).toBe(true);
    expect(it.get(Analyzer).accept(batchOf([logOf()])).rejected).toBe(0);
    expect(it.rows().map(({ tags }) => tags)).toEqual([{ by: 'one' }, { by: 'two' }]);
  });

  it('tells listeners that others add', async () => {
    const it = wire();
    await it.start();
    const heard: string[] = [];
    it.get(LogListeners).add({ listen: ({ body }) => { heard.push(body); }, hasRoom: () => true });
    it.get(Analyzer).accept(batchOf([logOf({ body: 'hello' })]));
    expect(heard).toEqual(['hello']);
    expect(it.dropped('no_rule')).toBe(1);
  });

  it('reports every fault of every file by its place, and runs none of them', async () => {
    await writeFile(join(folder, 'a.yaml'), file('filter {\n  nonsense {}\n}'));
    await writeFile(join(folder, 'b.yaml'), file('filter {\n  sink {', { name: 'b' }));
    const it = wire();
    await it.start();
    const [whole, ...faults] = await faultsOf(it.get(LogRules).load(['.']));
    expect(whole?.code).toBe('METERLARK_LOG_RULES');
    expect(new Set(faults.map(({ fields }) => fields['file']))).toEqual(new Set(['a.yaml', 'b.yaml']));
    it.get(Analyzer).accept(batchOf([logOf()]));
    expect(it.dropped('no_rule')).toBe(1);
  });

  it('adds the rules of several loads up; the same file twice is one, and two rules of a name in one layer are a fault', async () => {
    await writeFile(join(folder, 'a.yaml'), file(keepAs('"a"')));
    await writeFile(join(folder, 'b.yaml'), file(keepAs('"b"'), { name: 'b' }));
    await writeFile(join(folder, 'c.yaml'), file(keepAs('"c"')));
    const it = wire();
    await it.start();
    await Promise.all([it.get(LogRules).load(['a.yaml']), it.get(LogRules).load(['b.yaml', 'a.yaml'])]);
    const [, conflict] = await faultsOf(it.get(LogRules).load(['c.yaml']));
    expect(conflict?.code).toBe('METERLARK_LAL_CONFLICT');
    await it.get(LogRules).load(['b.yaml']);
    it.get(Analyzer).accept(batchOf([logOf()]));
    expect(it.rows().map(({ tags }) => tags)).toEqual([{ by: 'a' }, { by: 'b' }]);
  });

  it('gives each load its own constants', async () => {
    const it = wire();
    await it.start();
    const source = (name: string) => ({ name, text: file(keepAs('settings.limit as String'), { name }) });
    await it.get(LogRules).load([source('a')], { limit: 10 });
    await it.get(LogRules).load([source('b')], { limit: 20 });
    const [, fault] = await faultsOf(it.get(LogRules).load([source('c')]));
    expect(fault?.fields['file']).toBe('c');
    it.get(Analyzer).accept(batchOf([logOf()]));
    expect(it.rows().map(({ tags }) => tags)).toEqual([{ by: '10' }, { by: '20' }]);
  });

  it.each([['missing.yaml'], ['empty']])('a path that gives nothing (%s) is a fault with the setting named', async (path) => {
    await mkdir(join(folder, 'empty'));
    const it = wire([path]);
    const [fault] = await faultsOf(it.start());
    expect([fault?.code, fault?.fields['path']]).toEqual(['METERLARK_LOG_RULES_UNREADABLE', path]);
    expect(fault?.cure).toContain('rules');
    expect((await it.check()).map(({ code }) => code)).toEqual(['METERLARK_LOG_RULES_UNREADABLE']);
  });

  it('is checked without a start: all faults of its files', async () => {
    await writeFile(join(folder, 'a.yaml'), file('filter {\n  nonsense {}\n}'));
    expect(await wire(['a.yaml']).check()).toHaveLength(1);
    expect(await wire(['config/rules/log/default'], house).check()).toEqual([]);
  });

  it('checks rule files of its language only', () => {
    const reports = wire().get(RuleChecker).check([{ file: 'm.yaml', text: 'metricsRules: []' }, { file: 'a.yaml', text: file(keepAs('"a"')) }]);
    expect(reports.map((report) => report.file)).toEqual(['a.yaml']);
  });

  it('runs real rules: conditions, casts, tags and samples; one that fails keeps nothing and stops nobody', async () => {
    const dsl = `filter {
  json {}
  if (parsed.status as Integer < 400) {
    abort {}
  }
  extractor {
    tag 'http.status_code': parsed.status
    endpoint parsed.path as String
    metrics {
      name "failed_requests"
      timestamp log.timestamp as Long
      labels service_name: log.service, path: parsed.path
      value 1
    }
  }
  sink {}
}`;
    const it = wire();
    await it.start();
    await it.get(LogRules).load([{ name: 'mine', text: file(dsl) }]);
    const bodies = [{ status: 200, path: '/a' }, { status: 503, path: '/b' }, { status: 'many', path: '/c' }].map((body) => JSON.stringify(body));
    it.get(Analyzer).accept(batchOf([...bodies, 'no json'].map((body) => logOf({ body }))));
    expect(it.rows()).toMatchObject([{ body: bodies[1], endpoint: '/b', content_type: 'json', tags: { 'http.status_code': '503' } }]);
    expect(it.samples.taken.map(({ sample }) => sample)).toEqual([
      { name: 'failed_requests', labels: { service_name: 'shop', path: '/b' }, value: 1, timeMs: nowMs },
    ]);
    expect([it.dropped('aborted'), it.dropped('rule_failed')]).toEqual([2, 1]);
    expect(it.metrics.value('meterlark_log_rule_failures_total', { rule: 'mine' })).toBe(1);
  });
});

describe('the default rules', () => {
  async function started() {
    const it = wire(['config/rules/log/default'], house);
    await it.start();
    return it;
  }

  it('keep every log of GENERAL and of layers without rules', async () => {
    const it = await started();
    it.get(Analyzer).accept(batchOf([logOf()]));
    it.get(Analyzer).accept(batchOf([logOf()], of('K8S_SERVICE')));
    it.get(Analyzer).accept(batchOf([logOf({ body: '' })], of('')));
    expect(it.rows().map(({ layer }) => layer)).toEqual(['GENERAL', 'K8S_SERVICE', 'GENERAL']);
  });

  it.each(['MYSQL', 'POSTGRESQL', 'REDIS'])('make slow statements of %s, and keep its other logs', async (layer) => {
    const it = await started();
    const slow = { id: 'i1', statement: 'select 1', query_time: 1500, service: 'root@db', time: String(nowMs - 2000) };
    const attributes = { LOG_KIND: 'SLOW_SQL' };
    const least = { id: slow.id, statement: slow.statement, query_time: slow.query_time };
    it.get(Analyzer).accept(batchOf([slow, least].map((body) => logOf({ attributes, body: JSON.stringify(body) })), of(layer)));
    it.get(Analyzer).accept(batchOf([logOf({ attributes, body: 'no json' }), logOf({ body: 'ready for connections' })], of(layer)));
    expect(it.tops().map(({ list, id, name, value, time }) => [list, id, name, value, time])).toEqual([
      ['top_n_database_statement', 'i1', 'select 1', 1500, nowUs - 2_000_000], ['top_n_database_statement', 'i1', 'select 1', 1500, nowUs],
    ]);
    expect(it.rows().map(({ body, service }) => [body, service])).toEqual([['ready for connections', 'shop']]);
    expect(it.dropped('aborted')).toBe(1);
  });

  it('find status and level in lines of NGINX, and keep lines of any form once', async () => {
    const it = await started();
    const access = '10.0.0.1 - - [21/Nov/2026:10:00:00 +0000] "GET /a?b=c HTTP/1.1" 502 157 "-" "curl/8"';
    const error = '2026/11/21 10:00:00 [warn] 29#29: *1 upstream timed out';
    const lines = [['NGINX_ACCESS_LOG', access], ['NGINX_ACCESS_LOG', 'odd'], ['NGINX_ERROR_LOG', error], ['NGINX_ERROR_LOG', 'odd'], ['', 'start']];
    it.get(Analyzer).accept(batchOf(lines.map(([kind, body]) => logOf({ body: body ?? '', attributes: kind === '' ? {} : { LOG_KIND: kind } })), of('NGINX')));
    expect(it.rows().map(({ tags }) => tags)).toEqual([
      { LOG_KIND: 'NGINX_ACCESS_LOG', 'http.status_code': '502' }, { LOG_KIND: 'NGINX_ACCESS_LOG' },
      { LOG_KIND: 'NGINX_ERROR_LOG', level: 'warn' }, { LOG_KIND: 'NGINX_ERROR_LOG' }, {},
    ]);
  });
});
