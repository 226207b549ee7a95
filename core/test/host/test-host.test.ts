import { describe, expect, test } from 'vitest';
import { Clock, defineProvider, ProcessInfo, ReceiverModule, StorageHealth, StorageModule } from '../../src/index.js';
import { MetadataReader, MetadataWriter, MetricReader, MetricWriter, RecordReader, RecordWriter, SchemaInstaller } from '../../src/contract/storage.js';
import { errorTable, settingsTable } from '../../src/host/reference-tables.js';
import { hostErrors } from '../../src/host/errors.js';
import { startTestHost } from '../../src/host/test-host.js';
import { ManualClock } from '../../src/testing/fakes.js';
import { codes, faultsFrom } from '../kernel/fixtures.js';

interface Settings {
  readonly path: string;
}
const emptyStore = defineProvider<Settings>({
  module: StorageModule,
  name: 'empty',
  config: { path: { doc: 'A | path.', format: 'String', default: 'x' } },
  register({ bind, config }) {
    bind(MetricWriter).toValue({ write: async () => {} });
    bind(MetricReader).toValue({ read: async () => [], entityIds: async () => [], top: async () => [] });
    bind(MetadataWriter).toValue({ upsertEntities: async () => {}, defineMetrics: async () => {} });
    bind(MetadataReader).toValue({ entities: async () => [], metrics: async () => [] });
    bind(SchemaInstaller).toValue({ install: async () => {} });
    bind(RecordWriter).toValue({ write: async () => {} });
    bind(RecordReader).toValue({ rows: async () => [], groups: async () => [] });
    const days = { retentionDays: { minute: 1, hour: 1, day: 1 }, recordDays: { trace: 1, call: 1, content: 1, log: 1 } };
    bind(StorageHealth).toValue({ check: () => Promise.reject(new Error(config.path)), ...days });
  },
});

describe('startTestHost', () => {
  test('boots the whole host on free ports with given settings, providers and clock', async () => {
    const seen: unknown[] = [];
    const looker = defineProvider({
      module: ReceiverModule,
      name: 'looker',
      config: {},
      start: ({ get }) => void seen.push(get(Clock).now(), get(ProcessInfo).rootFolder),
    });
    const host = await startTestHost({
      settings: { storage: 'empty', 'storage/empty': { path: '/data' } },
      providers: [emptyStore, looker],
      clock: new ManualClock(1_700_000_000_000),
      rootFolder: '/srv',
    });
    try {
      expect(seen).toEqual([1_700_000_000_000, '/srv']);
      const reply = await fetch(`http://127.0.0.1:${host.ports.http}/healthcheck`);
      expect(reply.status).toBe(200);
      await expect(host.get(StorageHealth).check()).rejects.toThrow('/data');
    } finally {
      expect((await host.stop()).faults).toEqual([]);
    }
  });

  test('rejects with the faults of its settings', async () => {
    const faults = await faultsFrom(() => startTestHost({ settings: { storage: 'none' }, providers: [emptyStore] }));
    expect(codes(faults)).toEqual(['SETTINGS_UNKNOWN_PROVIDER']);
  });
});

describe('tables of the documentation', () => {
  test('settings with key, variable, default and meaning, per provider', () => {
    const table = settingsTable([emptyStore]);
    expect(table).toContain('## host/shared');
    expect(table).toContain('Selected by `storage: empty` or `METERLARK_STORAGE=empty`.');
    expect(table).toContain('| `path` | `METERLARK_STORAGE_EMPTY_PATH` | text | `"x"` | A \\| path. |');
  });

  test('errors in alphabetical order', () => {
    const rows = errorTable([hostErrors.definitions]).trim().split('\n').slice(2);
    expect(rows).toEqual([...rows].sort());
    expect(rows[0]).toMatch(/^\| `METERLARK_HOST_COMMAND_HOST` \| permanent \| /);
  });
});
