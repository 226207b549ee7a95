import { describe, expect, it } from 'vitest';
import type { Log, LogBatch } from '../../../src/model/log.js';
import type { Resource, Scope } from '../../../src/model/telemetry.js';
import { allText, attributesOf, maskerOf, resource, scope, setOf, type RuleText } from './scene.js';

const secret = 'sk-planted0123456789';
const pattern: RuleText = { match: { pattern: 'sk-\\w+' }, action: 'replace' };
const password: RuleText = { match: { key: 'password' }, action: 'replace' };

function logOf(parts: Partial<Log> = {}): Log {
  return {
    timeUs: 1, traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), severity: 'INFO', contentType: 'text', body: 'fine', attributes: attributesOf({}), endpoint: '',
    ...parts,
  };
}

function batchOf(log: Log, sender: { resource?: Resource; scope?: Scope } = {}): LogBatch {
  const from = { resource, scope, ...sender };
  return { signal: 'logs', tenant: '', protocol: 'otlp', points: 1, resources: [{ resource: from.resource, scopes: [{ scope: from.scope, logs: [log] }] }] };
}

/** The log after masking, and the masker it went through. */
function maskedOf(rules: readonly RuleText[], log: Partial<Log>) {
  const scene = maskerOf(rules);
  const masked = (scene.masker.mask(batchOf(logOf(log))) as LogBatch).resources[0]?.scopes[0]?.logs[0] as Log;
  return { ...scene, masked, gaveUp: (rule = 'r0') => scene.metrics.value('meterlark_masking_gave_up_total', { rule }) };
}

function bodyOf(rules: readonly RuleText[], body: string, contentType: Log['contentType'] = 'json'): string {
  return maskedOf(rules, { body, contentType }).masked.body;
}

