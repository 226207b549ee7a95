import { positive, type Lifetime, type SettingsSchema, type Step } from '@meterlark/core';
import { banyanErrors } from './errors.js';

interface StageSettings {
  readonly days: number;
  readonly segmentDays: number;
  readonly shards: number;
  readonly replicas: number;
  readonly nodeSelector: string;
}

/** One kind of data: the hot stage, and the two it may move to. A stage of 0 days is not there. */
export interface GroupSettings {
  readonly segmentDays: number;
  readonly shards: number;
  readonly replicas: number;
  readonly warm: StageSettings;
  readonly cold: StageSettings;
}

export type GroupKey = 'minute' | 'hour' | 'day' | 'trace' | 'call' | 'content' | 'log' | 'entities' | 'documents';

export interface BanyanSettings {
  readonly targets: readonly string[];
  readonly user: string;
  readonly password: string;
  readonly namespace: string;
  readonly tls: { readonly on: boolean; readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  readonly apiVersions: readonly string[];
  readonly connectTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly queryTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxMessageBytes: number;
  readonly streamRows: number;
  readonly streamBytes: number;
  readonly parallelWrites: number;
  readonly parallelQueries: number;
  readonly maxWaiting: number;
  readonly schemaTimeoutMs: number;
  readonly pageRows: number;
  readonly maxScannedRows: number;
  readonly maxOpenRows: number;
  readonly retry: { readonly attempts: number; readonly initialMs: number; readonly maxMs: number };
  readonly retention: {
    readonly minuteDays: number;
    readonly hourDays: number;
    readonly dayDays: number;
    readonly traceDays: number;
    readonly callDays: number;
    readonly contentDays: number;
    readonly logDays: number;
  };
  readonly groups: Readonly<Record<GroupKey, GroupSettings>>;
}

function stage(what: string, name: 'warm' | 'cold'): SettingsSchema<StageSettings> {
  return {
    days: { doc: `Days after which ${what} leave the ${name} stage; 0: there is no such stage. Clusters only.`, format: 'nat', default: 0 },
    segmentDays: { doc: `Days of one segment of ${what} in the ${name} stage.`, format: positive, default: 3 },
    shards: { doc: `Shards of ${what} in the ${name} stage.`, format: positive, default: 1 },
    replicas: { doc: `Further copies of ${what} in the ${name} stage.`, format: 'nat', default: 0 },
    nodeSelector: { doc: `Nodes of the ${name} stage.`, format: 'String', default: `type=${name}` },
  };
}

function group(what: string, segmentDays: number, shards: number): SettingsSchema<GroupSettings> {
  return {
    segmentDays: { doc: `Days of one segment of ${what}; a whole segment is removed at a time.`, format: positive, default: segmentDays },
    shards: { doc: `Shards of ${what}.`, format: positive, default: shards },
    replicas: { doc: `Further copies of ${what}. Clusters only.`, format: 'nat', default: 0 },
    warm: stage(what, 'warm'),
    cold: stage(what, 'cold'),
  };
}

export const settingsSchema: SettingsSchema<BanyanSettings> = {
  targets: { doc: 'Addresses of BanyanDB (host:port of its gRPC service), servers or liaison nodes; another one is taken when one is away.', format: Array, default: ['127.0.0.1:17912'] },
  user: { doc: 'User; empty for a server without authentication.', format: 'String', default: '' },
  password: { doc: 'Password.', format: 'String', default: '', sensitive: true },
  namespace: { doc: 'Begins the names of all groups: several Meterlarks may share one BanyanDB.', format: 'String', default: 'meterlark' },
  tls: {
    on: { doc: 'TLS to the server.', format: 'Boolean', default: false },
    caFile: { doc: 'PEM file of the authority that signed the server certificate; empty trusts the system.', format: 'String', default: '' },
    certFile: { doc: 'PEM file of a client certificate, for a proxy that wants one; needs keyFile.', format: 'String', default: '' },
    keyFile: { doc: 'PEM file of the key of the client certificate.', format: 'String', default: '' },
  },
  apiVersions: { doc: 'Further API versions to accept, by the exact text the server answers; 0.10 and every later 0.x are accepted without.', format: Array, default: [] },
  connectTimeoutMs: { doc: 'Time for a connection and the version of the API.', format: positive, default: 10_000 },
  writeTimeoutMs: { doc: 'Time for one stream of rows, from its first row to the last answer.', format: positive, default: 30_000 },
  queryTimeoutMs: { doc: 'Time for one query.', format: positive, default: 30_000 },
  keepAliveMs: { doc: 'A connection without traffic is tried so often.', format: positive, default: 30_000 },
  maxMessageBytes: { doc: 'Largest answer that is taken.', format: positive, default: 268_435_456 },
  streamRows: { doc: 'Rows of one write stream: the server holds them all until its end.', format: positive, default: 10_000 },
  streamBytes: { doc: 'Bytes of one write stream.', format: positive, default: 8_388_608 },
  parallelWrites: { doc: 'Write streams at the same time.', format: positive, default: 4 },
  parallelQueries: { doc: 'Queries at the same time.', format: positive, default: 8 },
  maxWaiting: { doc: 'Queries and writes that may wait for their turn.', format: positive, default: 1_000 },
  schemaTimeoutMs: { doc: 'Time for the server to know a new or changed schema.', format: positive, default: 20_000 },
  pageRows: { doc: 'Rows of one answer; longer ones are read in several.', format: positive, default: 20_000 },
  maxScannedRows: { doc: 'Rows that one question may read; more is an error, never a part.', format: positive, default: 2_000_000 },
  maxOpenRows: { doc: 'Rows of metrics for each of minute, hour and day whose running state is kept; others are read back.', format: positive, default: 100_000 },
  retry: {
    attempts: { doc: 'Tries of a call that fails for a passing reason.', format: positive, default: 5 },
    initialMs: { doc: 'Wait before the second try; it doubles from try to try.', format: 'nat', default: 100 },
    maxMs: { doc: 'Longest wait between tries.', format: 'nat', default: 5_000 },
  },
  retention: {
    minuteDays: { doc: 'Days that minutes are kept.', format: 'nat', default: 7 },
    hourDays: { doc: 'Days that hours are kept; at least as long as minutes.', format: 'nat', default: 30 },
    dayDays: { doc: 'Days that days are kept; at least as long as hours.', format: 'nat', default: 180 },
    traceDays: { doc: 'Days that spans are kept.', format: positive, default: 7 },
    callDays: { doc: 'Days that model calls are kept, with their cost.', format: positive, default: 90 },
    contentDays: { doc: 'Days that the content of model calls is kept.', format: positive, default: 7 },
    logDays: { doc: 'Days that logs are kept.', format: positive, default: 7 },
  },
  groups: {
    minute: group('minutes', 1, 2),
    hour: group('hours', 5, 1),
    day: group('days', 15, 1),
    trace: group('spans', 1, 2),
    call: group('model calls', 5, 2),
    content: group('content of calls', 1, 1),
    log: group('logs', 1, 2),
    entities: group('services, instances, endpoints and processes', 30, 1),
    documents: group('definitions of metrics', 1, 1),
  },
};

export function metricDays({ minuteDays, hourDays, dayDays }: BanyanSettings['retention']): Readonly<Record<Step, number>> {
  return { minute: minuteDays, hour: hourDays, day: dayDays };
}

export function recordDays({ traceDays, callDays, contentDays, logDays }: BanyanSettings['retention']): Readonly<Record<Lifetime, number>> {
  return { trace: traceDays, call: callDays, content: contentDays, log: logDays };
}

/** What single settings cannot say of each other. */
export function checkSettings({ targets, namespace, tls, retention, streamBytes, maxMessageBytes }: BanyanSettings): void {
  refuse(targets.length === 0, 'targets', '[]', 'at least one is needed');
  const wrong = targets.find((target) => !/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/.test(target));
  refuse(wrong !== undefined, 'targets', wrong ?? '', 'must be host:port');
  refuse(!/^[a-z][a-z0-9_-]{0,62}$/.test(namespace), 'namespace', namespace, 'must be lower-case letters, digits, - and _');
  refuse((tls.certFile === '') !== (tls.keyFile === ''), 'tls.certFile', tls.certFile, 'certificate and key go together');
  const files = tls.caFile !== '' || tls.certFile !== '';
  refuse(files && !tls.on, 'tls.on', false, 'the files of TLS are set: set it too');
  refuse(retention.minuteDays < 2, 'retention.minuteDays', retention.minuteDays, 'yesterday must stay readable: at least 2');
  refuse(retention.hourDays < retention.minuteDays, 'retention.hourDays', retention.hourDays, 'shorter than minutes');
  refuse(retention.dayDays < retention.hourDays, 'retention.dayDays', retention.dayDays, 'shorter than hours');
  refuse(streamBytes > maxMessageBytes, 'streamBytes', streamBytes, 'more than maxMessageBytes');
}

function refuse(isWrong: boolean, key: string, value: string | number | boolean, reason: string): void {
  if (isWrong) throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_SETTING({ key, value: JSON.stringify(value), reason });
}
