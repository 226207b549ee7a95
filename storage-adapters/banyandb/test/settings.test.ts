import { positive } from '@meterlark/core';
import { expect, test } from 'vitest';
import { checkSettings } from '../src/check-settings.js';
import { metricDays, recordDays, settingsSchema, type BanyanSettings } from '../src/settings.js';
import { defaultSettings } from './plain-settings.js';

const settings = defaultSettings();

function changed(changes: Partial<BanyanSettings>): BanyanSettings {
  return { ...settings, ...changes };
}

const { retention, groups, stages, tls, retry, repeat } = settings;
const minute = (changes: object) => ({ groups: { ...groups, minute: { ...groups.minute, ...changes } } });

test('the defaults are fine, and so is a cluster with stages behind TLS', () => {
  expect(() => checkSettings(settings)).not.toThrow();
  expect(() =>
    checkSettings(
      changed({
        targets: ['liaison-0.banyandb:17912', '[::1]:17912', '10.0.0.7:1'],
        user: 'me',
        password: 'a b~"',
        tls: { on: true, caFile: 'ca', certFile: 'c', keyFile: 'k' },
        apiVersions: ['1.0'],
        ...minute({ warmFromDays: 2, coldFromDays: 6 }),
        repeat: { ...repeat, windowMs: 0 },
      }),
    ),
  ).not.toThrow();
});

test.each<readonly [string, unknown, Partial<BanyanSettings>]>([
  ['targets', [], { targets: [] }],
  ['targets', 'db', { targets: ['db'] }],
  ['targets', 'http://db:17912', { targets: ['db:17912', 'http://db:17912'] }],
  ['targets', 'me@db:17912', { targets: ['me@db:17912'] }],
  ['targets', 'db:0', { targets: ['db:0'] }],
  ['targets', 'db:65536', { targets: ['db:65536'] }],
  ['targets', '::1:17912', { targets: ['::1:17912'] }],
  ['targets', 17912, { targets: [17912] as never }],
  ['targets', ['a:1', 'a:1'], { targets: ['a:1', 'a:1'] }],
  ['namespace', '', { namespace: '' }],
  ['namespace', '_mine', { namespace: '_mine' }],
  ['namespace', 'a/../b', { namespace: 'a/../b' }],
  ['namespace', 'Mine', { namespace: 'Mine' }],
  ['apiVersions', 0.11, { apiVersions: [0.11] as never }],
  ['user', 'm\u00fcller', { user: 'm\u00fcller' }],
  ['user', '', { password: 'x' }],
  ['password', '***', { user: 'me', password: 'se\ncret' }],
  ['tls.certFile', 'b', { tls: { ...tls, on: true, certFile: 'b' } }],
  ['tls.certFile', '', { tls: { ...tls, on: true, keyFile: 'b' } }],
  ['tls.on', false, { tls: { ...tls, caFile: 'a' } }],
  ['queryTimeoutMs', 2 ** 31, { queryTimeoutMs: 2 ** 31 }],
  ['maxMessageBytes', 2 ** 31, { maxMessageBytes: 2 ** 31 }],
  ['streamBytes', 300_000_000, { streamBytes: 300_000_000 }],
  ['pageRows', 3_000_000, { pageRows: 3_000_000 }],
  ['maxScannedRows', 100_000_001, { pageRows: 100_000_000, maxScannedRows: 100_000_001 }],
  ['maxScannedRows', 2 ** 32, { maxScannedRows: 2 ** 32 }],
  ['maxOpenRows', 2 ** 31, { maxOpenRows: 2 ** 31 }],
  ['streamRows', 2 ** 31, { streamRows: 2 ** 31 }],
  ['parallelQueries', 1_001, { parallelQueries: 1_001 }],
  ['parallelWrites', 1_001, { parallelWrites: 1_001 }],
  ['maxWaiting', 1_000_001, { maxWaiting: 1_000_001 }],
  ['repeat.windowMs', 4_999, { repeat: { ...repeat, windowMs: 4_999 } }],
  ['repeat.windowMs', 2 ** 31, { repeat: { ...repeat, windowMs: 2 ** 31 } }],
  ['repeat.bytes', 2 ** 41, { repeat: { ...repeat, bytes: 2 ** 41 } }],
  ['retry.attempts', 1_001, { retry: { ...retry, attempts: 1_001 } }],
  ['retry.initialMs', 9_000, { retry: { ...retry, initialMs: 9_000 } }],
  ['retention.minuteDays', 1, { retention: { ...retention, minuteDays: 1 } }],
  ['retention.hourDays', 6, { retention: { ...retention, hourDays: 6 } }],
  ['retention.dayDays', 29, { retention: { ...retention, dayDays: 29 } }],
  ['retention.logDays', 1_000_000, { retention: { ...retention, logDays: 1_000_000 } }],
  ['groups.minute.shards', 5_000, minute({ shards: 5_000 })],
  ['groups.minute.segmentDays', 50_000, minute({ segmentDays: 50_000 })],
  ['groups.minute.warmFromDays', 7, minute({ warmFromDays: 7 })],
  ['groups.minute.coldFromDays', 8, minute({ coldFromDays: 8 })],
  ['groups.minute.coldFromDays', 3, minute({ warmFromDays: 3, coldFromDays: 3 })],
  ['stages.warm.nodeSelector', ' ', { stages: { ...stages, warm: { nodeSelector: ' ', replicas: 0 } } }],
  ['stages.cold.replicas', 100, { stages: { ...stages, cold: { nodeSelector: 'a=b', replicas: 100 } } }],
])('a wrong %s is named with its value %j', (key, value, changes) => {
  expect(() => checkSettings(changed(changes))).toThrow(
    expect.objectContaining({
      code: 'METERLARK_STORAGE_BANYANDB_BAD_SETTING',
      class: 'permanent',
      fields: expect.objectContaining({ key, value: JSON.stringify(value) }) as unknown,
      cure: `Correct ${key} in config/server.yml or its environment variable.`,
    }),
  );
});

