import { positive, type Lifetime, type SettingsSchema, type Step } from '@meterlark/core';

/** One kind of data on the nodes that take writes. */
export interface GroupSettings {
  readonly segmentDays: number;
  readonly shards: number;
  readonly replicas: number;
}

/** What a cluster may move to other nodes when it is old; 0: never. */
export interface StagedSettings extends GroupSettings {
  readonly warmFromDays: number;
  readonly coldFromDays: number;
}

/** The nodes of one stage, for all kinds of data that move there. */
export interface StageSettings {
  readonly nodeSelector: string;
  readonly replicas: number;
}

export type StagedKey = 'minute' | 'hour' | 'day' | 'trace' | 'call' | 'content' | 'log';
export type GroupKey = StagedKey | 'entities' | 'documents';

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
  readonly repeat: { readonly windowMs: number; readonly bytes: number };
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
  readonly stages: { readonly warm: StageSettings; readonly cold: StageSettings };
  readonly groups: Readonly<Record<StagedKey, StagedSettings>> & {
    readonly entities: GroupSettings;
    readonly documents: Omit<GroupSettings, 'segmentDays'>;
  };
}

function stage(name: string): SettingsSchema<StageSettings> {
  return {
    nodeSelector: { doc: `Labels of the nodes of the ${name} stage, as the server writes selectors. Clusters only.`, format: 'String', default: `type=${name}` },
    replicas: { doc: `Further copies of what is in the ${name} stage.`, format: 'nat', default: 0 },
  };
}

function copies(what: string, shards: number): SettingsSchema<Omit<GroupSettings, 'segmentDays'>> {
  return {
    shards: { doc: `Shards of ${what}, in every stage.`, format: positive, default: shards },
    replicas: { doc: `Further copies of ${what}. Clusters only.`, format: 'nat', default: 0 },
  };
}

function group(what: string, segmentDays: number, shards: number): SettingsSchema<GroupSettings> {
  return {
    segmentDays: {
      doc: `Days of one segment of ${what}, in every stage; a whole segment is removed or moved at a time.`,
      format: positive,
      default: segmentDays,
    },
    ...copies(what, shards),
  };
}

function staged(what: string, segmentDays: number, shards: number): SettingsSchema<StagedSettings> {
  const moved = (to: string) =>
    `Age in days at which a cluster moves ${what} to its ${to} nodes; 0: never. A single server cannot move them and would remove them at that age.`;
  return {
    ...group(what, segmentDays, shards),
    warmFromDays: { doc: moved('warm'), format: 'nat', default: 0 },
    coldFromDays: { doc: moved('cold'), format: 'nat', default: 0 },
  };
}

export const settingsSchema: SettingsSchema<BanyanSettings> = {
  targets: { doc: 'Addresses of BanyanDB (host:port of its gRPC service), servers or liaison nodes; another one is taken when one is away.', format: Array, default: ['127.0.0.1:17912'] },
  user: { doc: 'User; empty for a server without authentication.', format: 'String', default: '' },
  password: { doc: 'Password.', format: 'String', default: '', sensitive: true },
  namespace: { doc: 'Begins the names of all groups: several Meterlarks may share one BanyanDB.', format: 'String', default: 'meterlark' },
  tls: {
    on: { doc: 'TLS to the server.', format: 'Boolean', default: false },
    caFile: { doc: 'PEM file of the authority that signed the server certificate; empty trusts the authorities that Node.js comes with, those of NODE_EXTRA_CA_CERTS too, not those of the system.', format: 'String', default: '' },
    certFile: { doc: 'PEM file of a client certificate, for a proxy that wants one; needs keyFile.', format: 'String', default: '' },
    keyFile: { doc: 'PEM file of the key of the client certificate.', format: 'String', default: '' },
  },
  apiVersions: { doc: 'Further API versions to accept, by the exact text the server answers; 0.10 and all later ones (also 1.0) are accepted without.', format: Array, default: [] },
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
  repeat: {
    windowMs: { doc: 'After the connection was lost, what was acknowledged in so many milliseconds before is written again: BanyanDB answers before rows are on its disk. Longer than its flush timeouts (5 s), or 0: no repetition.', format: 'nat', default: 15_000 },
    bytes: { doc: 'Memory for these writes; beyond it the oldest are let go early, and counted.', format: 'nat', default: 67_108_864 },
  },
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
  stages: { warm: stage('warm'), cold: stage('cold') },
  groups: {
    minute: staged('minutes', 1, 2),
    hour: staged('hours', 5, 1),
    day: staged('days', 15, 1),
    trace: staged('spans', 1, 2),
    call: staged('model calls', 5, 2),
    content: staged('content of calls', 1, 1),
    log: staged('logs', 1, 2),
    entities: group('services, instances, endpoints and processes', 30, 1),
    documents: copies('definitions of metrics', 1),
  },
};

export function metricDays({ minuteDays, hourDays, dayDays }: BanyanSettings['retention']): Readonly<Record<Step, number>> {
  return { minute: minuteDays, hour: hourDays, day: dayDays };
}

export function recordDays({ traceDays, callDays, contentDays, logDays }: BanyanSettings['retention']): Readonly<Record<Lifetime, number>> {
  return { trace: traceDays, call: callDays, content: contentDays, log: logDays };
}

