import { describe, expect, test } from 'vitest';
import { and, baseMs, eq, int, nil, stamp, str, type Lab } from './lab.js';

const tagNames = ['tenant', 'svc', 'lvl'];

/** Texts of entities, in streams: measures look them up in the same way. */
export function entityCases(use: () => Lab): void {
  const group = (): string => `${use().group}s`;
  const write = (...values: object[][]) =>
    use().write('stream', values.map((tags, at) => ({
      ...(at === 0 ? { metadata: { group: group(), name: 's' }, tagFamilySpec: [{ name: 'row', tagNames }] } : {}),
      messageId: at + 1,
      element: { elementId: JSON.stringify(tags), timestamp: stamp(baseMs), tagFamilies: [{ tags }] },
    })));
  const ask = (...conditions: object[]): Promise<string[]> => use().stream({ groups: [group()], name: 's', criteria: and(...conditions), projection: { tagFamilies: [{ name: 'row', tags: ['svc', 'lvl'] }] } });

  describe('entity values', () => {
    test.each(['|', 'a|b', '\\', 'a\\b', '*', '?', 'a*', '%', 'é', '😀', '"', '\n', 'a\nb', 'x'.repeat(2000)])('%j is found whole and by its beginning, and read as it was', async (value) => {
      const tenant = `whole${JSON.stringify(value).slice(0, 20)}`;
      await write([str(tenant), str(value), int(7)]);
      const read = [`${JSON.stringify(value)} 7`];
      expect(await ask(eq('tenant', str(tenant)), eq('svc', str(value)), eq('lvl', int(7)))).toEqual(read);
      expect(await ask(eq('tenant', str(tenant)), eq('svc', str(value)))).toEqual(read);
    });

    test('an empty text is found by EQ, and read as null as null is', async () => {
      await write([str('empty'), str(''), int(1)], [str('empty'), nil, int(2)]);
      expect((await ask(eq('tenant', str('empty')))).sort()).toEqual(['null 1', 'null 2']);
      expect(await ask(eq('tenant', str('empty')), eq('svc', str('')))).toEqual(['null 1']);
    });

    test('with a gap, * and ? of values stand for other texts, and a newline is never found', async () => {
      await write([str('gap'), str('ab'), int(1)], [str('gap'), str('a*'), int(1)], [str('gap'), str('a?'), int(1)], [str('gap'), str('a\nb'), int(1)]);
      await write([str('g*p'), str('other'), int(1)]);
      expect((await ask(eq('tenant', str('g*p')), eq('lvl', int(1)))).sort()).toEqual(['"a*" 1', '"a?" 1', '"ab" 1', '"other" 1']);
      expect((await ask(eq('tenant', str('gap')), eq('lvl', int(1)))).length).toBe(3);
    });

    test('the beginning is one of values, not of characters', async () => {
      await write([str('begin'), str('a'), int(1)], [str('beginning'), str('a'), int(1)]);
      expect((await ask(eq('tenant', str('begin')))).length).toBe(1);
    });

    test('whole numbers of any size are found whole; with a gap some fail', async () => {
      for (const number of ['0', '-1', '124', '92', '31868', '9223372036854775807', '-9223372036854775808']) {
        await write([str(`number${number}`), str('a'), int(number)]);
        expect(await ask(eq('tenant', str(`number${number}`)), eq('svc', str('a')), eq('lvl', int(number)))).toEqual([`"a" ${number}`]);
      }
      expect(await use().failure(ask(eq('tenant', str('number124')), eq('lvl', int(124))))).toContain('error parsing regexp: invalid UTF-8');
    });

    test('the kind that was sent makes the series; a stream reads another kind as null', async () => {
      await write([str('kind'), int(5), int(1)]);
      expect([await ask(eq('tenant', str('kind')), eq('svc', str('5'))), await ask(eq('tenant', str('kind')), eq('svc', int(5)))]).toEqual([[], ['null 1']]);
    });
  });
}
