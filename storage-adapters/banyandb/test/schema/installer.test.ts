import { RecordingLogger } from '@meterlark/core/testing';
import { expect, test } from 'vitest';
import { grpcStatus } from '../../src/connection/calls.js';
import { BanyanSchemaInstaller } from '../../src/schema/installer.js';
import type { StreamSpec } from '../../src/schema/model.js';
import { FakeRegistry, refused } from './fake-registry.js';
import { allSpecs, fakeInstaller, groupsOf, inverted, measure, property, stream, trace } from './specs.js';

const groups = groupsOf('x');
const conflict = (reason: RegExp) =>
  expect.objectContaining({ code: 'METERLARK_STORAGE_BANYANDB_SCHEMA_CONFLICT', class: 'permanent', message: expect.stringMatching(reason) as unknown });

const changesIn = (registry: FakeRegistry) => registry.calls.filter((call) => /Create$|Update$/.test(call));

test('everything is made in the order in which it is needed', async () => {
  const registry = new FakeRegistry();
  await fakeInstaller(registry, groups).install(allSpecs('x'));

  expect(changesIn(registry)).toEqual([
    ...['groupSchemaCreate', 'groupSchemaCreate', 'groupSchemaCreate', 'groupSchemaCreate'],
    'measureSchemaCreate',
    ...['indexRuleSchemaCreate', 'indexRuleBindingSchemaCreate', 'streamSchemaCreate'],
    ...['indexRuleSchemaCreate', 'indexRuleBindingSchemaCreate', 'traceSchemaCreate'],
    'propertySchemaCreate',
  ]);
  expect(registry.stored('indexRule', 'x_t', 'spans_service')).toMatchObject({ tags: ['service', 'time'], type: 'TYPE_TREE', noSort: false });
  expect(registry.stored('indexRuleBinding', 'x_s', 'lines')).toMatchObject({
    rules: ['lines_id'],
    subject: { catalog: 'CATALOG_STREAM', name: 'lines' },
  });
  expect(registry.stored('group', '', 'x_p')?.resourceOpts).toMatchObject({ shardNum: 1, segmentInterval: null, ttl: null });
});

test('what is installed costs no further call, and another process only looks', async () => {
  const registry = new FakeRegistry();
  const installer = fakeInstaller(registry, groups);
  await installer.install(allSpecs('x'));
  registry.calls.length = 0;
  await installer.install(allSpecs('x'));
  expect(registry.calls).toEqual([]);

  await fakeInstaller(registry, groups).install(allSpecs('x'));
  expect(changesIn(registry)).toEqual([]);
  expect(registry.calls.filter((call) => call.endsWith('List'))).toHaveLength(1 + 1 + 3 + 3 + 1);
});

test('an empty list of specs asks nothing', async () => {
  const registry = new FakeRegistry();
  await fakeInstaller(registry, groups).install([]);
  expect(registry.calls).toEqual([]);
});

test('a store that lost its schema gets all of it again, indexes too', async () => {
  const registry = new FakeRegistry({ barrier: true });
  const installer = fakeInstaller(registry, groups);
  await installer.install([stream('x'), trace('x')]);
  await installer.install([property('x')]);
  registry.remove('indexRuleBinding', 'x_t', 'spans');
  registry.remove('stream', 'x_s', 'lines');
  registry.remove('group', '', 'x_p');
  registry.remove('property', 'x_p', 'document');
  await installer.reinstall();
  expect(registry.stored('indexRuleBinding', 'x_t', 'spans')).toMatchObject({ rules: ['spans_service'] });
  expect(registry.stored('stream', 'x_s', 'lines')).toBeDefined();
  expect(registry.stored('property', 'x_p', 'document')).toBeDefined();
});

test('a store that was set back to an earlier time is not waited for', async () => {
  let registry = new FakeRegistry({ barrier: true });
  const installer = fakeInstaller({ call: (method, request) => registry.call(method, request) }, groups);
  await installer.install(allSpecs('x'));
  registry = new FakeRegistry({ barrier: true });
  await installer.reinstall();
  expect(registry.stored('trace', 'x_t', 'spans')).toBeDefined();
});

test('new tags and fields are added behind those that are there, and those that are no longer wanted stay', async () => {
  const registry = new FakeRegistry();
  await fakeInstaller(registry, groups).install(allSpecs('x'));
  const more = { name: 'more', kind: 'strings' as const };
  const specs = [
    { ...measure('x'), tags: [...measure('x').tags, more], fields: [{ name: 'states', kind: 'binary' as const }] },
    { ...stream('x'), tags: [{ name: 'service', kind: 'string' as const }, more] },
    { ...trace('x'), tags: [...trace('x').tags, more] },
    { ...property('x'), tags: [more] },
  ];
  await fakeInstaller(registry, groups).install(specs.map((spec) => ({ ...spec, indexes: [] })));

  const names = (part: unknown) => (part as { name: string }[]).map(({ name }) => name);
  const row = (kind: string, group: string, name: string) => names((registry.stored(kind, group, name)?.tagFamilies as { tags: unknown }[])[0]?.tags);
  expect(row('measure', 'x_m', 'numbers')).toEqual(['entity', 'more']);
  expect(names(registry.stored('measure', 'x_m', 'numbers')?.fields)).toEqual(['sequence', 'states']);
  expect(row('stream', 'x_s', 'lines')).toEqual(['service', 'id', 'more']);
  expect(names(registry.stored('trace', 'x_t', 'spans')?.tags)).toEqual(['trace_id', 'span_id', 'time', 'service', 'more']);
  expect(names(registry.stored('property', 'x_p', 'document')?.tags)).toEqual(['text', 'more']);
  expect(registry.stored('indexRuleBinding', 'x_s', 'lines')).toMatchObject({ rules: ['lines_id'] });
});

