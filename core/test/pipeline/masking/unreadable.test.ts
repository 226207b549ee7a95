/** Text that only looks like JSON, or hides what a rule names behind its escapes. */
import { describe, expect, it } from 'vitest';
import { makeProbe } from '../../../src/pipeline/masking/masker.js';
import { maskerOf, settingsOf, type RuleText } from './scene.js';

const messages = 'gen_ai.input.messages';
const onContent: RuleText = { match: { key: messages, path: '$..content' }, action: 'replace' };
const keyless: RuleText = { match: { path: '$..content' }, action: 'replace' };
const cut = '[{"content":"SECRET and a lo';

function masked(rule: RuleText, text: string, key = messages) {
  const { attributes, metrics, hits } = maskerOf([rule]);
  const value = attributes({ [key]: text })[key];
  return { value, gaveUp: metrics.value('meterlark_masking_gave_up_total', { rule: 'r0' }), hits: hits('attribute') };
}

const whole = { value: '***', gaveUp: 1, hits: 1 };

describe('text that a pattern finds too many ways through', () => {
  const braces: RuleText = { match: { pattern: '(secret: )(?:\\{.*\\}|\\S+)' }, action: 'replace', replacement: '$1***' };
  const harmful = 'secret: { '.repeat(13_000);

  it('is masked whole and counted, by the action of the rule', () => {
    expect(masked(braces, harmful)).toEqual({ value: '$1***', gaveUp: 1, hits: 1 });
    expect(masked({ match: braces.match, action: 'hash' }, harmful)).toMatchObject({ value: '***', gaveUp: 1 });
    expect(masked({ match: braces.match, action: 'drop' }, harmful)).toMatchObject({ value: undefined, gaveUp: 1 });
    expect(masked(braces, 'secret: {a} secret: b')).toEqual({ value: 'secret: *** secret: ***', gaveUp: 0, hits: 1 });
  });

  it('has one allowance, in however many texts of a structure it comes', () => {
    const { attributes, metrics } = maskerOf([braces]);
    const part = 'secret: { '.repeat(300);
    const parts = attributes({ a: JSON.stringify(Array.from({ length: 200 }, () => part)), b: part })['a'];
    expect(metrics.value('meterlark_masking_gave_up_total', { rule: 'r0' })).toBeGreaterThan(0);
    expect(parts).not.toContain('secret: {');
  });

  it('leaves what other rules and other texts say as it is', () => {
    const { attributes } = maskerOf([braces, { match: { pattern: 'sk-\\w+' }, action: 'replace' }]);
    expect(attributes({ a: harmful, b: 'key sk-1', c: 'none' })).toEqual({ a: '$1***', b: 'key ***', c: 'none' });
  });
});

describe('text under a rule with a path that cannot be read as JSON', () => {
  it.each([
    ['is cut off', cut],
    ['is cut off after spaces', `${' '.repeat(500)}${cut}`],
    ['is cut off within quotes', JSON.stringify(cut).slice(0, -1)],
    ['is JSON of a cut JSON', JSON.stringify(cut)],
    ['has a second document behind it', '[{"content":"SECRET"}] [{"content":"SECRET"'],
    ['is of another language', "[{'content': 'SECRET'}]"],
    ['has a line that is cut off', `{"content":"SECRET"}\n${cut}`],
  ])('is masked whole and counted when it %s', (_what, text) => {
    for (const rule of [onContent, keyless, { ...onContent, match: { ...onContent.match, key: '*.messages' } }]) {
      const { value, gaveUp, hits } = masked(rule, text);
      expect(value).not.toContain('SECRET');
      expect([gaveUp, hits]).toEqual([1, 1]);
    }
  });

  it.each(['data: {"content":"SECRET"}', '```json\n{"content":"SECRET"}\n```', 'content":"SECRET"}]', 'plain SECRET'])('is masked whole under its key, whatever it is: %s', (text) => {
    expect(masked(onContent, text)).toEqual(whole);
    expect(masked({ ...onContent, match: { ...onContent.match, key: 'gen_ai.*' } }, text)).toEqual(whole);
    expect(masked(keyless, text)).toEqual({ value: text, gaveUp: 0, hits: 0 });
  });

  it('leaves single words under a key with * and nothing but spaces under any', () => {
    const { attributes } = maskerOf([{ ...onContent, match: { ...onContent.match, key: 'gen_ai.*' } }]);
    const values = { 'gen_ai.request.model': 'gpt-4o', 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 7 };
    expect(attributes(values)).toEqual(values);
    for (const text of ['', '  \n ', '12', 'true', 'null']) expect(masked(onContent, text)).toEqual({ value: text, gaveUp: 0, hits: 0 });
  });

  it('follows the action and the replacement of the rule, also with a pattern', () => {
    expect(masked({ ...onContent, action: 'drop' }, cut).value).toBeUndefined();
    expect(masked({ ...onContent, replacement: '(hidden)' }, cut).value).toBe('(hidden)');
    expect(masked({ ...onContent, action: 'hash' }, cut).value).toBe('***');
    expect(masked({ ...onContent, match: { ...onContent.match, pattern: '\\d{4}' } }, cut)).toEqual(whole);
  });

  it('is masked where it is within JSON, in structures and in bytes', () => {
    const { attributes } = maskerOf([{ match: { key: 'a', path: '$..password' }, action: 'replace' }]);
    const inner = '{"password":"SECRET';
    const words = 'see [INST] {name} [1] "x"';
    expect(attributes({ a: JSON.stringify({ args: inner, words }) })['a']).toBe(JSON.stringify({ args: '***', words }));
    expect(attributes({ a: ['x', inner, words] })['a']).toEqual(['x', '***', words]);
    expect(attributes({ a: Buffer.from(inner) })['a']).toEqual(Buffer.from('***'));
    expect(attributes({ a: Buffer.from('{"password":"SECRET"}') })['a']).toEqual(Buffer.from('{"password":"***"}'));
  });

  it('is searched line by line when each line is JSON, and after any spaces', () => {
    expect(masked(onContent, '{"content":"SECRET","n":1}\r\n\n {"b":2}\n').value).toBe('{"content":"***","n":1}\r\n\n {"b":2}\n');
    expect(masked(onContent, `${' '.repeat(100)}{"content":"SECRET"}`).value).toBe(`${' '.repeat(100)}{"content":"***"}`);
    expect(masked(onContent, JSON.stringify('{"content":"SECRET"}')).value).toBe(JSON.stringify('{"content":"***"}'));
  });

  it('is told by mask check, and what was written in its place is not', () => {
    const hitsOf = (rules: readonly RuleText[], text: string) => makeProbe(settingsOf(rules)).attribute(messages, text).hits;
    expect(hitsOf([onContent], cut)).toEqual(['r0']);
    expect(hitsOf([onContent], '***')).toEqual([]);
    expect(hitsOf([{ ...onContent, action: 'hash' }], '***')).toEqual([]);
    expect(hitsOf([onContent, { ...onContent, replacement: '(hidden)' }], '(hidden)')).toEqual([]);
  });

  it('costs no more than its length when a sender means harm', () => {
    const { attributes } = maskerOf([onContent, keyless]);
    const texts = [' '.repeat(400_000), `[${'1'.repeat(400_000)}`, '1\n'.repeat(30_000), '['.repeat(400_000), '"'.repeat(60_000), `{"a":${'['.repeat(9000)}${']'.repeat(9000)},"a":1}`];
    for (const text of texts) expect(attributes({ [messages]: text })[messages]).toSatisfy((value: string) => value === '***' || value === text);
  });
});

