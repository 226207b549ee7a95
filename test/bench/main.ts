/**
 * `npm run bench`: every figure of docs/performance.md, with its baseline from the same run.
 *   --json          one JSON line per figure
 *   --only PATTERN  benches whose name matches: decode, meter, source, merge, records, storage, query, dashboard, receive, spans, logs, logs-hostile, steady, start, idle,
 *                   store-records, store-logs, banyandb-codec; banyandb-write, banyandb-dashboard with METERLARK_TEST_BANYANDB=host:port of a server for test data
 */
import { parseArgs } from 'node:util';
import { benchStorage } from '../../storage-adapters/clickhouse/test/bench/storage.js';
import { benchBanyanCodec } from '../../storage-adapters/banyandb/test/bench/codec.js';
import { benchBanyanDashboard } from './banyandb-dashboard.js';
import { benchBanyanWrite } from './banyandb-write.js';
import { benchDashboard } from './dashboard.js';
import { benchDecode } from './decode.js';
import type { Figure } from './figure.js';
import { serveLoad } from './load.js';
import { benchStoreLogs } from './logs-store.js';
import { benchMerge } from './merge.js';
import { benchMeter } from './meter.js';
import { serveNoop } from './noop.js';
import { benchQuery } from './query.js';
import { benchHostileLogs, benchLogs, benchReceive, benchSpans } from './receive.js';
import { benchRecords } from './records.js';
import { benchSource } from './source.js';
import { benchIdle, benchStart } from './start.js';
import { benchSteady } from './steady.js';
import { benchStoreRecords } from './store-records.js';

const benches: Readonly<Record<string, () => Figure[] | Promise<Figure[]>>> = {
  start: benchStart,
  idle: benchIdle,
  receive: benchReceive,
  spans: benchSpans,
  logs: benchLogs,
  'logs-hostile': benchHostileLogs,
  steady: benchSteady,
  decode: benchDecode,
  meter: benchMeter,
  source: benchSource,
  merge: benchMerge,
  records: benchRecords,
  storage: benchStorage,
  query: benchQuery,
  dashboard: benchDashboard,
  'store-records': benchStoreRecords,
  'store-logs': benchStoreLogs,
  'banyandb-codec': benchBanyanCodec,
  'banyandb-write': benchBanyanWrite,
  'banyandb-dashboard': benchBanyanDashboard,
};

function show({ name, value, unit, baseline, ratio, runs }: Figure): string {
  const against = baseline === undefined ? '' : `baseline ${baseline}  ratio ${ratio}`;
  return `${name.padEnd(34)} ${`${value} ${unit}`.padEnd(24)} ${against.padEnd(36)} ${runs} runs`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false }, only: { type: 'string', default: '' }, role: { type: 'string' } },
    allowPositionals: true,
  });
  if (values.role === 'noop') serveNoop();
  else if (values.role === 'load') serveLoad(positionals[0] ?? '{}');
  else await runBenches(values.only, values.json);
}

async function runBenches(only: string, json: boolean): Promise<void> {
  const wanted = Object.entries(benches).filter(([name]) => new RegExp(only).test(name));
  if (wanted.length === 0) throw new Error(`no bench matches ${only}: ${Object.keys(benches).join(', ')}`);
  for (const [, bench] of wanted) {
    for (const figure of await bench()) console.log(json ? JSON.stringify(figure) : show(figure));
  }
}

await main();
