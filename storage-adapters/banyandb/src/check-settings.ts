import { banyanErrors } from './errors.js';
import type { BanyanSettings, StagedKey } from './settings.js';

/** Timers of this platform and message sizes of gRPC end there. */
const mostMs = 2_147_483_647;
const mostBytes = 2_147_483_647;
/** A hundred years: the server counts in nanoseconds, and those end at 292. */
const mostDays = 36_500;
const mostShards = 1_024;
const mostReplicas = 64;

/** What the formats of single settings cannot say. */
export function checkSettings(settings: BanyanSettings): void {
  checkConnection(settings);
  checkSizes(settings);
  checkRetention(settings.retention);
  checkStages(settings);
}

/** Days that each kind of data is kept. */
export function keptDays({ retention }: Pick<BanyanSettings, 'retention'>): Readonly<Record<StagedKey, number>> {
  return {
    minute: retention.minuteDays,
    hour: retention.hourDays,
    day: retention.dayDays,
    trace: retention.traceDays,
    call: retention.callDays,
    content: retention.contentDays,
    log: retention.logDays,
  };
}

function checkConnection({ targets, namespace, tls, apiVersions, user, password }: BanyanSettings): void {
  refuse(targets.length === 0, 'targets', [], 'at least one is needed');
  const wrong = targets.find((target) => !isAddress(target));
  refuse(wrong !== undefined, 'targets', wrong, 'must be host:port');
  refuse(new Set(targets).size < targets.length, 'targets', targets, 'the same address twice');
  refuse(!/^[a-z][a-z0-9_-]{0,62}$/.test(namespace), 'namespace', namespace, 'must be a small letter and up to 62 small letters, digits, - and _');
  const badVersion = (apiVersions as readonly unknown[]).find((version) => typeof version !== 'string' || version === '');
  refuse(badVersion !== undefined, 'apiVersions', badVersion, 'must be text, in quotes');
  refuse(!isHeader(user), 'user', user, 'must be printable ASCII: it travels in a header');
  refuse(!isHeader(password), 'password', '***', 'must be printable ASCII: it travels in a header');
  refuse(user === '' && password !== '', 'user', user, 'there is a password, so a user is needed');
  refuse((tls.certFile === '') !== (tls.keyFile === ''), 'tls.certFile', tls.certFile, 'certificate and key go together');
  const files = tls.caFile !== '' || tls.certFile !== '';
  refuse(files && !tls.on, 'tls.on', false, 'the files of TLS are set: set it too');
}

/** Files may hold other things than text. */
function isAddress(target: unknown): boolean {
  const port = typeof target === 'string' ? /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/.exec(target)?.[1] : undefined;
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

function isHeader(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && text === text.trim();
}

function checkSizes(settings: BanyanSettings): void {
  for (const key of ['connectTimeoutMs', 'writeTimeoutMs', 'queryTimeoutMs', 'keepAliveMs', 'schemaTimeoutMs'] as const) {
    refuse(settings[key] > mostMs, key, settings[key], `at most ${mostMs}`);
  }
  const { maxMessageBytes, streamBytes, pageRows, maxScannedRows, retry } = settings;
  refuse(maxMessageBytes > mostBytes, 'maxMessageBytes', maxMessageBytes, `at most ${mostBytes}`);
  refuse(streamBytes > maxMessageBytes, 'streamBytes', streamBytes, 'more than maxMessageBytes');
  refuse(pageRows > maxScannedRows, 'pageRows', pageRows, 'more than maxScannedRows');
  refuse(retry.maxMs > mostMs, 'retry.maxMs', retry.maxMs, `at most ${mostMs}`);
  refuse(retry.initialMs > retry.maxMs, 'retry.initialMs', retry.initialMs, 'more than retry.maxMs');
}

function checkRetention(retention: BanyanSettings['retention']): void {
  for (const [key, days] of Object.entries(retention)) refuse(days > mostDays, `retention.${key}`, days, `at most ${mostDays}`);
  const { minuteDays, hourDays, dayDays } = retention;
  refuse(minuteDays < 2, 'retention.minuteDays', minuteDays, 'yesterday must stay readable: at least 2');
  refuse(hourDays < minuteDays, 'retention.hourDays', hourDays, 'shorter than minutes');
  refuse(dayDays < hourDays, 'retention.dayDays', dayDays, 'shorter than hours');
}

function checkStages({ groups, stages, retention }: BanyanSettings): void {
  for (const [key, { shards, replicas }] of Object.entries(groups)) {
    refuse(shards > mostShards, `groups.${key}.shards`, shards, `at most ${mostShards}`);
    refuse(replicas > mostReplicas, `groups.${key}.replicas`, replicas, `at most ${mostReplicas}`);
  }
  for (const name of ['warm', 'cold'] as const) {
    const { nodeSelector, replicas } = stages[name];
    refuse(nodeSelector.trim() === '', `stages.${name}.nodeSelector`, nodeSelector, 'must not be empty');
    refuse(replicas > mostReplicas, `stages.${name}.replicas`, replicas, `at most ${mostReplicas}`);
  }
  refuse(groups.entities.segmentDays > mostDays, 'groups.entities.segmentDays', groups.entities.segmentDays, `at most ${mostDays}`);
  for (const [key, days] of Object.entries(keptDays({ retention }))) checkAges(groups, key as StagedKey, days);
}

function checkAges(groups: BanyanSettings['groups'], key: StagedKey, days: number): void {
  const { segmentDays, warmFromDays, coldFromDays } = groups[key];
  const at = `groups.${key}`;
  refuse(segmentDays > mostDays, `${at}.segmentDays`, segmentDays, `at most ${mostDays}`);
  refuse(warmFromDays >= days, `${at}.warmFromDays`, warmFromDays, `they are kept ${days} days: give fewer`);
  refuse(coldFromDays >= days, `${at}.coldFromDays`, coldFromDays, `they are kept ${days} days: give fewer`);
  refuse(coldFromDays > 0 && coldFromDays <= warmFromDays, `${at}.coldFromDays`, coldFromDays, 'must be more than warmFromDays');
}

function refuse(isWrong: boolean, key: string, value: unknown, reason: string): void {
  if (isWrong) throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_SETTING({ key, value: JSON.stringify(value), reason });
}
