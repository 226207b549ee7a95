/** `meterlark copy` between the adapters themselves: all kinds of metrics and all models of records. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import {
  contentModel,
  dayMs,
  facetsModel,
  logsModel,
  MetadataWriter,
  MetricWriter,
  type MetricKind,
  type MetricRows,
  RecordWriter,
  SchemaInstaller,
  spansModel,
} from '@meterlark/core';
import { exitCodes, run, type Terminal } from '@meterlark/core/host';
import { definitionOf, recordRows } from '@meterlark/core/testing';
import { startServer, temporaryFolder } from './support.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderOf(name: string): string {
  const folder = temporaryFolder();
  folders.push(folder);
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

const kinds: readonly MetricKind[] = ['sum', 'ratio', 'gauge', 'total', 'totalMax', 'totalMin', 'totalLatest', 'min', 'max', 'latest', 'histogram'];
/** Ages in days and minutes of the day: inside and beyond the lifetime of minutes, and of hours. */
const ages = [0, 1, 5, 9, 20, 40];
const minutes = [0, 1, 59, 60, 700];

function rowsOf(kind: MetricKind, todayMs: number): MetricRows {
  const times = ages.flatMap((age) => minutes.map((minute) => todayMs - age * dayMs + minute * 60_000)).filter((time) => time < Date.now() - 120_000);
  const sources = kind.startsWith('total') ? ['pod 1', 'pod 2'] : [''];
  const cells = times.flatMap((time) => sources.flatMap((source) => ['a', "b'\\"].map((entityId) => ({ time, source, entityId }))));
  return {
    kind,
    keys: cells.map(({ source, entityId }) => ({ tenant: '', metric: `copied_${kind.toLowerCase()}`, kind, entityId, labels: '', source })),
    minutes: Float64Array.from(cells, ({ time }) => time),
    a: Float64Array.from(cells, (_, place) => (kind === 'histogram' ? 0 : place / 4 - 3)),
    b: Float64Array.from(cells, ({ time }, place) => (kind.endsWith('atest') ? time + place : place + 1)),
    histograms: kind === 'histogram' ? cells.map((_, place) => ({ bounds: [place, 1000], counts: [1, place] })) : [],
  };
}

/** What a server would have written over forty days. */
async function fill(dataFolder: string): Promise<void> {
  const server = await startServer({ storage: 'clickhouse', dataFolder });
  const { host } = server;
  const todayMs = Math.floor(Date.now() / dayMs) * dayMs;
  await host.get(MetadataWriter).defineMetrics(kinds.map((kind) => definitionOf(`copied_${kind.toLowerCase()}`, kind)));
  await host.get(MetricWriter).write({ writer: 'test', sequence: 1, rows: kinds.map((kind) => rowsOf(kind, todayMs)) });
  const models = [spansModel, logsModel, facetsModel, contentModel];
  await host.get(SchemaInstaller).install(models);
  const rows = models.map((model) =>
    recordRows(model, Array.from({ length: 300 }, (_, place) => ({ tenant: '', time: (todayMs - (place % 3) * dayMs) * 1000 + (place % 60), value: `v ${place}`, body: `log ${place}`, trace_id: `t${place}` }))),
  );
  await host.get(RecordWriter).write({ writer: 'test', sequence: 1, rows });
  const seen = { firstSeenMs: todayMs - dayMs, lastSeenMs: Date.now() };
  const service = { tenant: '', id: 'a', scope: 'Service', name: 'a', serviceId: 'a', instanceId: '', layers: ['GENERAL'], properties: { k: 'v' } } as const;
  await host.get(MetadataWriter).upsertEntities([{ ...service, ...seen }]);
  await server.stop();
}

class CopyTerminal implements Terminal {
  out = '';
  log = '';
  readonly stdout = { write: (text: string): void => void (this.out += text) };
  readonly stderr = { isTTY: false, write: (text: string): void => void (this.log += text) };
  readonly rootFolder = root;
  readonly stopSignal = new AbortController().signal;
  constructor(readonly environment: Readonly<Record<string, string>>) {}
}

test('embedded ClickHouse to memory: every step that both keep is equal', async () => {
  const folder = folderOf('data');
  await fill(folder);
  const inventory = join(folder, '..', 'inventory.yml');
  writeFileSync(inventory, "storage/clickhouse: '@meterlark/storage-clickhouse'\nstorage/memory: '@meterlark/storage-memory'\n");
  const settings = join(folder, '..', 'server.yml');
  writeFileSync(settings, `storage: clickhouse\nstorage/clickhouse: { path: ${folder} }\nstorage/memory: { retentionMinuteDays: 90, retentionHourDays: 90 }\n`);
  const terminal = new CopyTerminal({ METERLARK_INVENTORY: inventory });
  const state = join(folder, '..', 'state.json');
  const code = await run(['copy', '--from', 'storage/clickhouse', '--to', 'storage/memory', '--days', '60', '--json', '--config', settings, '--state', state], terminal);
  expect([code, terminal.log.match(/METERLARK_\w+/g)]).toEqual([exitCodes.fine, null]);
  const report = JSON.parse(terminal.out) as { readonly equal: boolean; readonly rows: readonly { name: string; source: number; copied: number; target: number }[] };
  const counts = new Map(report.rows.map((row) => [row.name, row]));
  expect(report.equal).toBe(true);
  for (const name of ['metrics by minute', 'metrics by hour', 'metrics by day', 'spans', 'logs', 'facets', 'model_call_content', 'entities', 'metric definitions']) {
    const { source = 0, copied = 0, target = 0 } = counts.get(name) ?? {};
    expect([name, source > 0, copied > 0, target]).toEqual([name, true, true, source]);
  }
  expect(counts.get('spans')).toMatchObject({ source: 300, copied: 300, target: 300 });
});
