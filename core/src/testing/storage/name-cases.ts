/** Tenants, and names that break careless quoting. */
import { expect } from 'vitest';
import type { EntityRecord } from '../../contract/storage.js';
import { type ContractCase, definitionOf, label, type StorageBench } from './bench.js';

/** By what they attack. */
export const hostileNames: Readonly<Record<string, string>> = {
  'the empty name': '',
  'single quotes': "o'brien ''",
  'double quotes': 'say "hi"',
  backslashes: 'C:\\new\\table\\',
  'a trailing backslash and quote': "x\\'",
  'a tab': 'left\tright',
  newlines: 'one\ntwo\r\nthree',
  'blank lines and SQL after them': 'a\n\n; DROP TABLE metrics; --\n\nb',
  NUL: 'before\0after',
  'control characters': '\u0001\u0007\u001b[31m\u007f',
  'an injection': "'; DROP DATABASE default; --",
  'a union': "' UNION ALL SELECT * FROM system.tables FORMAT JSON --",
  'LIKE wildcards': '100%_done*?',
  'placeholders': '{name:String} $1 ? %s ${x}',
  'a JSON lookalike': '{"a":["b"]}',
  separators: 'a|b,c;d=e:f/g-h.i_j\u001f\u001e',
  umlauts: 'Grüße, Ångström',
  'wide scripts': '日本語 한국어 العربية עברית',
  emoji: '🧑‍🚀🔥🏳️‍🌈',
  'combining characters': 'e\u0301 é',
  'invisible characters': '\ufeff\u200b\u00a0\u2028\u2029',
  'words with a meaning': 'null undefined NaN __proto__ constructor',
  '__proto__': '__proto__',
  'leading and trailing blanks': '  padded  ',
  '4 KiB': 'ü"\\'.repeat(1024),
};

const names = Object.values(hostileNames);

async function hostileLabels(bench: StorageBench): Promise<void> {
  const sets = names.map((name) => label('l', name));
  await bench.write('sum', sets.map((set, index) => ({ at: bench.hour, a: index + 1, labels: set })));
  await bench.write('sum', sets.map((set) => ({ at: bench.hour, a: 100, labels: set })));
  const rows = await bench.read('sum', 'hour');
  expect(new Map(rows.map((row) => [row.labels, row.a]))).toEqual(new Map(sets.map((set, index) => [set, index + 101])));
}

async function hostileEntities(bench: StorageBench): Promise<void> {
  await bench.write('sum', names.map((entity, index) => ({ at: bench.hour, a: index + 1, entity })));
  for (const [index, entity] of names.entries()) {
    expect(await bench.read('sum', 'minute', { entityIds: [entity] })).toMatchObject([{ entity, a: index + 1 }]);
  }
  expect(await bench.read('sum', 'hour', { entityIds: names })).toHaveLength(names.length);
}

async function hostileSources(bench: StorageBench): Promise<void> {
  await bench.write('total', names.map((source, index) => ({ at: bench.hour, a: index, b: 1, source })));
  const rows = await bench.read('total', 'day');
  expect(new Map(rows.map((row) => [row.source, row.a]))).toEqual(new Map(names.map((name, index) => [name, index])));
}

async function hostileMetrics(bench: StorageBench): Promise<void> {
  const metrics = names.map((name) => `${bench.metric}${name}`);
  await bench.write('sum', metrics.map((metric, index) => ({ at: bench.hour, a: index + 1, metric })));
  for (const [index, metric] of metrics.entries()) {
    expect(await bench.values('sum', 'minute', { selections: [{ metric, kind: 'sum' }] })).toEqual([index + 1]);
  }
}

async function hostileDefinitions(bench: StorageBench): Promise<void> {
  const definitions = names.map((name) =>
    definitionOf(`${bench.metric}${name}`, 'sum', { unit: name, origin: name, layer: name, labels: [name] }),
  );
  await bench.session.metadataWriter.defineMetrics(definitions);
  const stored = new Map((await bench.session.metadataReader.metrics()).map((found) => [found.name, found]));
  for (const definition of definitions) expect(stored.get(definition.name)).toEqual(definition);
}

async function hostileMetadata(bench: StorageBench): Promise<void> {
  const records: readonly EntityRecord[] = names.map((name) => ({
    tenant: bench.tenant,
    id: `id${name}`,
    scope: 'ServiceInstance',
    name,
    serviceId: `service${name}`,
    instanceId: '',
    layers: [`layer${name}`],
    firstSeenMs: bench.day,
    lastSeenMs: bench.hour,
    properties: Object.fromEntries([[`key${name}`, name]]),
  }));
  await bench.session.metadataWriter.upsertEntities(records);
  const base = { tenant: bench.tenant, scope: 'ServiceInstance', limit: 100 } as const;
  for (const record of records) {
    for (const filter of [{ ids: [record.id] }, { serviceId: record.serviceId }, { layer: record.layers[0] ?? '' }]) {
      expect(await bench.session.metadataReader.entities({ ...base, ...filter })).toEqual([record]);
    }
    const found = await bench.session.metadataReader.entities({ ...base, keyword: record.name });
    expect(found).toEqual(expect.arrayContaining([record]));
    expect(found.map((one) => one.name).sort()).toEqual(names.filter((name) => name.includes(record.name)).sort());
  }
}

async function tenants(bench: StorageBench): Promise<void> {
  const own = ['', bench.tenant, ...names.slice(1).map((name) => `${bench.tenant}${name}`)];
  await bench.write('sum', own.map((tenant, index) => ({ at: bench.hour, a: index + 1, tenant })));
  for (const [index, tenant] of own.entries()) {
    expect(await bench.values('sum', 'hour', { tenant })).toEqual([index + 1]);
  }
  expect(await bench.values('sum', 'hour', { tenant: `${bench.tenant}-absent` })).toEqual([]);
}

async function tenantRanking(bench: StorageBench): Promise<void> {
  const other = `${bench.tenant}-other`;
  await bench.write('sum', [{ at: bench.hour, a: 1 }, { at: bench.hour, a: 50, tenant: other, entity: 'theirs' }]);
  const query = {
    definition: definitionOf(bench.metric, 'sum'),
    serviceId: undefined,
    entityIds: undefined,
    step: 'hour',
    fromMs: bench.hour,
    toMs: bench.hour + 3_600_000,
    order: 'des',
    limit: 10,
  } as const;
  expect(await bench.session.reader.top({ ...query, tenant: bench.tenant })).toEqual([{ entityId: bench.entity, value: 1 }]);
  expect(await bench.session.reader.top({ ...query, tenant: other })).toEqual([{ entityId: 'theirs', value: 50 }]);
}

export const nameCases: readonly ContractCase[] = [
  { name: 'hostile label values come back as they were', run: hostileLabels },
  { name: 'hostile entity ids are found by themselves only', run: hostileEntities },
  { name: 'hostile sources come back as they were', run: hostileSources },
  { name: 'hostile metric names are found by themselves only', run: hostileMetrics },
  { name: 'hostile texts in metric definitions come back as they were', run: hostileDefinitions },
  { name: 'hostile entity names, properties and layers come back and filter exactly', run: hostileMetadata },
  { name: 'a tenant sees its own rows only, whatever its name', run: tenants },
  { name: 'a ranking holds entities of its tenant only', run: tenantRanking },
];
