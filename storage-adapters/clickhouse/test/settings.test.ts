import { expect, test } from 'vitest';
import { checkSettings, settingsSchema } from '../src/settings.js';
import { settingsOf } from './surroundings.js';

test('the defaults are fine, and so is a cluster behind a server', () => {
  expect(() => checkSettings(settingsOf())).not.toThrow();
  expect(() => checkSettings(settingsOf({ url: 'http://x:8123', cluster: 'c' }))).not.toThrow();
});

const { retention } = settingsOf();

test.each([
  ['database', { database: 'a.b' }],
  ['database', { database: '' }],
  ['readers', { readers: 0 }],
  ['retry.attempts', { retry: { attempts: 0, initialMs: 1, maxMs: 1 } }],
  ['retention.minuteDays', { retention: { ...retention, minuteDays: 1 } }],
  ['retention.hourDays', { retention: { ...retention, hourDays: 6 } }],
  ['retention.dayDays', { retention: { ...retention, dayDays: 29 } }],
  ['tls.certFile', { tls: { caFile: 'a', certFile: 'b', keyFile: '' } }],
  ['tls.caFile', { tls: { caFile: '', certFile: 'b', keyFile: 'c' } }],
  ['password', { tls: { caFile: 'a', certFile: 'b', keyFile: 'c' }, password: 'x' }],
  ['cluster', { cluster: 'c', url: '' }],
])('a wrong %s is named', (key, changes) => {
  expect(() => checkSettings(settingsOf(changes))).toThrow(
    expect.objectContaining({ code: 'METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING', fields: expect.objectContaining({ key }) }),
  );
});

const checkUrl = settingsSchema.url.format as (value: unknown) => void;

test.each(['http://me:pw@db:8123', 'http://me@db', 'http:me:pw@db', 'https://db/?password=pw', 'http://db/?user=me', 'http://me:p/w@db', 7])(
  'the address %j is refused, for it holds who we are',
  (url) => {
    expect(() => checkUrl(url)).toThrow(/^must be (text|an address without user and password)$/);
  },
);

test.each(['', 'http://db:8123', 'https://db:8443/path', 'http://[::1]:8123', 'http://db/?compress=1'])('the address %j holds none', (url) => {
  expect(() => checkUrl(url)).not.toThrow();
});
