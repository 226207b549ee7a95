import { ManualClock, RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import type { BanyanCalls } from '../../src/connection/calls.js';
import type { BanyanClient } from '../../src/connection/client.js';
import { openClient, type ClientContext } from '../../src/connection/open-client.js';
import type { BanyanSettings, GroupKey, GroupSettings } from '../../src/settings.js';

const stage = { days: 0, segmentDays: 1, shards: 1, replicas: 0, nodeSelector: 'type=warm' };
const group: GroupSettings = { segmentDays: 1, shards: 1, replicas: 0, warm: stage, cold: stage };
const keys: readonly GroupKey[] = ['minute', 'hour', 'day', 'trace', 'call', 'content', 'log', 'entities', 'documents'];

const plain: BanyanSettings = {
  targets: ['127.0.0.1:17912'],
  user: '',
  password: '',
  namespace: 'meterlark',
  tls: { on: false, caFile: '', certFile: '', keyFile: '' },
  apiVersions: [],
  connectTimeoutMs: 5_000,
  writeTimeoutMs: 30_000,
  queryTimeoutMs: 30_000,
  keepAliveMs: 30_000,
  maxMessageBytes: 268_435_456,
  streamRows: 10_000,
  streamBytes: 8_388_608,
  parallelWrites: 4,
  parallelQueries: 8,
  maxWaiting: 1_000,
  schemaTimeoutMs: 20_000,
  pageRows: 20_000,
  maxScannedRows: 2_000_000,
  maxOpenRows: 100_000,
  retry: { attempts: 5, initialMs: 100, maxMs: 5_000 },
  retention: { minuteDays: 7, hourDays: 30, dayDays: 180, traceDays: 7, callDays: 90, contentDays: 7, logDays: 7 },
  groups: Object.fromEntries(keys.map((key) => [key, group])) as Record<GroupKey, GroupSettings>,
};

export function settingsOf(changes: Partial<BanyanSettings>): BanyanSettings {
  return { ...plain, ...changes };
}

export interface OpenedClient {
  readonly client: BanyanClient & BanyanCalls;
  readonly metrics: RecordingMetrics;
  readonly logger: RecordingLogger;
  readonly clock: ManualClock;
  /** What was waited between tries. */
  readonly pauses: number[];
}

/** No real pauses, and no chance: the first target is the first tried. */
export async function clientOf(changes: Partial<BanyanSettings>, context: Partial<ClientContext> = {}): Promise<OpenedClient> {
  const [metrics, logger, clock] = [new RecordingMetrics(), new RecordingLogger(), new ManualClock(0)];
  const pauses: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const client = await openClient(settingsOf(changes), { logger, selfMetrics: metrics, clock, sleep, random: () => 0, ...context });
  return { client, metrics, logger, clock, pauses };
}