describe('numbers beside what is masked', () => {
  it('stay as they were written, as does everything else', () => {
    const text = '{ "id" : 12345678901234567890, "x":[1.0, 1e400 ,-0], "content":"s", "u":"\\u00e9\\/" }';
    expect(masked(onContent, text).value).toBe(text.replace('"s"', '"***"'));
    const { attributes } = maskerOf([{ match: { pattern: 'sk/\\w+' }, action: 'replace' }]);
    expect(attributes({ a: '{"id":12345678901234567890,"k":"sk\\/abc"}' })['a']).toBe('{"id":12345678901234567890,"k":"***"}');
  });

  it('stay so when members beside them are dropped, and are masked by all their digits', () => {
    expect(masked({ ...onContent, action: 'drop' }, '[{"content":"s" , "id":12345678901234567890},{"content":1}, {}]').value).toBe('[{ "id":12345678901234567890},{}, {}]');
    const long = (id: string) => masked({ match: { key: messages, path: '$.content' }, action: 'hash' }, `{"content":${id}}`).value;
    expect(long('12345678901234567890')).not.toBe(long('12345678901234567891'));
  });

  it('and members of one name are all looked at', () => {
    expect(masked({ ...onContent, match: { ...onContent.match, pattern: '\\d{4}' } }, '{"content":"1234","content":"x"}').value).toBe('{"content":"***","content":"x"}');
  });
});

describe('escapes in text that is no JSON as a whole', () => {
  const token: RuleText = { match: { pattern: 'tok/\\w{6,}' }, action: 'replace' };

  it.each([
    'data: {"content":"tok\\/abcdefgh123"}\n\n',
    '```json\n{"content":"tok\\/abcdefgh123"}\n```',
    '{"content":"\\u0074ok\\/abcdefgh123',
    'data: {"args":"{\\"k\\":\\"tok\\\\\\/abcdefgh123\\"}"}',
    'tok/aaaaaa and tok\\/abcdefgh123',
    '{"a":"\\ntok\\/abcdefgh123"} trailing',
  ])('hide nothing: %s', (text) => {
    expect(masked(token, text)).toEqual(whole);
    const { attributes } = maskerOf([token]);
    expect(JSON.stringify(attributes({ list: [text], bytes: Buffer.from(text).toString() }))).not.toContain('abcdefgh123');
    expect(makeProbe(settingsOf([token])).field(text)).toContain('r0');
  });

  it('change nothing when the pattern finds no more than in the text as it stands', () => {
    expect(masked(token, 'C:\\new\\tok and \\u0041').value).toBe('C:\\new\\tok and \\u0041');
    expect(masked(token, 'data: "tok/abcdef\\n"').value).toBe('data: "***\\n"');
    expect(masked({ match: { pattern: 'secret=\\w+' }, action: 'replace', replacement: 'secret=xxx' }, 'a\\n secret=b').value).toBe('a\\n secret=xxx');
  });

  it('drop the value when the rule drops, and name the rule that found it', () => {
    expect(masked({ ...token, action: 'drop' }, 'data: "tok\\/abcdefgh123"').value).toBeUndefined();
    const { attributes, hits } = maskerOf([{ match: { pattern: 'nothing' }, action: 'replace' }, { ...token, replacement: '<tok>' }]);
    expect(attributes({ a: 'data: "tok\\/abcdefgh123"' })).toEqual({ a: '<tok>' });
    expect([hits('attribute', 'r0'), hits('attribute', 'r1')]).toEqual([0, 1]);
  });

  it('that never end are given up, in bounded time', () => {
    expect(masked(token, `x \\${'u005c'.repeat(1000)}`)).toEqual(whole);
    expect(masked(token, `x ${'\\'.repeat(300_000)}`)).toEqual(whole);
    expect(masked(token, `x ${'\\'.repeat(64)}`).gaveUp).toBe(0);
  });
});
