import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { startHttpFront, type HttpFront } from './http-front.js';
import { openTestStore, type OpenedStore } from './surroundings.js';
import type { ClickHouseSettings } from '../src/settings.js';

let front: HttpFront;
const open: OpenedStore[] = [];
beforeAll(async () => {
  front = await startHttpFront();
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});
afterAll(() => front.close());

async function openHere(changes: Partial<ClickHouseSettings> = {}): Promise<OpenedStore> {
  const { url, user, password } = front;
  const store = await openTestStore({ url, user, password, ...changes });
  open.push(store);
  front.seen.length = 0;
  return store;
}

const minute = Math.floor(Date.now() / 60_000) * 60_000;
let batches = 0;

async function write(store: OpenedStore, metric: string, value: number, sequence = (batches += 1)): Promise<void> {
  const key = { tenant: '', metric, kind: 'sum' as const, entityId: 'e', labels: '', source: '' };
  const columns = { minutes: Float64Array.of(minute), a: Float64Array.of(value), b: Float64Array.of(0), histograms: [] };
  await store.metricWriter.write({ writer: 'process', sequence, rows: [{ kind: 'sum', keys: [key], ...columns }] });
}

async function read(store: OpenedStore, metric: string): Promise<number[]> {
  const selections = [{ metric, kind: 'sum' as const }];
  const range = { fromMs: minute, toMs: minute + 60_000, step: 'minute' as const };
  return (await store.metricReader.read({ tenant: '', selections, entityIds: ['e'], ...range })).map((bucket) => bucket.state.a);
}

describe('the front stands in for a server', () => {
  test('the official client gets parameters, compressed answers and error numbers from it', async () => {
    const { url, user, password } = front;
    const client = createClient({ url, username: user, password, compression: { response: true, request: true }, log: { level: ClickHouseLogLevel.OFF } });
    const query = 'SELECT {text:String} AS text, {list:Array(UInt32)} AS list, {n:Nullable(Float64)} AS n';
    const query_params = { text: "it's\n\\ {x}", list: [1, 2], n: 2.5 };
    const answer = await client.query({ query, query_params, format: 'JSONEachRow' });
    expect(await answer.json()).toEqual([{ text: "it's\n\\ {x}", list: [1, 2], n: 2.5 }]);
    await expect(client.query({ query: 'SELECT nonsense' })).rejects.toMatchObject({ code: '47', type: 'UNKNOWN_IDENTIFIER' });
    expect((await client.ping()).success).toBe(true);
    await client.close();
  });
});

describe('what goes over the wire', () => {
  test('rows travel as a compressed body, never inside the statement, and no settings beside it', async () => {
    const store = await openHere();
    await write(store, 'wire_metric_name', 5);
    const [insert] = front.seen;
    expect(insert?.sql).toMatch(/^INSERT INTO `meterlark`\.`metric_sums_minute` \(.*\) SETTINGS insert_deduplication_token = '[0-9a-f]{40}-sums'.* FORMAT Native$/);
    expect(insert?.sql).not.toContain('wire_metric_name');
    expect(insert?.bodyEncoding).toBe('gzip');
    expect(Object.keys(insert?.params ?? {}).sort()).toEqual(['enable_http_compression', 'query', 'query_id', 'wait_end_of_query']);
  });

  test('answers are compressed, and nothing is when compression is off', async () => {
    const store = await openHere();
    await write(store, 'compressed', 1);
    expect(await read(store, 'compressed')).toEqual([1]);
    expect(front.seen.at(-1)?.answerEncoding).toContain('gzip');
    const plain = await openHere({ compression: false });
    await write(plain, 'compressed', 2);
    expect(await read(plain, 'compressed')).toEqual([3]);
    expect(front.seen.map((request) => request.bodyEncoding + request.answerEncoding)).toEqual(['', '']);
  });

  test('metadata travel as bodies too', async () => {
    const store = await openHere();
    const seen = { firstSeenMs: minute, lastSeenMs: minute, layers: ['L'], properties: { secret: 'inside' } };
    const entity = { tenant: '', id: 'entity-inside', scope: 'Service' as const, name: 'inside', serviceId: 's', instanceId: '', ...seen };
    await store.metadataWriter.upsertEntities([entity]);
    expect(front.seen.map((request) => request.sql).join('\n')).not.toContain('inside');
    expect(await store.metadataReader.entities({ tenant: '', scope: 'Service', ids: ['entity-inside'], limit: 1 })).toEqual([entity]);
  });

  test('selections of one family are read in one statement', async () => {
    const store = await openHere();
    const selections = Array.from({ length: 30 }, (_, index) => ({ metric: `m${index}`, kind: 'ratio' as const }));
    await store.metricReader.read({ tenant: '', selections, entityIds: ['a', 'b'], step: 'hour', fromMs: minute, toMs: minute + 1 });
    expect(front.seen).toHaveLength(1);
  });

  test('lists that a statement cannot hold are read in several', async () => {
    const store = await openHere();
    const entityIds = Array.from({ length: 10_000 }, (_, index) => `entity-with-a-long-name-${index}`.padEnd(60, "'"));
    const selections = [{ metric: 'm', kind: 'sum' as const }];
    await store.metricReader.read({ tenant: '', selections, entityIds, step: 'hour', fromMs: minute, toMs: minute + 1 });
    expect(front.seen.length).toBeGreaterThan(1);
    expect(Math.max(...front.seen.map((request) => request.sql.length))).toBeLessThan(262_144);
  });
});

