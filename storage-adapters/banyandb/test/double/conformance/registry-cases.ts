import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupOf, oneDay, type Lab } from './lab.js';
import { bindingOf, measureOf, ruleOf, streamOf, tagSpecs, traceOf } from './schema.js';

export function registryCases(use: () => Lab): void {
  const group = (): string => `${use().group}r`;
  const call = (kind: string, method: string, request: object): Promise<Record<string, unknown>> => use().client.registry(kind, method, request);
  const fails = (kind: string, method: string, request: object): Promise<string> => use().failure(call(kind, method, request));
  const at = (name: string, owner = group()): object => ({ metadata: { group: owner, name } });
  const since = (version: string, text: string): string => (use().version === 'main' ? text : version);

  describe('the registry', () => {
    beforeAll(async () => {
      await call('Group', 'Create', { group: groupOf(group(), 'CATALOG_MEASURE') });
    });
    afterAll(async () => {
      await call('Group', 'Delete', { group: group(), force: true });
    });

    test('groups: made once, got, changed, also in their kind', async () => {
      expect(await fails('Group', 'Create', { group: groupOf(group(), 'CATALOG_MEASURE') })).toMatch(/^6: .*already exists/);
      expect((await call('Group', 'Get', { group: group() }))['group']).toMatchObject({ catalog: 'CATALOG_MEASURE', resourceOpts: { shardNum: 1, segmentInterval: oneDay, ttl: { unit: 'UNIT_DAY', num: 7 } } });
      expect(await fails('Group', 'Get', { group: 'nobody' })).toMatch(/^5: .*not found/);
      await call('Group', 'Update', { group: groupOf(group(), 'CATALOG_STREAM', 9) });
      expect((await call('Group', 'Get', { group: group() }))['group']).toMatchObject({ catalog: 'CATALOG_STREAM', resourceOpts: { ttl: { num: 9 } } });
      await call('Group', 'Update', { group: groupOf(group(), 'CATALOG_MEASURE', 9) });
      expect(await fails('Group', 'Update', { group: groupOf('nobody', 'CATALOG_MEASURE') })).toMatch(/^2: schema .*nobody not exist/);
      expect([(await call('Group', 'Exist', { group: group() }))['hasGroup'], (await call('Group', 'Exist', { group: 'nobody' }))['hasGroup'] ?? false]).toEqual([true, false]);
    });

    test('groups: lifetimes are required, and refused for properties', async () => {
      const bare = { metadata: { name: 'x' }, catalog: 'CATALOG_MEASURE', resourceOpts: { shardNum: 1 } };
      expect(await fails('Group', 'Create', { group: bare })).toMatch(/^2: group segmentInterval is nil/);
      const lasting = { metadata: { name: 'x' }, catalog: 'CATALOG_PROPERTY', resourceOpts: { shardNum: 1, segmentInterval: oneDay, ttl: oneDay } };
      expect(await fails('Group', 'Create', { group: lasting })).toMatch(/^2: segmentInterval should be nil/);
    });

    test('groups: all are listed; main tells revisions, 0.10 not', async () => {
      const listed = (await call('Group', 'List', {}))['group'] as { metadata: { name: string } }[];
      expect(listed.map(({ metadata }) => metadata.name)).toContain(group());
      const again = await call('Group', 'Update', { group: groupOf(group(), 'CATALOG_MEASURE', 11) });
      expect(again['modRevision'] === undefined).toBe(use().version === '0.10');
    });

    test('a measure, stream or trace needs its group; a rule does not', async () => {
      expect(await fails('Measure', 'Create', { measure: measureOf('nobody', 'm') })).toMatch(/^5:/);
      expect(await fails('Stream', 'Create', { stream: streamOf('nobody', 's') })).toMatch(/^5:/);
      expect(await fails('Trace', 'Create', { trace: traceOf('nobody', 't') })).toMatch(/^5:/);
    });

    test('a measure is made once, got with its revision, listed, and said to exist', async () => {
      const made = await call('Measure', 'Create', { measure: measureOf(group(), 'one') });
      expect(await fails('Measure', 'Create', { measure: measureOf(group(), 'one') })).toMatch(/^6:/);
      const got = (await call('Measure', 'Get', at('one')))['measure'] as { metadata: { modRevision: unknown }; interval: string };
      expect([String(got.metadata.modRevision), got.interval]).toEqual([String(made['modRevision']), '1m']);
      expect([await fails('Measure', 'Get', at('nobody')), await fails('Measure', 'Get', at('x', 'nobody'))].map((text) => text.slice(0, 2))).toEqual(['5:', '5:']);
      expect(await call('Measure', 'Exist', at('one'))).toMatchObject({ hasGroup: true, hasMeasure: true });
      expect((await call('Measure', 'Exist', at('nobody')))['hasMeasure'] ?? false).toBe(false);
      expect((await call('Measure', 'Exist', at('x', 'nobody')))['hasGroup'] ?? false).toBe(false);
      expect((await call('Measure', 'List', { group: 'nobody' }))['measure']).toEqual([]);
      expect(await fails('Measure', 'List', { group: '' })).toMatch(/^3:/);
    });

    test('an update that changes nothing keeps the revision in main', async () => {
      const made = await call('Measure', 'Create', { measure: measureOf(group(), 'same') });
      const same = await call('Measure', 'Update', { measure: measureOf(group(), 'same') });
      const more = await call('Measure', 'Update', { measure: { ...measureOf(group(), 'same'), tagFamilies: [{ name: 'row', tags: tagSpecs(['tenant', 'entity', 'lay', 'ord', 'free', 'list', 'new']) }] } });
      expect([String(same['modRevision']) === String(made['modRevision']), String(more['modRevision']) === String(made['modRevision'])]).toEqual([use().version === 'main', false]);
    });

    test('main guards the entity, the interval and fields of a measure; 0.10 lets all pass', async () => {
      await call('Measure', 'Create', { measure: measureOf(group(), 'guard') });
      const update = (change: object): Promise<string> => fails('Measure', 'Update', { measure: { ...measureOf(group(), 'guard'), ...change } });
      const field = { name: 'v', fieldType: 'FIELD_TYPE_FLOAT', encodingMethod: 'ENCODING_METHOD_GORILLA', compressionMethod: 'COMPRESSION_METHOD_ZSTD' };
      expect(await update({ interval: '1h' })).toContain(since('no failure', 'interval is different'));
      expect(await update({ entity: { tagNames: ['tenant'] } })).toContain(since('no failure', 'entity is different'));
      expect(await update({ fields: [field] })).toContain(since('no failure', 'field v is different'));
      expect(await update({ tagFamilies: [{ name: 'row', tags: tagSpecs(['entity', 'lay']) }] })).toContain(since('no failure', 'cannot delete entity tag tenant'));
      expect(await update({ tagFamilies: [{ name: 'row', tags: tagSpecs(['tenant', 'entity']) }] })).toBe('no failure');
      expect(await fails('Measure', 'Update', { measure: measureOf(group(), 'nobody') })).toMatch(/^2: schema .*nobody not exist/);
    });

    test('what is missing or odd in a measure is refused', async () => {
      const create = (change: object): Promise<string> => fails('Measure', 'Create', { measure: { ...measureOf(group(), 'odd'), ...change } });
      expect(await create({ tagFamilies: [] })).toMatch(/^3:/);
      expect(await create({ tagFamilies: [{ name: 'row', tags: tagSpecs(['tenant', 'entity', 'a#b']) }] })).toMatch(/^2: .*reserved character "#"/);
    });

    test('a removal of what is not there answers false', async () => {
      await call('Measure', 'Create', { measure: measureOf(group(), 'gone') });
      expect((await call('Measure', 'Delete', at('gone')))['deleted']).toBe(true);
      expect((await call('Measure', 'Delete', at('gone')))['deleted'] ?? false).toBe(false);
      expect(await fails('Measure', 'Get', at('gone'))).toMatch(/^5:/);
      expect(await fails('Measure', 'Create', { measure: measureOf(group(), 'gone') })).toBe('no failure');
    });

    test('rules and bindings: made once, a rule gets a number, nothing they name has to be there', async () => {
      await call('IndexRule', 'Create', { indexRule: ruleOf(group(), 'lay', 'INVERTED') });
      expect(await fails('IndexRule', 'Create', { indexRule: ruleOf(group(), 'lay', 'INVERTED') })).toMatch(/^6:/);
      const rule = (await call('IndexRule', 'Get', at('lay')))['indexRule'] as { metadata: { id: number }; noSort: boolean };
      expect([rule.metadata.id > 0, rule.noSort]).toEqual([true, true]);
      expect(await fails('IndexRule', 'Create', { indexRule: { ...ruleOf(group(), 'lay2', 'UNSPECIFIED') } })).toMatch(/^2: .*type is unspecified/);
      expect(await fails('IndexRuleBinding', 'Create', { indexRuleBinding: bindingOf(group(), 'b', 'MEASURE', ['nobody']) })).toBe('no failure');
      const bound = bindingOf(group(), 'c', 'MEASURE', ['lay']) as Record<string, unknown>;
      expect(await fails('IndexRuleBinding', 'Create', { indexRuleBinding: { ...bound, beginAt: undefined } })).toMatch(/^3:/);
      expect(((await call('IndexRule', 'List', { group: group() }))['indexRule'] as unknown[]).length).toBe(1);
    });

    test('properties are listed under a plural', async () => {
      const listed = (await call('Property', 'List', { group: `${use().group}p` }))['properties'] as unknown[];
      expect(listed.length).toBe(1);
      expect(await call('Property', 'Exist', at('p', `${use().group}p`))).toMatchObject({ hasGroup: true, hasProperty: true });
    });
  });

  describe('around the registry', () => {
    test('the API version is 0.10 in both, and the health service says SERVING', async () => {
      expect((await use().client.call('banyandb.common.v1.Service', 'GetAPIVersion', {}))['version']).toMatchObject({ version: '0.10' });
      expect(await use().client.call('grpc.health.v1.Health', 'Check', {})).toMatchObject({ status: 'SERVING' });
    });

    test('the barrier tells what is there and what is not; 0.10 has none', async () => {
      const barrier = (method: string, request: object) => use().client.call('banyandb.schema.v1.SchemaBarrierService', method, { timeout: { nanos: 300_000_000 }, ...request });
      const key = (kind: string, name: string): object => ({ kind, group: `${use().group}m`, name });
      if (use().version === '0.10') {
        expect(await use().failure(barrier('AwaitSchemaApplied', { keys: [] }))).toMatch(/^12:/);
        return;
      }
      const missing = await barrier('AwaitSchemaApplied', { keys: [key('measure', 'm'), key('measure', 'nobody')] });
      expect([missing['applied'] ?? false, (missing['laggards'] as { missingKeys: unknown[] }[])[0]?.missingKeys.length]).toEqual([false, 1]);
      expect(await barrier('AwaitSchemaApplied', { keys: [key('measure', 'm'), key('index_rule', 'lay'), key('index_rule_binding', 'm')] })).toMatchObject({ applied: true });
      expect(await barrier('AwaitRevisionApplied', { minRevision: 1 })).toMatchObject({ applied: true });
      expect((await barrier('AwaitRevisionApplied', { minRevision: '9000000000000000000' }))['applied'] ?? false).toBe(false);
      expect([(await barrier('AwaitSchemaDeleted', { keys: [key('measure', 'nobody')] }))['applied'], (await barrier('AwaitSchemaDeleted', { keys: [key('measure', 'm')] }))['applied'] ?? false]).toEqual([true, false]);
    });

    test('a message of more than 16 MiB is RESOURCE_EXHAUSTED', async () => {
      const huge = { metadata: { group: `${use().group}t`, name: 't' }, version: 1, tags: [{ str: { value: 'huge' } }], span: Buffer.alloc(17 * 1024 * 1024) };
      expect((await use().write('trace', [huge])).error?.code).toBe(8);
    });

    test('a property of another kind of group is refused', async () => {
      const apply = use().client.property('Apply', { property: { metadata: { group: `${use().group}m`, name: 'p' }, id: 'x', tags: [{ key: 'a', value: { str: { value: 'x' } } }] } });
      expect(await use().failure(apply)).toMatch(/^2: .*is not allowed to have properties/);
    });
  });
}
