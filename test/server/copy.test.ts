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
import { banyanPlace, startServer, temporaryFolder } from './support.js';

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

/** A target that keeps as long as the source's data are old. */
interface Target {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly remove?: () => Promise<void>;
}

const longLifetimes = { minuteDays: 90, hourDays: 90 };

/** Settings of the section that `banyanPlace` gives, with longer lifetimes. */
async function banyanTarget(address: string | undefined): Promise<Target> {
  const { settings, remove } = await banyanPlace(address);
  return { name: 'banyandb', settings: { ...(settings['storage/banyandb'] as object), retention: longLifetimes }, remove };
}

interface Row {
  readonly name: string;
  readonly source: number;
  readonly copied: number;
  readonly target: number;
}

interface Report {
  readonly equal: boolean;
  readonly shared: boolean;
  readonly rows: readonly Row[];
}

interface Way {
  readonly folder: string;
  readonly from: string;
  readonly to: string;
  /** By name of the storage. */
  readonly settings: Readonly<Record<string, unknown>>;
}

async function copied({ folder, from, to, settings }: Way): Promise<Report> {
  const file = (name: string): string => join(folder, '..', `${from}-${to}-${name}`);
  const names = [from, to];
  writeFileSync(file('inventory.yml'), names.map((name) => `storage/${name}: '@meterlark/storage-${name}'\n`).join(''));
  // JSON is YAML.
  writeFileSync(file('server.yml'), JSON.stringify({ storage: from, ...Object.fromEntries(names.map((name) => [`storage/${name}`, settings[name]])) }));
  const terminal = new CopyTerminal({ METERLARK_INVENTORY: file('inventory.yml') });
  const words = ['copy', '--from', `storage/${from}`, '--to', `storage/${to}`, '--days', '60', '--json', '--config', file('server.yml'), '--state', file('state.json')];
  const code = await run(words, terminal);
  expect([code, terminal.log.match(/METERLARK_\w+[^\n]*/g), terminal.out]).toEqual([exitCodes.fine, null, expect.stringContaining('"equal": true')]);
  return JSON.parse(terminal.out) as Report;
}

const steps = ['metrics by minute', 'metrics by hour', 'metrics by day'];
const names = [...steps, 'spans', 'logs', 'facets', 'model_call_content', 'entities', 'metric definitions'];

function expectCopied({ equal, shared, rows }: Report): void {
  const counts = new Map(rows.map((row) => [row.name, row]));
  expect([equal, shared]).toEqual([true, false]);
  for (const name of names) {
    const { source = 0, copied: there = 0, target = 0 } = counts.get(name) ?? {};
    expect([name, source > 0, there > 0 || steps.includes(name), target]).toEqual([name, true, true, source]);
  }
  // Which steps were read depends on what the source keeps: minutes make the hours and days of the target too.
  expect(steps.some((name) => (counts.get(name)?.copied ?? 0) > 0)).toBe(true);
  expect(counts.get('spans')).toMatchObject({ source: 300, copied: 300, target: 300 });
}

async function fromClickHouse({ name, settings, remove }: Target): Promise<void> {
  const folder = folderOf('data');
  await fill(folder);
  try {
    expectCopied(await copied({ folder, from: 'clickhouse', to: name, settings: { clickhouse: { path: folder }, [name]: settings } }));
    if (name !== 'banyandb') return;
    // And back, from a source that answers few rows at once.
    const limited = { ...settings, maxScannedRows: 1000, pageRows: 100 };
    const back = { path: folderOf('back'), retention: longLifetimes };
    expectCopied(await copied({ folder, from: name, to: 'clickhouse', settings: { clickhouse: back, banyandb: limited } }));
  } finally {
    await remove?.();
  }
}

test('embedded ClickHouse to memory: every step that both keep is equal', () => fromClickHouse({ name: 'memory', settings: { retentionMinuteDays: 90, retentionHourDays: 90 } }));

test('embedded ClickHouse to BanyanDB and back: every step and every row is equal', async () => fromClickHouse(await banyanTarget(undefined)), 120_000);

const real = process.env['METERLARK_TEST_BANYANDB'];

test.skipIf(real === undefined)('the same with a BanyanDB that runs', async () => fromClickHouse(await banyanTarget(real)), 120_000);
if (real === undefined) console.info('meterlark copy to a real BanyanDB is not tried: METERLARK_TEST_BANYANDB names none');