describe('log batches', () => {
  const log = logOf({
    severity: secret, endpoint: `/x/${secret}`, body: `key ${secret}`, attributes: attributesOf({ a: secret, [`k ${secret}`]: 1, nested: new Map([['m', [secret]]]) }),
  });
  const sender = { resource: { attributes: setOf({ 'service.name': secret }) }, scope: { name: secret, version: secret, attributes: setOf({ s: secret }) } };

  it.each(['replace', 'hash', 'drop'] as const)('hold a planted secret nowhere after %s, and count where it was', (action) => {
    const { masker, hits } = maskerOf([{ ...pattern, action }]);
    const masked = masker.mask(batchOf(log, sender)) as LogBatch;
    const shown = masked.resources[0]?.scopes[0]?.logs[0];
    expect(allText(batchOf(log, sender)).split(secret).length).toBeGreaterThan(9);
    expect(allText(masked)).not.toContain(secret);
    expect(Object.fromEntries(['severity', 'endpoint', 'body', 'attribute', 'resource', 'scope'].map((where) => [where, hits(where)]))).toEqual({
      severity: 1, endpoint: 1, body: 1, attribute: 3, resource: 1, scope: 3,
    });
    const told = { replace: 'key ***', hash: expect.stringMatching(/^key #[\w-]{22}$/) as string, drop: '' };
    expect(shown?.body).toEqual(told[action]);
  });

  it('keep ids and times, which no rule looks at', () => {
    const { masked } = maskedOf([{ match: { pattern: '.+' }, action: 'replace' }], {});
    const { traceId, spanId, timeUs } = logOf();
    expect(masked).toMatchObject({ traceId, spanId, timeUs, severity: '***', body: '***' });
  });

  it('keep one object for one resource and scope, so that identity stays a cache key', () => {
    const { masker } = maskerOf([pattern]);
    const [one, two] = [1, 2].map(() => (masker.mask(batchOf(log, sender)) as LogBatch).resources[0]);
    expect(two?.resource).toBe(one?.resource);
    expect(two?.scopes[0]?.scope).toBe(one?.scopes[0]?.scope);
  });

  it('without anything to hide are the same object', () => {
    const { masker } = maskerOf([pattern, password, { match: { key: 'x', path: '$..x' }, action: 'drop' }, { match: { key: 'body', pattern: 'zz' }, action: 'drop' }]);
    for (const body of ['', 'plain', '{"a":{"b":[1,"\\u0041",1.0]}}', '{"a":1}\n{"b":2}', '{"cut":"of', '["a"', '[INFO] x']) {
      const clean = batchOf(logOf({ body, contentType: 'json', attributes: attributesOf({ a: 1 }) }));
      expect(masker.mask(clean)).toBe(clean);
    }
  });
});

describe('the severity of a log', () => {
  it.each(['level', 'severity', 'lev*'])('is a value under the key %s', (key) => {
    const rule: RuleText = { match: { key }, action: 'replace' };
    expect(maskedOf([rule], { severity: secret, attributes: attributesOf({ [key.replace('*', 'el')]: secret }) }).masked).toMatchObject({ severity: '***', attributes: { values: ['***'] } });
    expect(maskedOf([{ match: { key, pattern: 'sk-' }, action: 'replace' }], { severity: secret }).masked.severity).toBe(`***${secret.slice(3)}`);
    expect(maskedOf([{ ...rule, action: 'drop' }], { severity: secret }).masked.severity).toBe('');
  });

  it('has the hash of the tag of the same text', () => {
    const { masked } = maskedOf([{ match: { key: 'level' }, action: 'hash' }], { severity: 'x', attributes: attributesOf({ level: 'x' }) });
    expect(masked.attributes.values).toEqual([masked.severity]);
    expect(masked.severity).toMatch(/^#/);
  });

  it('is left alone by rules for other keys and paths, and when there is none', () => {
    const rules: RuleText[] = [{ match: { key: 'user' }, action: 'replace' }, { match: { path: '$.a' }, action: 'drop' }];
    expect(maskedOf(rules, {}).masked.severity).toBe('INFO');
    expect(maskedOf([{ match: { key: 'level' }, action: 'replace' }], { severity: '' }).masked.severity).toBe('');
  });
});

describe('a body that its receiver has cut', () => {
  const cut = attributesOf({ 'log.body.truncated': 200_000 });
  const long = (end: string): string => `sk-first1 ${'x '.repeat(1500)}${end}`;

  it.each([['replace', '***'], ['hash', '***'], ['drop', '']] as const)('loses its end where a pattern could have found half of a match: %s', (action, end) => {
    const body = long('sk-');
    const rule: RuleText = { match: { pattern: 'sk-\\w{9,}' }, action };
    const { masked, gaveUp } = maskedOf([rule], { body, attributes: cut });
    expect(masked.body).toBe(body.slice(0, -1024) + end);
    expect(gaveUp()).toBe(1);
    expect(maskedOf([rule], { body }).masked.body).toBe(body);
  });

  it('is searched before, so that what lies across the beginning of the end is found', () => {
    const body = `${'x '.repeat(100)}${secret}${'y'.repeat(1015)}`;
    expect(maskedOf([pattern], { body, attributes: cut }).masked.body).not.toContain('sk-');
    expect(maskedOf([pattern], { body: 'short sk-', attributes: cut }).masked.body).toBe('***');
  });

  it('is cut between two characters', () => {
    const { masked } = maskedOf([pattern], { body: `${'😀'.repeat(1000)}a`, attributes: cut });
    expect([masked.body.isWellFormed(), masked.body]).toEqual([true, `${'😀'.repeat(488)}***`]);
  });

  it('stays where no pattern is for it, and is hashed where a rule takes it whole', () => {
    const body = long('sk-');
    const rules: RuleText[] = [{ match: { key: 'user', pattern: 'sk' }, action: 'replace' }, { match: { path: '$.a' }, action: 'drop' }];
    expect(maskedOf(rules, { body, attributes: cut }).masked.body).toBe(body);
    const hashed = maskedOf([{ match: { key: 'body' }, action: 'hash' }, pattern], { body, attributes: cut });
    expect([hashed.masked.body.length, hashed.gaveUp('r1')]).toEqual([23, 0]);
    expect(maskedOf([pattern], { body: '', attributes: cut }).masked.body).toBe('');
  });
});

describe('the body of a log', () => {
  it.each([
    ['replace', '{"user":{"id":7,"password":"***"},"ok":true}'],
    ['drop', '{"user":{"id":7},"ok":true}'],
  ] as const)('that is JSON loses by %s what a rule names, and keeps the rest as it was written', (action, expected) => {
    const body = '{"user":{"id":7,"password":"x y"},"ok":true}';
    expect(bodyOf([{ ...password, action }], body)).toBe(expected);
  });

  it('hashes equal values of a key equally', () => {
    const shown = JSON.parse(bodyOf([{ ...password, action: 'hash' }], '[{"password":"a"},{"password":"a"},{"password":"b"}]')) as { password: string }[];
    expect(shown[0]?.password).toMatch(/^#[\w-]{22}$/);
    expect(shown[0]).toEqual(shown[1]);
    expect(shown[0]).not.toEqual(shown[2]);
  });

  it('knows members by the way to them from the body on', () => {
    const rule: RuleText = { match: { key: 'body.user.email' }, action: 'replace' };
    expect(bodyOf([rule], '{"user":{"email":"a@b"},"email":"c@d"}')).toBe('{"user":{"email":"***"},"email":"c@d"}');
  });

  it('masks numbers, lists, structures and all members of one name', () => {
    const body = '{"password":1234, "a":{"password":["x",{"y":"z"}]}, "b":{"password":{"old":"o"}}, "password":null}';
    expect(bodyOf([password], body)).toBe('{"password":"***", "a":{"password":"***"}, "b":{"password":"***"}, "password":null}');
  });

  it('looks for the pattern of a rule with a key in that member only, once', () => {
    const rule: RuleText = { match: { key: 'q', pattern: '\\w+' }, action: 'hash' };
    const shown = JSON.parse(bodyOf([rule], '{"q":{"q":"secret"},"other":"secret"}')) as { q: { q: string }; other: string };
    expect(shown.other).toBe('secret');
    expect(shown.q.q).toBe((JSON.parse(bodyOf([rule], '{"q":"secret"}')) as { q: string }).q);
  });

  it('is searched by paths, with and without a pattern', () => {
    const body = '{"messages":[{"content":"hello sk-1234 you"}],"text":"sk-1234"}';
    expect(bodyOf([{ match: { path: '$..content' }, action: 'replace' }], body)).toBe('{"messages":[{"content":"***"}],"text":"sk-1234"}');
    expect(bodyOf([{ match: { path: '$..content', pattern: 'sk-\\w+' }, action: 'replace' }], body)).toContain('"hello *** you"');
    expect(bodyOf([{ match: { key: 'body', path: '$.text' }, action: 'drop' }], body)).toBe('{"messages":[{"content":"hello sk-1234 you"}]}');
  });

  it('is one value under the key body', () => {
    expect(bodyOf([{ match: { key: 'body' }, action: 'replace' }], 'all of it', 'text')).toBe('***');
    expect(bodyOf([{ match: { key: 'body', pattern: 'of' }, action: 'replace' }], 'all of it', 'text')).toBe('all *** it');
    expect(bodyOf([{ match: { key: 'other', pattern: 'of' }, action: 'replace' }], 'all of it', 'text')).toBe('all of it');
  });

  it('that looks like JSON is read as JSON whatever its sender calls it, also several documents and JSON within JSON', () => {
    expect(bodyOf([password], '  {"password":"x"}', 'text')).toBe('  {"password":"***"}');
    expect(bodyOf([password], '{"password":"x"}\n{"password":"y"}', 'yaml')).toBe('{"password":"***"}\n{"password":"***"}');
    expect(bodyOf([password], JSON.stringify({ request: JSON.stringify({ password: 'x', n: 1 }) }))).toBe('{"request":"{\\"password\\":\\"***\\",\\"n\\":1}"}');
    expect(bodyOf([password], JSON.stringify('{"password":"x"}'))).toBe(JSON.stringify('{"password":"***"}'));
  });

  it('finds secrets behind the escapes of JSON', () => {
    expect(bodyOf([pattern], '{"a":"\\u0073k-planted"}')).toBe('{"a":"***"}');
    expect(bodyOf([password], '{"p\\u0061ssword":"x"}')).not.toContain('"x"');
  });

  it.each([
    '{"a":1,"password":"x',
    '{"a":{"password":',
    '{"request":"{\\"password\\":\\"x',
    '{"request":"{\\"password\\":\\"x\\"}","more":"cut of',
    '{"p\\u0061ssword" : "x',
  ])('that was cut off goes whole when a rule names one of its members: %s', (body) => {
    const { masked, gaveUp } = maskedOf([password], { body, contentType: 'json' });
    expect([masked.body, masked.contentType, gaveUp()]).toEqual(['***', 'text', 1]);
    expect(maskedOf([{ ...password, action: 'drop' }], { body }).masked.body).toBe('');
  });

  it('that was cut off stays when no rule names a member, by name or by the way to it', () => {
    const rule: RuleText = { match: { key: ['body.a.email', 'nobody'] }, action: 'replace' };
    for (const body of ['{"a":1,"email":"x', '{"a":{"b":{}},"email":"cut', '{"a":"password","b":"email', '{"a":[{"b":{"email":"x']) expect(bodyOf([rule], body)).toBe(body);
    for (const body of ['{"a":{"email":"x', '{"b":{"c":[1,{}]},"a":{"d":{},"email":"x', '{"a":[{"email":"x']) expect(bodyOf([rule], body)).toBe('***');
  });

  it('keeps its type while it is a structure, and is text when nothing of it is left', () => {
    const body = '{"password":"x"}';
    expect(maskedOf([password], { body, contentType: 'json' }).masked).toMatchObject({ body: '{"password":"***"}', contentType: 'json' });
    expect(maskedOf([{ match: { key: 'body' }, action: 'drop' }], { body, contentType: 'json' }).masked).toMatchObject({ body: '', contentType: 'text' });
  });

  it.each([
    ['deep', `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`],
    ['deep and cut off', '{"a":'.repeat(500)],
    ['JSON within JSON without end', Array.from({ length: 12 }).reduce<string>((inner) => JSON.stringify([inner]), '{"password":"x"}')],
  ])('that nests beyond anyone\'s messages goes whole or is masked: %s', (_what, body) => {
    expect(bodyOf([password], body)).not.toContain('"x"');
    expect(bodyOf([password], body)).not.toBe(body);
  });

  it('knows what is under a name of any length', () => {
    const rule: RuleText = { match: { key: 'body.*.password' }, action: 'replace' };
    const body = JSON.stringify({ ['n'.repeat(30_000)]: { password: 'x', other: 1 } });
    expect(bodyOf([rule], body)).toBe(body.replace('"x"', '"***"'));
    expect(bodyOf([rule], body.slice(0, -10))).toBe('***');
  });

  it('that is longer than texts that are searched goes whole when a rule would look into it', () => {
    const of = (rule: RuleText, body: string): string => {
      const { masker } = maskerOf([rule], { maxTextLength: 50 });
      return (masker.mask(batchOf(logOf({ body }))) as LogBatch).resources[0]?.scopes[0]?.logs[0]?.body ?? '';
    };
    const [text, json] = ['x'.repeat(51), JSON.stringify({ password: 'x'.repeat(51) })];
    expect([of(pattern, text), of(pattern, json)]).toEqual(['***', '***']);
    expect([of(password, text), of(password, json)]).toEqual([text, '***']);
    expect([of({ match: { key: 'other', pattern: 'x' }, action: 'drop' }, text), of({ match: { key: 'body' }, action: 'drop' }, text)]).toEqual([text, '']);
  });

  it.each([
    ['backslashes', `{"a":"${'\\'.repeat(131_000)}`],
    ['quotation marks', `{"a":${'"'.repeat(131_000)}`],
    ['names', `{${'"b":1,'.repeat(20_000)}"password":"x`],
    ['openings', `["${'{['.repeat(60_000)}`],
    ['spaces', `{"a"${' '.repeat(130_000)}`],
  ])('as long as receivers let it through, and malicious, is looked at in time: %s', (_what, body) => {
    const { masked } = maskedOf([password, pattern], { body, contentType: 'json' });
    expect(masked.body === body || masked.body === '***').toBe(true);
  });
});
