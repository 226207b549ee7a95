import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileLogRules } from '../../src/compile/compile.js';
import type { RuleOutcome } from '../../src/plan.js';
import { freeTools, json, logOf, type LogText } from './kit.js';

const text = readFileSync(new URL('./corpus.yaml', import.meta.url), 'utf8');
const { rules, faults, layers } = compileLogRules([{ path: 'corpus.yaml', text }]);

function outcome(name: string, log: LogText): RuleOutcome {
  const rule = rules.find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`no rule ${name}`);
  return rule.run(logOf(log), { ...freeTools, chance: () => 0.7 });
}

const crash = { tagged: { event: 'crash.signal', page: '/p' } };
const trace = { latency: 20, uri: '/a', reason: 'slow', point: 'server', component: 'http', ssl: true };

const outcomes: readonly (readonly [rule: string, log: LogText, expected: object])[] = [
  ['keep-all', {}, { kept: true, tags: [], samples: [], fields: {} }],
  ['expensive-calls', {}, { aborted: true }],
  ['expensive-calls', { tagged: { model: 'm', status: '200', in: '9999', out: '0' } }, { aborted: true }],
  ['expensive-calls', { tagged: { model: 'm', status: '200', in: '9999', out: '1' } }, { kept: true, tags: [['kind.of.call', 'model']] }],
  ['expensive-calls', { tagged: { model: 'm', status: '503' } }, { kept: true }],
  ['crash-reports', crash, { aborted: true }],
  ['crash-reports', { tagged: { event: 'start' }, resource: { os: 'alpha' } }, { aborted: true }],
  ['crash-reports', { ...crash, resource: { os: 'alpha', version: '1.2' } }, {
    kept: true, layer: 'IOS', instance: '1.2', endpoint: '/p', tags: [['os', 'alpha']],
    samples: [{ name: 'crash_count', labels: { service_name: 'shop', event: 'crash.signal' }, value: 1, timeMs: 1_700_000_000_000 }],
  }],
  ['crash-reports', { ...crash, resource: { os: 'beta' } }, { kept: true, layer: 'SHOP', instance: '' }],
  ['access-log', { body: 'x "GET /" 404 y', tagged: { KIND: 'ACCESS' } }, { kept: true, tags: [['http.status_code', '404']] }],
  ['access-log', { body: 'x "GET /" 404 y' }, { kept: false, aborted: false }],
  ['error-log', { body: '2024/02/29 12:00:00 [error] 1#1', tagged: { KIND: 'ERROR' } }, {
    kept: true, timeMs: Date.UTC(2024, 1, 29, 12), tags: [['level', 'error']], samples: [{ name: 'error_log_count', value: 1 }],
  }],
  ['slow-statements', { ...json({ layer: 'MYSQL', service: 'db', time: '5', id: '1', statement: 's', took: 9 }), tagged: { KIND: 'SLOW' } }, {
    kept: true, layer: 'MYSQL', service: 'db', timeMs: 5, fields: { id: '1', statement: 's', latency: 9 },
  }],
  ['sampled-traces', { ...json({ ...trace, client: { id: 'p' } }), tagged: { KIND: 'TRACE' } }, {
    fields: { latency: 20, uri: '/a', reason: 'SLOW', processId: 'p', detectPoint: 'SERVER', componentId: 129 },
  }],
  ['sampled-traces', { ...json({ ...trace, ssl: false, client: { id: '', local: true } }), tagged: { KIND: 'TRACE' } }, {
    fields: { processId: 'shop:shop-1:UNKNOWN_LOCAL', componentId: 49 },
  }],
  ['sampled-traces', { ...json({ ...trace, component: 'tcp', client: { id: '', address: '10.0.0.1' } }), tagged: { KIND: 'TRACE' } }, {
    fields: { processId: 'shop:shop-1:UNKNOWN_REMOTE:10.0.0.1', componentId: 110 },
  }],
  ['variables', json({ metadata: '{"app":{"name":"svc"}}', items: ['a', 'b'], level: 'ERROR' }), {
    kept: true, service: 'svc', tags: [['first', 'a'], ['total', '4']],
  }],
  ['variables', { body: 'plain' }, { kept: false, aborted: false, service: undefined, tags: [] }],
];

describe('a corpus of rules', () => {
  it('compiles', () => {
    expect(faults.map(({ message }) => message)).toEqual([]);
    expect(layers).toEqual(['SHOP']);
    expect(rules.filter(({ runs }) => !runs).map(({ name }) => name)).toEqual(['abnormal-connections']);
  });

  it.each(outcomes)('%s, case %#', (rule, log, expected) => {
    expect(outcome(rule, log)).toMatchObject(expected);
  });
});
