import { banyanErrors } from './errors.js';
import type { BanyanSettings, StagedKey } from './settings.js';

/** Timers of this platform and message sizes of gRPC end there. */
const mostMs = 2_147_483_647;
const mostBytes = 2_147_483_647;
/** A hundred years: the server counts in nanoseconds, and those end at 292. */
const mostDays = 36_500;
const mostShards = 1_024;
const mostReplicas = 64;
/** Limits travel in 32 bits, and some questions ask for a multiple. */
const mostRows = 100_000_000;
/** Times that the server holds rows in memory only. */
const shortestRepeatMs = 5_000;
const mostOf = {
  streamRows: mostRows,
  parallelWrites: 1_000,
  parallelQueries: 1_000,
  maxWaiting: 1_000_000,
  pageRows: mostRows,
  maxScannedRows: mostRows,
  maxOpenRows: mostRows,
  maxMessageBytes: mostBytes,
  connectTimeoutMs: mostMs,
  writeTimeoutMs: mostMs,
  queryTimeoutMs: mostMs,
  keepAliveMs: mostMs,
  schemaTimeoutMs: mostMs,
} as const;
const mostAttempts = 1_000;
const mostRepeatBytes = 2 ** 40;

/** What the formats of single settings cannot say. Throws one error with all that is wrong. */
export function checkSettings(settings: BanyanSettings): void {
  const faults = new Faults();
  checkConnection(settings, faults);
  checkSizes(settings, faults);
  checkTimes(settings, faults);
  checkRetention(settings.retention, faults);
  checkStages(settings, faults);
  faults.refuse();
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

function checkConnection({ targets, namespace, tls, apiVersions, user, password }: BanyanSettings, faults: Faults): void {
  faults.add(targets.length === 0, 'targets', [], 'at least one is needed');
  const wrong = targets.find((target) => !isAddress(target));
  faults.add(wrong !== undefined, 'targets', wrong, 'must be host:port');
  faults.add(new Set(targets).size < targets.length, 'targets', targets, 'the same address twice');
  faults.add(!/^[a-z][a-z0-9_-]{0,62}$/.test(namespace), 'namespace', namespace, 'must be a small letter and up to 62 small letters, digits, - and _');
  const badVersion = (apiVersions as readonly unknown[]).find((version) => typeof version !== 'string' || version === '');
  faults.add(badVersion !== undefined, 'apiVersions', badVersion, 'must be text, in quotes');
  faults.add(!isHeader(user), 'user', user, 'must be printable ASCII: it travels in a header');
  faults.add(!isHeader(password), 'password', '***', 'must be printable ASCII: it travels in a header');
  faults.add(user === '' && password !== '', 'user', user, 'there is a password, so a user is needed');
  faults.add((tls.certFile === '') !== (tls.keyFile === ''), 'tls.certFile', tls.certFile, 'certificate and key go together');
  const files = tls.caFile !== '' || tls.certFile !== '';
  faults.add(files && !tls.on, 'tls.on', false, 'the files of TLS are set: set it too');
}

/** Files may hold other things than text. */
function isAddress(target: unknown): boolean {
  const port = typeof target === 'string' ? /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/.exec(target)?.[1] : undefined;
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

function isHeader(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && text === text.trim();
}

function checkSizes(settings: BanyanSettings, faults: Faults): void {
  for (const [key, most] of Object.entries(mostOf)) {
    const value = settings[key as keyof typeof mostOf];
    faults.add(value > most, key, value, `at most ${most}`);
  }
  const { maxMessageBytes, streamBytes, pageRows, maxScannedRows } = settings;
  faults.add(streamBytes > maxMessageBytes, 'streamBytes', streamBytes, 'more than maxMessageBytes');
  faults.add(pageRows > maxScannedRows, 'pageRows', pageRows, 'more than maxScannedRows');
}

function checkTimes({ retry, repeat }: BanyanSettings, faults: Faults): void {
  faults.add(retry.attempts > mostAttempts, 'retry.attempts', retry.attempts, `at most ${mostAttempts}`);
  faults.add(retry.maxMs > mostMs, 'retry.maxMs', retry.maxMs, `at most ${mostMs}`);
  faults.add(retry.initialMs > retry.maxMs, 'retry.initialMs', retry.initialMs, 'more than retry.maxMs');
  const isShort = repeat.windowMs > 0 && repeat.windowMs < shortestRepeatMs;
  faults.add(isShort, 'repeat.windowMs', repeat.windowMs, `0, or at least the ${shortestRepeatMs} that the server holds rows in memory only`);
  faults.add(repeat.windowMs > mostMs, 'repeat.windowMs', repeat.windowMs, `at most ${mostMs}`);
  faults.add(repeat.bytes > mostRepeatBytes, 'repeat.bytes', repeat.bytes, `at most ${mostRepeatBytes}`);
}

function checkRetention(retention: BanyanSettings['retention'], faults: Faults): void {
  for (const [key, days] of Object.entries(retention)) faults.add(days > mostDays, `retention.${key}`, days, `at most ${mostDays}`);
  const { minuteDays, hourDays, dayDays } = retention;
  faults.add(minuteDays < 2, 'retention.minuteDays', minuteDays, 'yesterday must stay readable: at least 2');
  faults.add(hourDays < minuteDays, 'retention.hourDays', hourDays, 'shorter than minutes');
  faults.add(dayDays < hourDays, 'retention.dayDays', dayDays, 'shorter than hours');
}

function checkStages({ groups, stages, retention }: BanyanSettings, faults: Faults): void {
  for (const [key, { shards, replicas }] of Object.entries(groups)) {
    faults.add(shards > mostShards, `groups.${key}.shards`, shards, `at most ${mostShards}`);
    faults.add(replicas > mostReplicas, `groups.${key}.replicas`, replicas, `at most ${mostReplicas}`);
  }
  for (const name of ['warm', 'cold'] as const) {
    const { nodeSelector, replicas } = stages[name];
    faults.add(nodeSelector.trim() === '', `stages.${name}.nodeSelector`, nodeSelector, 'must not be empty');
    faults.add(replicas > mostReplicas, `stages.${name}.replicas`, replicas, `at most ${mostReplicas}`);
  }
  faults.add(groups.entities.segmentDays > mostDays, 'groups.entities.segmentDays', groups.entities.segmentDays, `at most ${mostDays}`);
  for (const [key, days] of Object.entries(keptDays({ retention }))) checkAges(groups, key as StagedKey, days, faults);
}

function checkAges(groups: BanyanSettings['groups'], key: StagedKey, days: number, faults: Faults): void {
  const { segmentDays, warmFromDays, coldFromDays } = groups[key];
  const at = `groups.${key}`;
  faults.add(segmentDays > mostDays, `${at}.segmentDays`, segmentDays, `at most ${mostDays}`);
  faults.add(warmFromDays >= days, `${at}.warmFromDays`, warmFromDays, `they are kept ${days} days: give fewer`);
  faults.add(coldFromDays >= days, `${at}.coldFromDays`, coldFromDays, `they are kept ${days} days: give fewer`);
  faults.add(coldFromDays > 0 && coldFromDays <= warmFromDays, `${at}.coldFromDays`, coldFromDays, 'must be more than warmFromDays');
}

class Faults {
  private readonly found: { readonly key: string; readonly value: string; readonly reason: string }[] = [];

  add(isWrong: boolean, key: string, value: unknown, reason: string): void {
    if (isWrong) this.found.push({ key, value: JSON.stringify(value), reason });
  }

  refuse(): void {
    const [first, ...others] = this.found;
    if (first === undefined) return;
    if (others.length === 0) throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_SETTING(first);
    const keys = [...new Set(this.found.map(({ key }) => key))].join(', ');
    const faults = this.found.map(({ key, value, reason }) => `${key} = ${value}: ${reason}`).join('; ');
    throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_SETTINGS({ keys, faults });
  }
}
