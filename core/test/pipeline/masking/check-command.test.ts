import { describe, expect, it } from 'vitest';
import type { RecordReader, SchemaInstaller } from '../../../src/contract/storage.js';
import { callsModel, contentModel } from '../../../src/model/calls-model.js';
import { logsModel, topRecordsModel } from '../../../src/model/logs-model.js';
import { selectRows } from '../../../src/model/record-matching.js';
import type { RecordModel, RecordRow } from '../../../src/model/record.js';
import { spansModel } from '../../../src/model/spans-model.js';
import { maskCheckCommand } from '../../../src/pipeline/masking/check-command.js';
import { keyedHash } from '../../../src/pipeline/masking/keyed-hash.js';
import { ManualClock } from '../../../src/testing/fakes.js';
import { settingsOf, type RuleText } from './scene.js';

const nowMs = Date.UTC(2026, 0, 15, 12);
const secret = 'sk-planted';
const pattern: RuleText = { match: { pattern: 'sk-\\w+' }, action: 'replace' };

interface Found {
  readonly days: number;
  readonly rows: readonly { readonly model: string; readonly rows: number; readonly complete: boolean }[];
  readonly findings: readonly { readonly rule: string; readonly model: string; readonly column: string; readonly key: string; readonly rows: number }[];
}

function sceneOf(rules: readonly RuleText[], rows: Readonly<Record<string, readonly RecordRow[]>>) {
  const installed: string[] = [];
  let queries = 0;
  const reader: RecordReader = {
    rows: async (query) => {
      queries += 1;
      return selectRows(query, rows[query.model.name] ?? []);
    },
    groups: () => Promise.reject(new Error('not asked')),
  };
  const installer: SchemaInstaller = { install: async (models) => void installed.push(...models.map(({ name }) => name)) };
  const command = maskCheckCommand({ reader: () => reader, installer: () => installer, clock: new ManualClock(nowMs), settings: settingsOf(rules) });
  const run = async (options: Record<string, string | boolean> = {}, words: string[] = []) => {
    const { json, text, found } = await command.run({ words, options });
    return { json: json as Found, text, found };
  };
  return { command, run, installed, queries: () => queries };
}

function rowOf(model: RecordModel, values: RecordRow): RecordRow {
  const empty = { word: '', text: '', time: nowMs * 1000 - 1, integer: 0, decimal: 0, flag: false, textMap: {}, numberMap: {} };
  return { ...Object.fromEntries(model.columns.map(({ name, type, optional }) => [name, optional === true ? undefined : empty[type]])), ...values };
}

const span = (values: RecordRow): RecordRow => rowOf(spansModel, values);
const spans = (...rows: RecordRow[]) => ({ spans: rows.map(span) });

