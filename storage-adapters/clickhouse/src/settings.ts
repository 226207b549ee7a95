import { positive, redactUrl, type Lifetime, type SettingsSchema, type Step } from '@meterlark/core';
import { storageErrors } from './errors.js';
import { identifier } from './literal.js';

export interface ClickHouseSettings {
  readonly path: string;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly cluster: string;
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  readonly compression: boolean;
  readonly maxConnections: number;
  readonly requestTimeoutMs: number;
  readonly queryTimeoutMs: number;
  readonly maxResultRows: number;
  readonly readers: number;
  readonly maxWaiting: number;
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
}

const elsewhere = 'User and password go to METERLARK_STORAGE_CLICKHOUSE_USER and METERLARK_STORAGE_CLICKHOUSE_PASSWORD.';

export const settingsSchema: SettingsSchema<ClickHouseSettings> = {
  path: { doc: 'Data folder of the embedded ClickHouse; relative to the root folder.', format: 'String', default: './data' },
  url: { doc: `Address of a ClickHouse server, like http://host:8123; empty runs the embedded one. ${elsewhere}`, format: withoutCredentials, default: '' },
  user: { doc: 'User at the server.', format: 'String', default: 'default' },
  password: { doc: 'Password at the server.', format: 'String', default: '', sensitive: true },
  database: { doc: 'Database for all tables; made when it is missing.', format: 'String', default: 'meterlark' },
  cluster: { doc: 'Cluster name for replicated and distributed tables; empty for a single server.', format: 'String', default: '' },
  tls: {
    caFile: { doc: 'PEM file of the authority that signed the server certificate; empty trusts the system.', format: 'String', default: '' },
    certFile: { doc: 'PEM file of the client certificate, which takes the place of the password; needs caFile and keyFile.', format: 'String', default: '' },
    keyFile: { doc: 'PEM file of the key of the client certificate.', format: 'String', default: '' },
  },
  compression: { doc: 'gzip for requests to and answers of a server.', format: 'Boolean', default: true },
  maxConnections: { doc: 'Connections to the server.', format: positive, default: 10 },
  requestTimeoutMs: { doc: 'A server that says nothing for so long counts as away.', format: 'nat', default: 30_000 },
  queryTimeoutMs: { doc: 'Time the database may spend on one query.', format: 'nat', default: 20_000 },
  maxResultRows: { doc: 'Rows one query may answer; more is an error.', format: positive, default: 2_000_000 },
  readers: { doc: 'Queries the embedded ClickHouse runs at the same time.', format: positive, default: 3 },
  maxWaiting: { doc: 'Statements that may wait for the embedded ClickHouse.', format: positive, default: 1_000 },
  retry: {
    attempts: { doc: 'Tries of a statement that fails for a passing reason.', format: positive, default: 4 },
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
};

/** An address is shown in logs and errors: a secret in it would be, too. */
function withoutCredentials(value: unknown): void {
  if (typeof value !== 'string') throw new Error('must be text');
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const named = [...(url?.searchParams.keys() ?? [])].some((name) => /^(user(name)?|pass(word)?)$/i.test(name));
  if (named || redactUrl(value) !== value) throw new Error('must be an address without user and password');
}

export function metricDays({ minuteDays, hourDays, dayDays }: ClickHouseSettings['retention']): Readonly<Record<Step, number>> {
  return { minute: minuteDays, hour: hourDays, day: dayDays };
}

export function recordDays({ traceDays, callDays, contentDays, logDays }: ClickHouseSettings['retention']): Readonly<Record<Lifetime, number>> {
  return { trace: traceDays, call: callDays, content: contentDays, log: logDays };
}

/** What single settings cannot say of each other. */
export function checkSettings(settings: ClickHouseSettings): void {
  const { retention, tls, readers, retry } = settings;
  identifier(settings.database);
  refuse(readers < 1, 'readers', readers, 'at least one is needed');
  refuse(retry.attempts < 1, 'retry.attempts', retry.attempts, 'at least one try is needed');
  refuse(retention.minuteDays < 2, 'retention.minuteDays', retention.minuteDays, 'yesterday must stay readable: at least 2');
  refuse(retention.hourDays < retention.minuteDays, 'retention.hourDays', retention.hourDays, 'shorter than minutes');
  refuse(retention.dayDays < retention.hourDays, 'retention.dayDays', retention.dayDays, 'shorter than hours');
  refuse((tls.certFile === '') !== (tls.keyFile === ''), 'tls.certFile', tls.certFile, 'certificate and key go together');
  refuse(tls.certFile !== '' && tls.caFile === '', 'tls.caFile', tls.caFile, 'a client certificate needs the authority as well');
  const twoWays = tls.certFile !== '' && settings.password !== '';
  refuse(twoWays, 'password', '…', 'the client certificate says who the user is; ClickHouse refuses a password beside it');
  refuse(settings.cluster !== '' && settings.url === '', 'cluster', settings.cluster, 'the embedded ClickHouse has no cluster: set url');
}

function refuse(isWrong: boolean, key: string, value: string | number, reason: string): void {
  if (isWrong) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING({ key, value: JSON.stringify(value), reason });
}
