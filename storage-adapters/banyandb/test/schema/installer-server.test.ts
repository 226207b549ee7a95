/** On a real server: METERLARK_TEST_BANYANDB=host:port. */
import { randomBytes } from 'node:crypto';
import { RecordingLogger } from '@meterlark/core/testing';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { BanyanCalls } from '../../src/connection/calls.js';
import type { MethodName } from '../../src/protocol/methods.js';
import type { SchemaSpec, StreamSpec } from '../../src/schema/model.js';
import type { StoredGroup, StoredObject } from '../../src/schema/registry.js';
import { serverCalls, type ServerCalls } from './server-calls.js';
import { allSpecs, groupsOf, inverted, measure, property, realInstaller, stream, trace } from './specs.js';

const target = process.env['METERLARK_TEST_BANYANDB'];
if (target === undefined) console.log('schemas on a real BanyanDB: skipped, METERLARK_TEST_BANYANDB is not set');

let prefix = '';
const used: string[] = [];
const calls: ServerCalls = serverCalls(target ?? '127.0.0.1:1');

beforeEach(() => {
  prefix = `ms${randomBytes(5).toString('hex')}`;
  used.push(...groupsOf(prefix).keys());
});
afterAll(async () => {
  if (target !== undefined) for (const group of used) await calls.call('groupSchemaDelete', { group, force: true }).catch(() => undefined);
  calls.close();
});

async function object(spec: SchemaSpec): Promise<StoredObject> {
  const { group, name, catalog } = spec;
  const answer = await calls.call<Record<string, StoredObject>>(`${catalog}SchemaGet`, { metadata: { group, name } });
  const found = answer[catalog];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

const tagsOf = ({ tagFamilies = [], tags = [] }: StoredObject) => [...tagFamilies.flatMap((family) => family.tags), ...tags].map(({ name }) => name);

function counting(inner: BanyanCalls): BanyanCalls & { readonly made: MethodName[] } {
  const made: MethodName[] = [];
  return { made, call: (method, request) => (made.push(method), inner.call(method, request)) };
}

const grown = (tag: string): StreamSpec => ({
  ...stream(prefix),
  tags: [...stream(prefix).tags, { name: tag, kind: 'string' }],
  indexes: [...stream(prefix).indexes, inverted(`lines_${tag}`, tag)],
});

describe.skipIf(target === undefined)('a real server', { timeout: 60_000 }, () => {
  test('takes everything, and a second process finds nothing to change', async () => {
    await realInstaller(calls, groupsOf(prefix)).install(allSpecs(prefix));
    expect(tagsOf(await object(trace(prefix)))).toEqual(['trace_id', 'span_id', 'time', 'service']);
    const second = counting(calls);
    await realInstaller(second, groupsOf(prefix)).install(allSpecs(prefix));
    expect(second.made.filter((method) => /Create$|Update$/.test(method))).toEqual([]);
  });

  test('takes new tags, fields and indexes, and keeps those of before', async () => {
    await realInstaller(calls, groupsOf(prefix)).install(allSpecs(prefix));
    const more = { name: 'more', kind: 'string' as const };
    const numbers = { ...measure(prefix), tags: [...measure(prefix).tags, more], fields: [{ name: 'states', kind: 'binary' as const }] };
    const spans = { ...trace(prefix), tags: [...trace(prefix).tags, more] };
    await realInstaller(calls, groupsOf(prefix)).install([numbers, grown('more'), spans, { ...property(prefix), tags: [more] }]);
    expect(tagsOf(await object(numbers))).toEqual(['entity', 'more']);
    expect((await object(numbers)).fields?.map(({ name }) => name)).toEqual(['sequence', 'states']);
    expect(tagsOf(await object(stream(prefix)))).toEqual(['service', 'id', 'more']);
    expect(tagsOf(await object(spans))).toEqual(['trace_id', 'span_id', 'time', 'service', 'more']);
    expect(tagsOf(await object(property(prefix)))).toEqual(['text', 'more']);

    await realInstaller(calls, groupsOf(prefix)).install(allSpecs(prefix));
    expect(tagsOf(await object(stream(prefix)))).toEqual(['service', 'id', 'more']);
  });

  test('is not asked for what it would take and then read wrong', async () => {
    await realInstaller(calls, groupsOf(prefix)).install(allSpecs(prefix));
    const wrong: readonly SchemaSpec[] = [
      { ...stream(prefix), entity: ['id'] },
      { ...stream(prefix), tags: [{ name: 'id', kind: 'int' }] },
      { ...measure(prefix), interval: '1h' },
      { ...measure(prefix), fields: [{ name: 'sequence', kind: 'float' }] },
      { ...property(prefix), tags: [{ name: 'text', kind: 'int' }] },
    ];
    for (const spec of wrong) {
      const installed = realInstaller(calls, groupsOf(prefix)).install([spec]);
      await expect(installed).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_SCHEMA_CONFLICT', class: 'permanent' });
    }
  });

  test('takes other shards, lifetimes and stages of a group', async () => {
    await realInstaller(calls, groupsOf(prefix)).install(allSpecs(prefix));
    const warm = { name: 'warm', shards: 3, segmentDays: 1, ttlDays: 5, replicas: 0, nodeSelector: 'type=warm', close: false };
    const other = groupsOf(prefix, { shards: 3, ttlDays: 2, stages: [warm] });
    await realInstaller(calls, other).install(allSpecs(prefix));
    const { group } = await calls.call<{ group: StoredGroup }>('groupSchemaGet', { group: `${prefix}_s` });
    expect(group.resourceOpts).toMatchObject({ shardNum: 3, ttl: { num: 2 }, stages: [{ name: 'warm', ttl: { num: 5 } }], defaultStages: ['hot', 'warm'] });
    const again = counting(calls);
    await realInstaller(again, other).install(allSpecs(prefix));
    expect(again.made.filter((method) => /Create$|Update$/.test(method))).toEqual([]);
  });

  test('lets several servers install at the same time, each with a tag of its own', async () => {
    await Promise.all([1, 2, 3].map(() => realInstaller(calls, groupsOf(prefix)).install(allSpecs(prefix))));
    await Promise.all(['a', 'b', 'c'].map((tag) => realInstaller(calls, groupsOf(prefix)).install([grown(tag)])));
    expect(tagsOf(await object(stream(prefix))).sort()).toEqual(['a', 'b', 'c', 'id', 'service']);
    const { indexRuleBinding } = await calls.call<{ indexRuleBinding: { rules: string[] } }>('indexRuleBindingSchemaGet', {
      metadata: { group: `${prefix}_s`, name: 'lines' },
    });
    expect(indexRuleBinding.rules.sort()).toEqual(['lines_a', 'lines_b', 'lines_c', 'lines_id']);
  });

  test('has lost its groups: they are made again', async () => {
    const logger = new RecordingLogger();
    const installer = realInstaller(calls, groupsOf(prefix), logger);
    await installer.install([property(prefix)]);
    await calls.call('groupSchemaDelete', { group: `${prefix}_p`, force: true });
    await expect.poll(() => object(property(prefix)).then(() => true, () => false), { timeout: 20_000 }).toBe(false);
    await installer.reinstall();
    expect(tagsOf(await object(property(prefix)))).toEqual(['text']);
  });
});