describe('mask check', () => {
  it('tells per rule which rows hold something to mask, with model, column and key', async () => {
    const { run, installed } = sceneOf([pattern, { match: { key: 'user.email' }, action: 'drop' }, { match: { key: 'nobody' }, action: 'drop' }], {
      spans: [
        span({ name: secret, attributes: { a: `x ${secret} ${secret}`, 'user.email': 'a@b.c' } }),
        span({ attributes: { a: secret }, status_message: 'fine' }),
        span({ name: 'clean' }),
      ],
      model_calls: [rowOf(callsModel, { user: secret, dimensions: { team: secret } })],
      model_call_content: [rowOf(contentModel, { parts: { 'gen_ai.input.messages': `[{"content":"${secret}"}]` } })],
    });
    const { json, text, found } = await run();
    expect(found).toBe(true);
    expect(installed).toEqual(['spans', 'model_calls', 'model_call_content', 'logs', 'top_records']);
    expect(json.rows).toEqual([['spans', 3], ['model_calls', 1], ['model_call_content', 1], ['logs', 0], ['top_records', 0]].map(([model, rows]) => ({ model, rows, complete: true })));
    expect([...json.findings].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))).toEqual([
      { rule: 'r0', model: 'model_call_content', column: 'parts', key: 'gen_ai.input.messages', rows: 1 },
      { rule: 'r0', model: 'model_calls', column: 'dimensions', key: 'team', rows: 1 },
      { rule: 'r0', model: 'model_calls', column: 'user', key: '', rows: 1 },
      { rule: 'r0', model: 'spans', column: 'attributes', key: 'a', rows: 2 },
      { rule: 'r0', model: 'spans', column: 'name', key: '', rows: 1 },
      { rule: 'r1', model: 'spans', column: 'attributes', key: 'user.email', rows: 1 },
    ]);
    expect(text).toContain('2 rows of spans, attributes "a"');
    expect(text).toContain('r2: nothing to mask');
    expect(`${text}${JSON.stringify(json)}`).not.toContain(secret);
    expect(`${text}${JSON.stringify(json)}`).not.toContain('a@b.c');
  });

  it.each([
    ['resource', `{"k8s.pod":"${secret}"}`, 'k8s.pod'],
    ['scope_attributes', `{"s":"${secret}"}`, 's'],
    ['events', `[{"timeUs":1,"name":"e","attributes":{"exception.message":"${secret}"}}]`, 'exception.message'],
    ['events', `[{"timeUs":1,"name":"${secret}","attributes":{}}]`, ''],
    ['links', `[{"traceId":"t","spanId":"s","traceState":"${secret}","attributes":{}}]`, ''],
    ['segment', `{"segmentId":"g","refs":[{"parentEndpoint":"${secret}"}]}`, ''],
    ['resource', `{"cut off":"${secret}`, ''],
    ['service', secret, ''],
    ['peer', secret, ''],
    ['trace_state', secret, ''],
    ['scope', secret, ''],
  ])('looks into %s (%#)', async (column, value, key) => {
    const { run } = sceneOf([pattern], spans({ [column]: value }));
    expect((await run()).json.findings).toEqual([{ rule: 'r0', model: 'spans', column, key, rows: 1 }]);
  });

  it.each([
    ['service', secret, ''],
    ['endpoint', secret, ''],
    ['severity', secret, ''],
    ['scope', secret, ''],
    ['body', `text ${secret}`, ''],
    ['body', `{"a":"${secret}"}`, ''],
    ['tags', { a: secret }, 'a'],
    ['resource', `{"k8s.pod":"${secret}"}`, 'k8s.pod'],
  ])('looks into %s of logs (%#)', async (column, value, key) => {
    const { run } = sceneOf([pattern], { logs: [rowOf(logsModel, { [column]: value })] });
    expect((await run()).json.findings).toEqual([{ rule: 'r0', model: 'logs', column, key, rows: 1 }]);
  });

  it('looks into bodies of logs by keys and paths, and not at what rules wrote there', async () => {
    const rules: RuleText[] = [{ match: { key: 'password' }, action: 'hash' }, { match: { path: '$.q' }, action: 'replace' }];
    const bodies = ['{"a":{"password":"x"}}', '{"q":1}', `{"password":"${keyedHash('any')('x')}","q":"***"}`, 'password=x', '***', ''];
    const { run } = sceneOf(rules, { logs: bodies.map((body) => rowOf(logsModel, { body })) });
    expect((await run()).json.findings.map(({ rule, column, rows }) => [rule, column, rows])).toEqual([['r0', 'body', 1], ['r1', 'body', 1]]);
  });

  it('looks into severities by the keys level and severity, and not at what rules wrote there', async () => {
    const rules: RuleText[] = [{ match: { key: 'level' }, action: 'replace' }, { match: { key: 'severity', pattern: 'x' }, action: 'replace' }];
    const { run } = sceneOf(rules, { logs: ['x', 'INFO', '***', ''].map((severity) => rowOf(logsModel, { severity })) });
    expect((await run()).json.findings.map(({ rule, column, rows }) => [rule, column, rows])).toEqual([['r0', 'severity', 2]]);
  });

  it('looks into sampled statements', async () => {
    const { run } = sceneOf([pattern], { top_records: [rowOf(topRecordsModel, { entity: secret, id: secret, name: `select '${secret}'` })] });
    expect((await run()).json.findings).toEqual([{ rule: 'r0', model: 'top_records', column: 'name', key: '', rows: 1 }]);
  });

  it('does not take ids and kinds of logs for texts', async () => {
    const { run } = sceneOf([{ match: { pattern: '.+' }, action: 'replace' }], { logs: [rowOf(logsModel, { trace_id: 'a', span_id: 'b', content_type: 'json' })] });
    expect((await run()).found).toBe(false);
  });

  it('passes over ids, and what the rules wrote themselves', async () => {
    const hashed = keyedHash('any')('x');
    const rules: RuleText[] = [
      { match: { pattern: '[A-Za-z0-9_-]{20,}' }, action: 'hash' },
      { match: { key: 'user.id' }, action: 'hash' },
      { match: { key: 'token' }, action: 'replace' },
      { match: { path: '$..content' }, action: 'replace' },
      { match: { pattern: 'secret=\\S+' }, action: 'replace', replacement: 'secret=***' },
    ];
    const { run } = sceneOf(rules, spans({
      trace_id: 'a'.repeat(32), span_id: 'b'.repeat(32), parent_span_id: 'c'.repeat(32),
      links: `[{"traceId":"${'d'.repeat(32)}","spanId":"e","traceState":"","attributes":{}}]`,
      attributes: { a: `id ${hashed}, ${hashed}`, 'user.id': hashed, token: '***', messages: '[{"content":"***"}]', s: 'secret=***' },
    }));
    expect(await run()).toMatchObject({ found: false, json: { findings: [] } });
  });

  it('does not show a key that is a secret itself', async () => {
    const { run } = sceneOf([pattern], spans({ attributes: { [`header.${secret}`]: 'v' } }));
    expect((await run()).json.findings).toEqual([{ rule: 'r0', model: 'spans', column: 'attributes', key: 'header.***', rows: 1 }]);
  });

  it('sees numbers, and keys of numbers', async () => {
    const { run } = sceneOf([{ match: { key: 'pin' }, action: 'drop' }, { match: { pattern: '4111\\d{12}' }, action: 'replace' }], spans({ numbers: { pin: 1234, card: 4111111111111111 } }));
    expect((await run()).json.findings.map(({ rule, key }) => [rule, key])).toEqual([['r0', 'pin'], ['r1', 'card']]);
  });

  it('reads page by page, each row once, also when thousands lie at one time', async () => {
    const rows = Array.from({ length: 2750 }, (_, place) => ({ time: nowMs * 1000 - (place < 1200 ? 5 : place), span_id: String(place), name: secret }));
    const { run, queries } = sceneOf([pattern], spans(...rows));
    const { json } = await run();
    expect(json.rows[0]).toEqual({ model: 'spans', rows: 2750, complete: true });
    expect(json.findings[0]?.rows).toBe(2750);
    expect(queries()).toBe(6 + 4);
  });

  it('looks at the days and the tenant it is given', async () => {
    const dayUs = 86_400_000_000;
    const { run } = sceneOf([pattern], spans({ time: nowMs * 1000 - 2 * dayUs, name: secret }, { tenant: 'acme', name: secret }));
    expect((await run()).json.rows[0]?.rows).toBe(0);
    expect((await run({ days: '3' })).json).toMatchObject({ days: 3, rows: [{ rows: 1 }, {}, {}, {}, {}] });
    expect((await run({ tenant: 'acme' })).json.rows[0]?.rows).toBe(1);
  });

  it.each([[{ days: '0' }], [{ days: '1.5' }], [{ days: 'x' }], [{ days: '' }], [{ days: true }], [{ days: '367' }], [{ tenant: true }]])('refuses %j', async (options) => {
    await expect(sceneOf([pattern], {}).run(options)).rejects.toMatchObject({ code: 'METERLARK_PIPELINE_MASK_CHECK_USAGE' });
  });

  it('refuses words, and asks nothing of the store without rules', async () => {
    await expect(sceneOf([pattern], {}).run({}, ['spans'])).rejects.toMatchObject({ code: 'METERLARK_PIPELINE_MASK_CHECK_USAGE' });
    const { run, queries, installed } = sceneOf([], {});
    expect(await run()).toMatchObject({ found: false, text: 'no masking rules are set' });
    expect([queries(), installed]).toEqual([0, []]);
  });

  it('needs the store and says how it is used', () => {
    const { command } = sceneOf([], {});
    expect(command).toMatchObject({ name: 'mask check', needsStore: true, options: { days: 'value', tenant: 'value' } });
  });
});
