/** Issue: plugins from outside the tree, each one file and one line of the inventory, and what stops them with a cure. */
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as api from '@meterlark/core';
import { startTestHost } from '@meterlark/core/host';
import { describeStorageContract, type StorageSession } from '@meterlark/core/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { runRow, type ProcessRow } from '../conformance/fault-process.js';
import { evaluate, firstSeries, graphql, type Window } from '../demo/client.js';
import { rootFolder, startProcess } from './process.js';
import { settle, traceOf } from './questions.js';
import { sendOtlp } from './senders.js';
import { eventually, startServer, temporaryFolder } from './support.js';

const minuteMs = 60_000;
const outside = temporaryFolder();
afterAll(() => rmSync(outside, { recursive: true, force: true }));

const guide = readFileSync(join(rootFolder, 'docs/plugins.md'), 'utf8');

/** What the guide prints after a comment such as `<!-- file: name -->`. */
function blocksAfter(comment: 'file' | 'part of'): Map<string, string> {
  const blocks = guide.matchAll(new RegExp(`<!-- ${comment}: (\\S+) -->\\n\`\`\`\\w*\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return new Map([...blocks].map(([, name = '', content = '']) => [name, content]));
}

/** A file that the guide prints whole, in a folder outside the tree. */
function printed(name: string): string {
  const content = blocksAfter('file').get(name);
  if (content === undefined) throw new Error(`docs/plugins.md prints no ${name}`);
  writeFileSync(join(outside, name), content);
  return join(outside, name);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function minuteOf(timeMs: number): Window {
  const fromMs = Math.floor(timeMs / minuteMs) * minuteMs;
  return { step: 'MINUTE', fromMs, toMs: fromMs };
}

/** The value of the one point, as soon as there is one. */
async function answered(httpUrl: string, metric: string, service: string, timeMs: number): Promise<number | undefined> {
  const window = minuteOf(timeMs);
  const ask = async (): Promise<number | undefined> => {
    const [answer] = await evaluate(httpUrl, [metric], { service }, window);
    return answer!.error === null ? firstSeries(answer!).get(window.fromMs) : undefined;
  };
  return eventually(ask, (value) => value !== undefined);
}

test('the receiver printed in docs/plugins.md turns a TCP line into a value that GraphQL answers', async () => {
  const inventory = readFileSync(join(rootFolder, 'config/inventory.yml'), 'utf8');
  writeFileSync(join(outside, 'inventory.yml'), `${inventory}receiver/carbon: ${printed('carbon-receiver.mjs')}\n`);
  const port = await freePort();
  const server = await startProcess({
    METERLARK_STORAGE: 'memory',
    METERLARK_INVENTORY: join(outside, 'inventory.yml'),
    METERLARK_ANALYZER_METER_RULES: printed('carbon-rules.yaml'),
    METERLARK_STREAM_MINUTES_FLUSH_INTERVAL_MS: '200',
    METERLARK_RECEIVER_CARBON_PORT: String(port),
  });
  const timeMs = Date.now() - 5 * minuteMs;
  const socket = connect(port, '127.0.0.1');
  socket.end(`no line of Graphite\nprinter.queue_length 42 ${Math.floor(timeMs / 1000)}\n`);
  expect(await answered(server.httpUrl, 'carbon_queue_length', 'printer', timeMs)).toBe(42);
  const counters = await (await fetch(`${server.adminUrl}/metrics`)).text();
  expect(counters).toContain('meterlark_carbon_dropped_total{reason="malformed"} 1');
  expect(await server.end('SIGTERM')).toBe(0);
});

const flatStorage = join(outside, 'flat-storage.mjs');
copyFileSync(join(rootFolder, 'test/fixtures/outside/flat-storage.mjs'), flatStorage);

describeStorageContract('storage/flat, a file outside the tree', {
  clock: { now: () => Date.now() },
  open: async (): Promise<StorageSession> => {
    const host = await startTestHost({ settings: { storage: 'flat' }, inventory: { 'storage/flat': flatStorage } });
    return {
      writer: host.get(api.MetricWriter),
      reader: host.get(api.MetricReader),
      metadataWriter: host.get(api.MetadataWriter),
      metadataReader: host.get(api.MetadataReader),
      installer: host.get(api.SchemaInstaller),
      recordWriter: host.get(api.RecordWriter),
      recordReader: host.get(api.RecordReader),
      health: host.get(api.StorageHealth),
      close: async () => {
        await host.stop();
      },
    };
  },
});

test('an analysis plugin from outside the tree adds a layer, its rules and its services', async () => {
  const server = await startServer({ storage: 'memory', inventory: { 'analysis/boiler': printed('boiler-layer.mjs') } });
  const timeMs = Date.now() - minuteMs;
  const point = { timeUnixNano: `${timeMs}000000`, asDouble: 25 };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'kettle' } }] };
  const metrics = [{ name: 'water_pressure', gauge: { dataPoints: [point] } }];
  const sent = await fetch(`${server.httpUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
  });
  expect(await sent.json()).toEqual({});
  expect(await answered(server.httpUrl, 'boiler_pressure', 'kettle', timeMs)).toBe(25);
  const layers = (): Promise<{ listLayers: string[] }> => graphql(server.httpUrl, '{ listLayers }');
  expect((await eventually(layers, ({ listLayers }) => listLayers.includes('BOILER'))).listLayers).toContain('BOILER');
  const listed = await graphql(server.httpUrl, '{ listServices(layer: "BOILER") { name layers } }');
  expect(listed).toEqual({ listServices: [{ name: 'kettle', layers: ['BOILER'] }] });
  await server.stop();
});