test('all that is wrong is told at once, without the password', () => {
  const wrong = changed({ targets: [], user: '', password: 'se\ncret', pageRows: 2 ** 33, retention: { ...retention, logDays: 99_999 }, stages: { ...stages, cold: { nodeSelector: '', replicas: 0 } } });
  const check = () => checkSettings(wrong);
  expect(check).toThrow(
    expect.objectContaining({
      code: 'METERLARK_STORAGE_BANYANDB_BAD_SETTINGS',
      class: 'permanent',
      cure: 'Correct targets, password, user, pageRows, retention.logDays, stages.cold.nodeSelector in config/server.yml or their environment variables.',
    }),
  );
  expect(check).toThrow('targets = []: at least one is needed; password = "***"');
  expect(check).not.toThrow('cret');
});

interface Leaf {
  readonly doc: string;
  readonly format: unknown;
  readonly default: unknown;
  readonly sensitive?: boolean;
}

function leaves(node: object, path = ''): readonly (readonly [string, Leaf])[] {
  return Object.entries(node).flatMap(([key, inner]: [string, object]) =>
    'doc' in inner ? [[path + key, inner as Leaf] as const] : leaves(inner, `${path}${key}.`),
  );
}

test('every setting has a sentence, the password is masked and lists are lists for the environment', () => {
  const all = new Map(leaves(settingsSchema));
  for (const [key, { doc }] of all) expect(doc, key).toMatch(/^[A-Z].+\.$/s);
  expect([...all].filter(([, { sensitive }]) => sensitive).map(([key]) => key)).toEqual(['password']);
  expect([all.get('targets')?.format, all.get('apiVersions')?.format]).toEqual([Array, Array]);
});

test('properties and entities have no setting that does nothing', () => {
  const keys = leaves(settingsSchema).map(([key]) => key);
  expect(keys.filter((key) => key.startsWith('groups.documents'))).toEqual(['groups.documents.shards', 'groups.documents.replicas']);
  expect(keys.filter((key) => key.startsWith('groups.entities.'))).toHaveLength(3);
  for (const [key, { format }] of leaves(settingsSchema)) if (/shards|segmentDays/.test(key)) expect(format, key).toBe(positive);
});

test('days are told by step and by lifetime', () => {
  expect(metricDays(retention)).toEqual({ minute: 7, hour: 30, day: 180 });
  expect(recordDays(retention)).toEqual({ trace: 7, call: 90, content: 7, log: 7 });
});