describe('a server that fails', () => {
  const passing = [
    { kind: 'error', code: 252, name: 'TOO_MANY_PARTS' },
    { kind: 'error', code: 241, name: 'MEMORY_LIMIT_EXCEEDED' },
    { kind: 'error', code: 202, name: 'TOO_MANY_SIMULTANEOUS_QUERIES' },
    { kind: 'reset' },
    { kind: 'gateway' },
    { kind: 'lost-answer' },
  ] as const;

  test.each(passing)('for a passing reason is asked again, and the batch is stored once: %o', async (fault) => {
    const store = await openHere();
    const metric = `retried_${fault.kind}_${'code' in fault ? fault.code : ''}`;
    front.faults.push(fault, fault);
    await write(store, metric, 7);
    expect(await read(store, metric)).toEqual([7]);
    expect(store.metrics.value('meterlark_storage_clickhouse_retries_total')).toBe(2);
  });

  test('for longer than the tries is reported as retryable, and the batch can come again', async () => {
    const store = await openHere({ retry: { attempts: 2, initialMs: 1, maxMs: 1 } });
    front.faults.push({ kind: 'lost-answer' }, { kind: 'error', code: 159, name: 'TIMEOUT_EXCEEDED' });
    const refusal = { code: 'METERLARK_STORAGE_CLICKHOUSE_OVERLOADED', class: 'retryable', fields: { number: 159 } };
    await expect(write(store, 'later', 3, 1000)).rejects.toMatchObject(refusal);
    await write(store, 'later', 3, 1000);
    expect(await read(store, 'later')).toEqual([3]);
  });

  test('for good is not asked again', async () => {
    const store = await openHere();
    front.faults.push({ kind: 'error', code: 60, name: 'UNKNOWN_TABLE' });
    await expect(read(store, 'x')).rejects.toMatchObject({
      code: 'METERLARK_STORAGE_CLICKHOUSE_REFUSED',
      class: 'permanent',
      fields: { number: 60 },
    });
    expect(store.metrics.value('meterlark_storage_clickhouse_retries_total')).toBe(0);
  });

  test('the health check tells so', async () => {
    const store = await openHere({ retry: { attempts: 1, initialMs: 1, maxMs: 1 } });
    front.faults.push({ kind: 'reset' });
    await expect(store.health.check()).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE', class: 'retryable' });
    await expect(store.health.check()).resolves.toBeUndefined();
  });
});

describe('a server that cannot be used', () => {
  test('a wrong password names the user, not the password', async () => {
    const attempt = openHere({ password: 'wr0ng-secret' });
    await expect(attempt).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_AUTHENTICATION', class: 'permanent', fields: { user: 'tester' } });
    await expect(attempt).rejects.not.toMatchObject({ message: expect.stringContaining('wr0ng-secret') });
  });

  test('nobody listening is retryable and names the address', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    await expect(openHere({ url })).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE', class: 'retryable', fields: { url } });
  });

  test('a server that never answers is given up after the timeout', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const attempt = openHere({ url, requestTimeoutMs: 50, retry: { attempts: 2, initialMs: 1, maxMs: 1 } });
    await expect(attempt).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each(['localhost:8123', 'tcp://host:9000', 'http//x', '::'])('%j is no address', async (url) => {
    await expect(openHere({ url })).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING', fields: { key: 'url' } });
  });

  test('TLS files that are not there are named', async () => {
    const tls = { caFile: 'absent/ca.pem', certFile: '', keyFile: '' };
    const attempt = openHere({ url: 'https://localhost:1', tls });
    await expect(attempt).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING', fields: { key: 'tls.caFile' } });
  });
});

test('after the close nothing is sent any more', async () => {
  const store = await openHere();
  await store.close();
  front.seen.length = 0;
  await expect(store.health.check()).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_CLOSED' });
  expect(front.seen).toEqual([]);
});