test('a listener of spans from outside the tree adds to what is stored, and brings a command', async () => {
  const server = await startServer({ storage: 'memory', inventory: { 'analysis/deploys': printed('deploys.mjs') } });
  const nowMs = Date.now();
  const id = (number: number): string => String(number).padStart(16, '0');
  const send = (version: string, number: number, startMs: number): Promise<void> =>
    sendOtlp(server, { service: 'shop', resource: { 'service.version': version } }, [
      { traceId: `${id(number)}${id(number)}`, spanId: id(number), startMs, kind: 'server', attributes: { 'http.route': '/buy' } },
    ]);
  await send('1.0', 1, nowMs - 3 * 60 * minuteMs);
  await send('1.0', 2, nowMs - minuteMs);
  await send('2.0', 3, nowMs - minuteMs);
  await settle(server);
  const fresh = async (number: number): Promise<string | undefined> => {
    const { spans } = await traceOf(server, `${id(number)}${id(number)}`);
    expect(spans).toHaveLength(1);
    return spans[0]!.tags.find(({ key }) => key === 'deploy.fresh')?.value;
  };
  expect([await fresh(1), await fresh(2), await fresh(3)]).toEqual(['true', undefined, 'true']);
  const command = server.host.all(api.Commands).flat().find(({ name }) => name === 'deploys');
  const since = (ms: number): string => new Date(ms).toISOString();
  expect(await command?.run({ words: [], options: {} })).toMatchObject({
    found: false,
    json: [{ version: 'shop 1.0', since: since(nowMs - 3 * 60 * minuteMs) }, { version: 'shop 2.0', since: since(nowMs - minuteMs) }],
  });
  await server.stop();
});

const memory = "storage/memory: '@meterlark/storage-memory'\n";
const provider = (module: string, name: string): string =>
  `export default ({ defineProvider, ${module}: module }) => defineProvider({ module, name: '${name}', config: {} });\n`;
const unfit: readonly ProcessRow[] = [
  {
    title: 'a throwing import, with the file and what to do about it',
    files: { 'inventory.yml': `${memory}receiver/broken: ./broken.mjs\n`, 'broken.mjs': "throw new Error('out of coal');\n" },
    env: { METERLARK_STORAGE: 'memory' },
    exit: 2,
    code: 'METERLARK_INVENTORY_IMPORT_FAILED',
    file: '{folder}/inventory.yml:2:1',
    key: '{folder}/broken.mjs throws: out of coal',
    cure: 'Mend {folder}/broken.mjs, remove the line, or set receiver/broken: off in the settings.',
  },
  {
    title: 'a missing promise, with the service and where to bind it',
    files: { 'inventory.yml': 'storage/hollow: ./hollow.mjs\n', 'hollow.mjs': provider('StorageModule', 'hollow') },
    env: { METERLARK_STORAGE: 'hollow' },
    exit: 2,
    code: 'METERLARK_KERNEL_PROMISE_NOT_KEPT',
    key: 'storage/hollow does not keep the promise storage.MetricWriter',
    cure: 'Call context.bind(storage.MetricWriter) with a value, class or factory in the register function of storage/hollow.',
  },
  {
    title: 'an identity listed twice, with its second line',
    files: {
      'inventory.yml': `${memory}receiver/twin: ./one.mjs\nreceiver/twin: ./two.mjs\n`,
      'one.mjs': provider('ReceiverModule', 'twin'),
      'two.mjs': provider('ReceiverModule', 'twin'),
    },
    env: { METERLARK_STORAGE: 'memory' },
    exit: 2,
    code: 'METERLARK_INVENTORY_DUPLICATE_IDENTITY',
    file: '{folder}/inventory.yml:3:1',
    key: 'receiver/twin is listed twice',
    cure: 'Remove one of the two lines, or give one provider another name.',
  },
  {
    title: 'the identity of a built-in provider, which is taken',
    files: { 'inventory.yml': `${memory}stream/minutes: ./mine.mjs\n`, 'mine.mjs': provider('StreamModule', 'minutes') },
    env: { METERLARK_STORAGE: 'memory' },
    exit: 2,
    code: 'METERLARK_INVENTORY_DUPLICATE_IDENTITY',
    file: '{folder}/inventory.yml:2:1',
    key: 'it is built in',
    cure: 'Remove one of the two lines, or give one provider another name.',
  },
];

describe('a plugin that cannot run stops the start', () => {
  test.each(unfit)('$title', async (row) => {
    const { answer, fill } = await runRow({ ...row, run: 'start' }, mkdtempSync(join(outside, 'row-')));
    expect(answer.codes).toEqual([row.code]);
    expect(answer.exit).toBe(row.exit);
    expect(answer.message).toContain(fill(row.file ?? ''));
    expect(answer.message).toContain(fill(row.key ?? ''));
    expect(answer.cure).toContain(fill(row.cure));
  });
});

describe('docs/plugins.md', () => {
  test('prints parts of files as they are', () => {
    const parts = blocksAfter('part of');
    expect(parts.size).toBeGreaterThan(0);
    for (const [file, part] of parts) expect(readFileSync(join(rootFolder, file), 'utf8')).toContain(part);
  });

  test('lists every service and module of the API, and nothing that the API does not have', () => {
    const table = guide.slice(guide.indexOf('\n## The API\n'), guide.indexOf('\nErrors of a plugin:'));
    const named = [...table.matchAll(/^\| [^|]+ \| (.+) \|$/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
    expect(named.filter((name) => !(name in api))).toEqual([]);
    const isService = (value: unknown): boolean => typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'symbol';
    const needed = Object.entries(api).filter(([name, value]) => name.endsWith('Module') || isService(value));
    expect(needed.map(([name]) => name).filter((name) => !named.includes(name))).toEqual([]);
  });
});
