import { describe, expect, it } from 'vitest';
import { attributesOf, batchOf, maskerOf, pairs, setOf, spanOf } from './scene.js';
import type { SpanBatch } from '../../../src/model/span.js';
import type { AttributeValue } from '../../../src/model/telemetry.js';

const hash = /^#[\w-]{22}$/;

describe('rules for keys', () => {
  it('replace, hash and drop whole values of every kind', () => {
    const values = { secret: 'a', other: 'b' };
    const match = { key: 'secret' };
    expect(maskerOf([{ match, action: 'replace' }]).attributes(values)).toEqual({ secret: '***', other: 'b' });
    expect(maskerOf([{ match, action: 'replace', replacement: '' }]).attributes(values)).toEqual({ secret: '', other: 'b' });
    expect(maskerOf([{ match, action: 'drop' }]).attributes(values)).toEqual({ other: 'b' });
    expect(maskerOf([{ match, action: 'hash' }]).attributes(values)).toEqual({ secret: expect.stringMatching(hash) as string, other: 'b' });
    const kinds = { a: 1, b: true, c: 2n ** 60n, d: ['x'], e: new Map([['f', 'x']]), f: Buffer.from('x'), g: undefined };
    expect(maskerOf([{ match: { key: '*' }, action: 'replace' }]).attributes(kinds)).toEqual({ a: '***', b: '***', c: '***', d: '***', e: '***', f: '***', g: undefined });
  });

  it('reach keys within maps, by their own name or with the way to them', () => {
    const nested = { body: new Map([['user', new Map([['email', 'a@b.c'], ['id', '7']])]]), list: [new Map([['email', 'x']])] };
    for (const key of ['email', '*.email']) {
      const masked = maskerOf([{ match: { key }, action: 'drop' }]).attributes(nested);
      expect(masked['body']).toEqual(new Map([['user', new Map([['id', '7']])]]));
      expect(masked['list']).toEqual([new Map()]);
    }
    expect(maskerOf([{ match: { key: 'body.user.email' }, action: 'drop' }]).attributes(nested)['list']).toEqual([new Map([['email', 'x']])]);
  });

  it('give attributes of equal keys one shape again after a drop', () => {
    const { masker } = maskerOf([{ match: { key: 'secret' }, action: 'drop' }]);
    const shapes = [1, 2].map(() => {
      const masked = masker.mask(batchOf(spanOf({ attributes: attributesOf({ a: 1, secret: 's', b: 2 }) }))) as SpanBatch;
      return masked.resources[0]?.scopes[0]?.spans[0]?.attributes.shape;
    });
    expect(shapes[0]?.keys).toEqual(['a', 'b']);
    expect(shapes[1]).toBe(shapes[0]);
  });
});

describe('hashes', () => {
  it('are equal for equal texts under one secret, and others under another', () => {
    const rule = [{ match: { key: 'u' }, action: 'hash' as const }];
    const one = maskerOf(rule).attributes({ u: 'anna' })['u'];
    expect(maskerOf(rule).attributes({ u: 'anna' })['u']).toBe(one);
    expect(maskerOf(rule).attributes({ u: 'bert' })['u']).not.toBe(one);
    expect(maskerOf(rule, { hashSecret: 'other' }).attributes({ u: 'anna' })['u']).not.toBe(one);
  });

  it('without a secret differ from start to start, and a warning says so', () => {
    const rule = [{ match: { key: 'u' }, action: 'hash' as const }];
    const [one, two] = [maskerOf(rule, { hashSecret: '' }), maskerOf(rule, { hashSecret: '' })];
    expect(one.attributes({ u: 'anna' })).not.toEqual(two.attributes({ u: 'anna' }));
    expect(one.logger.lines.map(({ level }) => level)).toEqual(['warn']);
    expect(maskerOf([{ match: { key: 'u' }, action: 'drop' }], { hashSecret: '' }).logger.lines).toEqual([]);
  });
});

