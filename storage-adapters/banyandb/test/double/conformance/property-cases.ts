import { describe, expect, test } from 'vitest';
import { bin, eq, int, nil, shown, str, strs, type Lab } from './lab.js';

interface Tag {
  readonly key: string;
  readonly value: unknown;
}

export function propertyCases(use: () => Lab): void {
  const group = (): string => `${use().group}p`;
  const name = 'p';
  const tag = (key: string, value: object): object => ({ key, value });
  const apply = (id: string, tags: object[], strategy = 'STRATEGY_REPLACE', more: object = {}) =>
    use().client.property('Apply', { property: { metadata: { group: group(), name, ...more }, id, tags }, strategy });
  const ask = async (query: object): Promise<string[]> => {
    const answer = await use().client.property('Query', { groups: [group()], name, limit: 1000, ...query });
    return (answer['properties'] as { id: string; tags: Tag[] }[]).map(({ id, tags }) => `${id}: ${tags.map(({ key, value }) => `${key}=${shown(value)}`).join(' ')}`);
  };

  describe('properties', () => {
    test('REPLACE replaces all tags, MERGE keeps those it does not name', async () => {
      expect((await apply('m', [tag('a', str('x')), tag('n', int(5))]))).toMatchObject({ created: true, tagsNum: 2 });
      const merged = await apply('m', [tag('a', str('y'))], 'STRATEGY_MERGE');
      expect([merged['created'] ?? false, merged['tagsNum']]).toEqual([false, 2]);
      expect(await ask({ ids: ['m'] })).toEqual(['m: a="y" n=5']);
      await apply('m', [tag('a', str('z'))]);
      expect(await ask({ ids: ['m'] })).toEqual(['m: a="z"']);
      await apply('m', [tag('n', int(1))], 'STRATEGY_UNSPECIFIED');
      expect(await ask({ ids: ['m'] })).toEqual(['m: n=1 a="z"']);
    });

    test('all kinds come back as they were', async () => {
      await apply('k', [tag('a', str('')), tag('n', int('-9007199254740993')), tag('bin', bin('zz')), tag('list', strs('a', 'b'))]);
      await apply('k0', [tag('a', nil), tag('n', int(0))]);
      expect((await ask({ ids: ['k', 'k0'] })).sort()).toEqual(['k0: a=null n=0', 'k: a="" n=-9007199254740993 bin=b:zz list=["a","b"]']);
    });

    test('unknown tags, other kinds and unknown groups are refused; unknown names are not found', async () => {
      expect(await use().failure(apply('x', [tag('a', int(1))]))).toMatch(/^2: .*tag a type mismatch/);
      expect(await use().failure(apply('x', [tag('nobody', int(1))]))).toMatch(/^2: .*tag nobody not found/);
      expect(await use().failure(apply('x', [tag('a', str('x'))], 'STRATEGY_REPLACE', { group: 'nobody' }))).toMatch(/^2: group nobody not found/);
      expect(await use().failure(apply('x', [tag('a', str('x'))], 'STRATEGY_REPLACE', { name: 'nobody' }))).toMatch(/^5:/);
      expect(await use().failure(apply('x', []))).toMatch(/^3: .*Tags: value must contain at least 1/);
    });

    test('queries by id, by a tag, with a projection; a name nobody has finds nothing', async () => {
      await apply('q1', [tag('a', str('find me')), tag('n', int(1))]);
      await apply('q2', [tag('a', str('other')), tag('n', int(2))]);
      expect(await ask({ ids: ['q1', 'nobody'] })).toEqual(['q1: a="find me" n=1']);
      expect(await ask({ criteria: eq('a', str('find me')) })).toEqual(['q1: a="find me" n=1']);
      expect(await ask({ ids: ['q2'], tagProjection: ['n'] })).toEqual(['q2: n=2']);
      expect(await ask({ name: 'nobody' })).toEqual([]);
      expect(await use().failure(ask({ groups: ['nobody'] }))).toMatch(/^2: group nobody not found/);
    });

    test('ordered by a tag, those without it last', async () => {
      for (const [id, n] of [['o2', 20], ['o1', -10], ['o3', 300]] as const) await apply(id, [tag('a', str('ordered')), tag('n', int(n))]);
      await apply('o4', [tag('a', str('ordered'))]);
      const order = async (sort: string): Promise<string> => (await ask({ criteria: eq('a', str('ordered')), orderBy: { tagName: 'n', sort }, tagProjection: ['a'] })).map((text) => text.slice(0, 2)).join(' ');
      expect([await order('SORT_ASC'), await order('SORT_DESC')]).toEqual(['o1 o2 o3 o4', 'o3 o2 o1 o4']);
    });

    test('what was replaced counts against the limit: a small one may hide the property', async () => {
      for (let n = 0; n < 5; n += 1) await apply('counted', [tag('a', str('x')), tag('n', int(n))]);
      expect((await ask({ ids: ['counted'], limit: 1 })).length).toBeLessThanOrEqual(1);
      expect(await ask({ ids: ['counted'], limit: 5 })).toEqual(['counted: a="x" n=4']);
    });

    test('a deletion says true even when there is nothing; without an id all of the name go', async () => {
      await apply('d1', [tag('a', str('x'))]);
      const remove = (more: object) => use().client.property('Delete', { group: group(), name, ...more });
      expect([await remove({ id: 'd1' }), await remove({ id: 'nobody' })]).toEqual([{ deleted: true }, { deleted: true }]);
      expect(await ask({ ids: ['d1'] })).toEqual([]);
      await apply('d1', [tag('a', str('again'))]);
      expect(await ask({ ids: ['d1'] })).toEqual(['d1: a="again"']);
      await remove({});
      expect(await ask({})).toEqual([]);
    });
  });
}
