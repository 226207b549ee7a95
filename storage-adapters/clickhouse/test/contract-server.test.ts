import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { describeStorageContract } from '@meterlark/core/testing';
import { startHttpFront, type HttpFront } from './http-front.js';
import { openTestStore, sessionOf, wallClock } from './surroundings.js';

let front: HttpFront;
beforeAll(async () => {
  front = await startHttpFront();
});
afterAll(() => front.close());

const overHttp = async () => sessionOf(await openTestStore({ url: front.url, user: front.user, password: front.password }));

describeStorageContract('clickhouse, over HTTP', { clock: wallClock, open: overHttp, reopen: overHttp, another: overHttp });

const given = process.env['METERLARK_TEST_CLICKHOUSE'];
if (given === undefined) {
  describe('storage contract: a ClickHouse server', () => {
    test.skip('skipped: METERLARK_TEST_CLICKHOUSE does not name a server (http://user:password@host:8123)', () => undefined);
  });
} else {
  const { username, password, origin } = new URL(given);
  const database = `meterlark_test_${randomUUID().replaceAll('-', '')}`;
  const user = username === '' ? 'default' : decodeURIComponent(username);
  const onServer = async () => sessionOf(await openTestStore({ url: origin, user, password: decodeURIComponent(password), database }));
  describeStorageContract('a ClickHouse server', { clock: wallClock, open: onServer, reopen: onServer, another: onServer });
}