test.each([
  [/tag id is TAG_TYPE_STRING, wanted is TAG_TYPE_INT/, { ...stream('x'), tags: [{ name: 'id', kind: 'int' as const }] }],
  [/its entity is service, wanted is id/, { ...stream('x'), entity: ['id'] }],
  [/its entity is entity, wanted is entity, more/, { ...measure('x'), entity: ['entity', 'more'] }],
  [/its interval is 1m, wanted is 1h/, { ...measure('x'), interval: '1h' }],
  [/field sequence is FIELD_TYPE_INT, wanted is FIELD_TYPE_FLOAT/, { ...measure('x'), fields: [{ name: 'sequence', kind: 'float' as const }] }],
  [/the tag of span ids is span_id, wanted is service/, { ...trace('x'), spanIdTag: 'service' }],
  [/type of its index lines_id is TYPE_INVERTED/, { ...stream('x'), indexes: [{ ...inverted('lines_id', 'id'), type: 'skipping' as const }] }],
  [/its index lines_id is on id, wanted is service/, { ...stream('x'), indexes: [inverted('lines_id', 'service')] }],
  [/it has no index spans_late/, { ...trace('x'), indexes: [{ name: 'spans_late', tags: ['span_id', 'time'], type: 'tree' as const, sortable: true }] }],
  [/it has no index lines_sorted/, { ...stream('x'), indexes: [{ ...inverted('lines_sorted', 'service'), sortable: true }] }],
  [/no settings describe it/, { ...stream('x'), group: 'unknown' }],
])('a change that would read old rows wrong is refused: %s', async (reason, spec) => {
  const registry = new FakeRegistry();
  await fakeInstaller(registry, groups).install(allSpecs('x'));
  registry.calls.length = 0;
  await expect(fakeInstaller(registry, groups).install([spec])).rejects.toEqual(conflict(reason));
  expect(changesIn(registry)).toEqual([]);
});

test('a group of another catalog is refused', async () => {
  const registry = new FakeRegistry();
  registry.put('group', { metadata: { name: 'x_s' }, catalog: 'CATALOG_MEASURE' });
  await expect(fakeInstaller(registry, groups).install([stream('x')])).rejects.toEqual(conflict(/x_s is in BanyanDB .* it is of CATALOG_MEASURE/));
});

test('a stream is filtered without an index that came too late, and that is said once', async () => {
  const registry = new FakeRegistry();
  await fakeInstaller(registry, groups).install([{ ...stream('x'), indexes: [] }]);
  const logger = new RecordingLogger();
  await fakeInstaller(registry, groups, logger).install([stream('x')]);
  expect(registry.stored('indexRuleBinding', 'x_s', 'lines')).toBeUndefined();
  expect(logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { object: 'lines', index: 'lines_id' } }]);
});

const grown = (tag: string): StreamSpec => ({
  ...stream('x'),
  tags: [...stream('x').tags, { name: tag, kind: 'string' }],
  indexes: [...stream('x').indexes, inverted(`lines_${tag}`, tag)],
});

test('an index of a new tag is there before the tag, also after a crash between the two', async () => {
  const registry = new FakeRegistry();
  await fakeInstaller(registry, groups).install([stream('x')]);
  registry.before = (method) => {
    if (method === 'streamSchemaUpdate') throw refused(grpcStatus.unavailable);
  };
  await expect(fakeInstaller(registry, groups).install([grown('user')])).rejects.toThrow(/refuses/);
  expect(registry.stored('indexRuleBinding', 'x_s', 'lines')).toMatchObject({ rules: ['lines_id', 'lines_user'] });
  registry.before = () => undefined;
  await fakeInstaller(registry, groups).install([grown('user')]);
  expect(JSON.stringify(registry.stored('stream', 'x_s', 'lines'))).toContain('"user"');
});

test('two servers that add other tags at the same time both get theirs', async () => {
  const registry = new FakeRegistry();
  await fakeInstaller(registry, groups).install([stream('x')]);
  await Promise.all(['a', 'b', 'c'].map((tag) => fakeInstaller(registry, groups).install([grown(tag)])));
  const text = JSON.stringify(registry.stored('stream', 'x_s', 'lines'));
  for (const tag of ['a', 'b', 'c']) expect(text).toContain(`{"name":"${tag}"`);
  const { rules } = registry.stored('indexRuleBinding', 'x_s', 'lines') as unknown as { rules: string[] };
  expect([...rules].sort()).toEqual(['lines_a', 'lines_b', 'lines_c', 'lines_id']);
});