describe('patterns', () => {
  const match = { pattern: 'sk-\\w+' };

  it('replace or hash only what they match, everywhere in a text', () => {
    expect(maskerOf([{ match, action: 'replace' }]).attributes({ a: 'use sk-abc or sk-def!', b: 'none' })).toEqual({ a: 'use *** or ***!', b: 'none' });
    expect(maskerOf([{ match, action: 'hash' }]).attributes({ a: 'use sk-abc!' })['a']).toMatch(/^use #[\w-]{22}!$/);
    expect(maskerOf([{ match, action: 'drop' }]).attributes({ a: 'use sk-abc', b: 'none' })).toEqual({ b: 'none' });
    expect(maskerOf([{ match: { pattern: '(token=)\\w+' }, action: 'replace', replacement: '$1?' }]).attributes({ a: 'token=abc' })).toEqual({ a: 'token=?' });
  });

  it('look into lists, maps, bytes and numbers at every depth', () => {
    const { attributes } = maskerOf([{ match: { pattern: 'sk-\\w+|4111\\d{12}' }, action: 'replace' }]);
    const deep = new Map([['a', [['x', 'sk-1'], new Map([['b', 'sk-2']])]]]);
    expect(attributes({ deep, bytes: Buffer.from('a sk-3 b'), card: 4111111111111111, big: 4111111111111111n, flag: true, ratio: 0.5 })).toEqual({
      deep: new Map([['a', [['x', '***'], new Map([['b', '***']])]]]),
      bytes: Buffer.from('a *** b'), card: '***', big: '***', flag: true, ratio: 0.5,
    });
  });

  it('look at keys too', () => {
    expect(maskerOf([{ match, action: 'replace' }]).attributes({ 'header.sk-abc': 'v', b: 'w' })).toEqual({ 'header.***': 'v', b: 'w' });
    expect(maskerOf([{ match, action: 'drop' }]).attributes({ 'header.sk-abc': 'v', m: new Map([['sk-1', 'v']]) })).toEqual({ m: new Map() });
  });

  it('with a key look only at its values', () => {
    const rule = { match: { ...match, key: 'gen_ai.*' }, action: 'replace' as const };
    expect(maskerOf([rule]).attributes({ 'gen_ai.prompt': 'sk-1 x', 'sk-2': 'sk-3' })).toEqual({ 'gen_ai.prompt': '*** x', 'sk-2': 'sk-3' });
  });

  it('see through the escapes of JSON, also of JSON within JSON', () => {
    const { attributes } = maskerOf([{ match: { pattern: 'p"w/1' }, action: 'replace' }]);
    const inner = JSON.stringify({ password: 'p"w/1' });
    expect(attributes({ a: inner, b: JSON.stringify([{ arguments: inner }]), c: '{"x":"\\u0070\\"w\\/1"}', d: '{"x":"p\\"w' })).toEqual({
      a: '{"password":"***"}', b: JSON.stringify([{ arguments: '{"password":"***"}' }]), c: '{"x":"***"}', d: '{"x":"p\\"w',
    });
  });

  it('are applied after rules for whole values and paths, each kind in the order given', () => {
    const rules = [
      { match: { pattern: 'a' }, action: 'replace' as const, replacement: 'b' },
      { match: { pattern: 'b' }, action: 'replace' as const, replacement: 'c' },
      { match: { key: 'k' }, action: 'replace' as const, replacement: 'a' },
    ];
    expect(maskerOf(rules).attributes({ x: 'a', k: 'anything' })).toEqual({ x: 'c', k: 'a' });
  });

  it('leave the objects alone that they do not hit', () => {
    const { masker, metrics } = maskerOf([{ match, action: 'drop' }]);
    const batch = batchOf(spanOf({ attributes: attributesOf({ a: 'x', list: ['a', NaN], map: new Map([['k', NaN]]), json: '{"a":"\\n"}' }) }));
    expect(masker.mask(batch)).toBe(batch);
    expect(metrics.value('meterlark_masking_hits_total', { rule: 'r0', where: 'attribute' })).toBe(0);
  });
});

describe('paths', () => {
  const messages = [{ role: 'user', content: 'hello', n: 1 }, { role: 'tool', content: [{ text: 'deep' }] }];
  const json = JSON.stringify({ messages, content: 'top' });
  const path = '$.messages[*].content';

  it('replace, hash and drop parts of JSON text', () => {
    const apply = (action: 'replace' | 'hash' | 'drop') => JSON.parse(maskerOf([{ match: { path }, action }]).attributes({ json })['json'] as string) as unknown;
    expect(apply('replace')).toEqual({ messages: [{ role: 'user', content: '***', n: 1 }, { role: 'tool', content: '***' }], content: 'top' });
    expect(apply('drop')).toEqual({ messages: [{ role: 'user', n: 1 }, { role: 'tool' }], content: 'top' });
    expect(apply('hash')).toMatchObject({ messages: [{ content: expect.stringMatching(hash) as string }, { content: expect.stringMatching(hash) as string }] });
  });

  it('reach structured values and text that is JSON within JSON', () => {
    const { attributes } = maskerOf([{ match: { path: '$..password' }, action: 'replace' }]);
    const inner = JSON.stringify({ password: 'p', x: 1 });
    expect(attributes({ map: new Map([['a', [new Map([['password', 'p']])]]]), text: JSON.stringify([{ arguments: inner }]) })).toEqual({
      map: new Map([['a', [new Map([['password', '***']])]]]),
      text: JSON.stringify([{ arguments: '{"password":"***","x":1}' }]),
    });
  });

  it('begin at the whole value, not at each part', () => {
    const { attributes } = maskerOf([{ match: { path: '$.a' }, action: 'replace' }]);
    expect(attributes({ map: new Map<string, AttributeValue>([['x', new Map([['a', 'keep']])], ['a', 'mask']]) })['map']).toEqual(new Map<string, unknown>([['x', new Map([['a', 'keep']])], ['a', '***']]));
  });

  it('with a key and a pattern mask only what matches, there', () => {
    const rule = { match: { key: '*.messages', path: '$[*].content', pattern: '\\d{4}' }, action: 'replace' as const };
    const text = JSON.stringify([{ content: 'pin 1234', id: '5678' }, { content: ['7777', 7777] }]);
    const { attributes, hits } = maskerOf([rule]);
    expect(attributes({ 'gen_ai.input.messages': text, other: text })).toEqual({
      'gen_ai.input.messages': JSON.stringify([{ content: 'pin ***', id: '5678' }, { content: ['***', '***'] }]), other: text,
    });
    expect(hits('attribute')).toBe(1);
  });

  it('leave plain text to the other rules, and what they do not find as it was written', () => {
    const { attributes } = maskerOf([{ match: { path: '$.a' }, action: 'replace' }, { match: { pattern: 'sk-\\w+' }, action: 'replace' }]);
    const texts = { plain: '[INFO] {a} sk-1', spaced: ' { "b" : 1.0 } ', empty: '', scalar: '"a"', list: '[]' };
    expect(attributes(texts)).toEqual({ ...texts, plain: '[INFO] {a} ***' });
  });

  it('keep keys such as __proto__ and null', () => {
    const { attributes } = maskerOf([{ match: { path: '$.a' }, action: 'replace' }]);
    expect(attributes({ t: '{"__proto__":{"x":1},"n":null,"a":"s"}' })).toEqual({ t: '{"__proto__":{"x":1},"n":null,"a":"***"}' });
  });
});

describe('hostile texts', () => {
  it.each(['[\\w.]+@[\\w.]+', '(a+)+@(\\w|x)+', '(?:\\w+\\.?)+@.*x.*', '(a|a)*@example'])('that would take an engine that goes back for ever are searched to their end for %s', (pattern) => {
    const { attributes, metrics, hits } = maskerOf([{ match: { pattern }, action: 'replace' }]);
    const masked = attributes({ a: 'a'.repeat(300_000), b: `${'x '.repeat(5000)}a@example.com` });
    expect(masked['a']).toBe('a'.repeat(300_000));
    expect(masked['b']).toSatisfy((text: string) => text.startsWith(`${'x '.repeat(5000)}***`));
    expect([metrics.value('meterlark_masking_gave_up_total', { rule: 'r0' }), hits('attribute')]).toEqual([0, 1]);
  });

  it('longer than may be are masked whole by rules that look into them, and counted', () => {
    const { attributes, metrics, hits } = maskerOf(
      [{ match: { pattern: 'sk-\\w+' }, action: 'replace' }, { match: { key: 'left' }, action: 'hash' }, { match: { key: 'gone', path: '$.a' }, action: 'drop' }],
      { maxTextLength: 100 },
    );
    const masked = attributes({ long: 'x'.repeat(101), short: `${'x'.repeat(90)} sk-1`, list: ['x'.repeat(60), 'y'.repeat(60)] });
    expect(masked).toEqual({ long: '***', short: `${'x'.repeat(90)} ***`, list: '***' });
    expect([metrics.value('meterlark_masking_gave_up_total', { rule: 'r0' }), hits('attribute')]).toEqual([2, 3]);
  });

  it('that nest too deep are masked whole below', () => {
    const deep = `${'['.repeat(5000)}"\\u0073k-1"${']'.repeat(5000)}`;
    let structured = new Map([['x', 'sk-1']]) as Map<string, never>;
    for (let level = 0; level < 100; level += 1) structured = new Map([['x', structured as never]]);
    const { attributes, metrics } = maskerOf([{ match: { pattern: 'sk-\\w+' }, action: 'replace' }, { match: { path: '$..x' }, action: 'replace' }]);
    const masked = attributes({ json: deep, structured });
    expect(masked).toEqual({ json: '***', structured: new Map([['x', '***']]) });
    const only = maskerOf([{ match: { pattern: 'sk-\\w+' }, action: 'replace' }]);
    expect(JSON.stringify([...(only.attributes({ structured })['structured'] as Map<string, unknown>)])).not.toContain('sk-1');
    expect(only.metrics.value('meterlark_masking_gave_up_total', { rule: 'r0' })).toBe(1);
    expect(metrics.value('meterlark_masking_gave_up_total', { rule: 'r1' })).toBe(1);
  });

  it('of many shapes do not grow tables without bound', () => {
    const { attributes } = maskerOf([{ match: { key: 'secret' }, action: 'drop' }]);
    for (let shape = 0; shape < 12_000; shape += 1) attributes({ [`k${shape}`]: 'v', secret: 's' });
    expect(attributes({ last: 'v', secret: 's' })).toEqual({ last: 'v' });
  });
});

describe('sets of attributes', () => {
  it('keep the first of two keys that become one', () => {
    const { masker } = maskerOf([{ match: { pattern: 'sk-\\w+' }, action: 'replace' }]);
    const masked = masker.mask(batchOf(spanOf(), { resource: { attributes: setOf({ 'sk-1': 'one', 'sk-2': 'two' }) } })) as SpanBatch;
    expect(masked.resources[0]?.resource.attributes).toEqual(setOf({ '***': 'one' }));
    expect(pairs(masked.resources[0]?.scopes[0]?.spans[0]?.attributes)).toEqual({});
  });
});