test('servers that install everything at the same time all succeed', async () => {
  const registry = new FakeRegistry({ barrier: true });
  await Promise.all([1, 2, 3, 4].map(() => fakeInstaller(registry, groups).install(allSpecs('x'))));
  expect(registry.stored('trace', 'x_t', 'spans')).toBeDefined();
});

test('what differs in a group is changed once in a process, and what others added to it stays', async () => {
  const registry = new FakeRegistry();
  await fakeInstaller(registry, groups).install([stream('x')]);
  registry.put('group', { ...registry.stored('group', '', 'x_s'), pipeline: Buffer.from([10, 0]) });
  const other = fakeInstaller(registry, groupsOf('x', { shards: 3, ttlDays: 9, replicas: 1 }));
  await other.install([stream('x')]);
  expect(registry.stored('group', '', 'x_s')).toMatchObject({ resourceOpts: { shardNum: 3, ttl: { num: 9, unit: 'UNIT_DAY' }, replicas: 1 } });
  expect(Buffer.from(registry.stored('group', '', 'x_s')?.pipeline as Uint8Array)).toEqual(Buffer.from([10, 0]));

  await fakeInstaller(registry, groups).install([stream('x')]);
  await other.install([grown('later')]);
  expect(registry.stored('group', '', 'x_s')).toMatchObject({ resourceOpts: { shardNum: 1 } });
});

test('a node that does not follow is named when the time is over', async () => {
  const registry = new FakeRegistry({ barrier: true, lateness: () => 1 });
  let nowMs = 0;
  registry.before = (method) => {
    if (method === 'awaitRevisionApplied') nowMs += 5_000;
  };
  const installer = new BanyanSchemaInstaller(registry, groups, new RecordingLogger(), { timeoutMs: 20_000, now: () => nowMs, sleep: () => Promise.resolve() });
  await expect(installer.install([stream('x')])).rejects.toMatchObject({
    code: 'METERLARK_STORAGE_BANYANDB_SCHEMA_NOT_APPLIED',
    class: 'retryable',
    message: 'BanyanDB does not know lines yet: it is missing at data-1 (behind)',
  });
  expect(registry.calls.filter((call) => call === 'awaitRevisionApplied')).toHaveLength(4);
});

test.each([[true], [false]])('a change that is lost again and again ends in an error, also while the clock stands (barrier: %j)', async (barrier) => {
  const registry = new FakeRegistry({ barrier });
  registry.before = (method) => {
    if (method.endsWith('List')) registry.remove('stream', 'x_s', 'lines');
  };
  const still = { timeoutMs: 20_000, now: () => 0, sleep: () => Promise.resolve() };
  const installer = new BanyanSchemaInstaller(registry, groups, new RecordingLogger(), still);
  await expect(installer.install([stream('x')])).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_SCHEMA_NOT_APPLIED' });
});

test('a node that never follows ends in an error, also while the clock stands', async () => {
  const registry = new FakeRegistry({ barrier: true, lateness: () => 1 });
  const still = { timeoutMs: 20_000, now: () => 0, sleep: () => Promise.resolve() };
  const installer = new BanyanSchemaInstaller(registry, groups, new RecordingLogger(), still);
  await expect(installer.install([stream('x')])).rejects.toThrow(/missing at data-1/);
});

test('a refusal that lasts is the error, one that passes is not', async () => {
  const registry = new FakeRegistry();
  let refusals = 3;
  registry.before = (method) => {
    if (method === 'streamSchemaCreate' && refusals-- > 0) throw refused(grpcStatus.unknown);
  };
  await fakeInstaller(registry, groups).install([stream('x')]);
  refusals = Infinity;
  await expect(fakeInstaller(registry, groups).install([{ ...stream('x'), name: 'other', indexes: [] }])).rejects.toMatchObject({
    code: 'METERLARK_STORAGE_BANYANDB_REFUSED',
  });
  expect(registry.calls.filter((call) => call === 'streamSchemaCreate')).toHaveLength(4 + 5);
});

test('an installation that failed does not stop the next', async () => {
  const registry = new FakeRegistry();
  const installer = fakeInstaller(registry, groups);
  const failed = installer.install([{ ...stream('x'), group: 'unknown' }]);
  const next = installer.install([stream('x')]);
  await expect(failed).rejects.toEqual(conflict(/no settings/));
  await next;
  expect(registry.stored('stream', 'x_s', 'lines')).toBeDefined();
});

test('a group that was removed meanwhile is made again', async () => {
  const registry = new FakeRegistry();
  const installer = fakeInstaller(registry, groups);
  await installer.install([stream('x')]);
  registry.remove('group', '', 'x_s');
  await installer.install([{ ...stream('x'), name: 'other', indexes: [] }]);
  expect(registry.stored('group', '', 'x_s')).toBeDefined();
});
