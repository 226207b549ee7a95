import { afterEach, describe, expect, test, vi } from 'vitest';
import { statusOf } from '../../src/connection/calls.js';
import { clientOf, type OpenedClient } from './client-of.js';
import { apiVersion, FakeServer, Status, type Script } from './fake-server.js';
import { measure, rowsOf, wholeQuery } from './rows.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function serverOf(script: Script = {}): Promise<FakeServer> {
  const server = await new FakeServer({ unary: { measureQuery: () => ({}) }, ...script }).start();
  undo.push(() => server.stop());
  return server;
}

async function opened(...args: Parameters<typeof clientOf>): Promise<OpenedClient> {
  const client = await clientOf(...args);
  undo.push(() => client.client.close());
  return client;
}

/** An address where nobody listens. */
async function nobody(): Promise<string> {
  const server = await new FakeServer().start();
  server.stop();
  return server.address;
}

const code = (name: string) => `METERLARK_STORAGE_BANYANDB_${name}`;

describe('targets', () => {
  test('opening fails when nobody answers, after waiting as long as a connection may take', async () => {
    const pauses: number[] = [];
    const sleep = async (ms: number) => void pauses.push(ms);
    const opening = clientOf({ targets: [await nobody(), await nobody()], connectTimeoutMs: 2_000 }, { sleep });
    await expect(opening).rejects.toMatchObject({ code: code('UNREACHABLE'), class: 'retryable' });
    expect(pauses).toEqual([100, 200, 400, 800]);
  });

  test('a server that starts late is waited for when opening', async () => {
    const server = await serverOf();
    server.stop();
    const { client } = await opened({ targets: [server.address] }, { sleep: () => server.start().then(() => undefined) });
    await client.queryMeasure(wholeQuery);
  });

  test('one that is away is passed over, and the other is used as long as it works', async () => {
    const server = await serverOf();
    const { client, logger, metrics } = await opened({ targets: [await nobody(), server.address] });
    await client.queryMeasure(wholeQuery);
    await client.queryMeasure(wholeQuery);
    expect(server.count('measureQuery')).toBe(2);
    expect(server.count('apiVersion')).toBe(1);
    expect(metrics.value('meterlark_storage_banyandb_target_changes_total')).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'info', fields: { target: server.address } }]);
  });

  test('the start is by chance', async () => {
    const [first, second] = [await serverOf(), await serverOf()];
    const { client } = await opened({ targets: [first.address, second.address] }, { random: () => 0.7 });
    await client.queryMeasure(wholeQuery);
    expect([first.count('measureQuery'), second.count('measureQuery')]).toEqual([0, 1]);
  });

  test('when the one in use dies, calls go on with another, and the version is asked for there', async () => {
    const [first, second] = [await serverOf(), await serverOf()];
    const { client } = await opened({ targets: [first.address, second.address] });
    await client.queryMeasure(wholeQuery);
    first.stop();
    await client.queryMeasure(wholeQuery);
    await client.writeMeasure(measure, rowsOf(3));
    expect(second.asked).toEqual(['apiVersion', 'measureQuery', 'measureWrite']);
  });

  test('one that was away is used again when the other goes', async () => {
    const [first, second] = [await serverOf(), await serverOf()];
    const { client, clock } = await opened({ targets: [first.address, second.address] });
    first.stop();
    await client.queryMeasure(wholeQuery);
    await first.start();
    second.stop();
    clock.advance(60_000);
    await client.queryMeasure(wholeQuery);
    expect(first.count('measureQuery')).toBe(1);
  });

  test('many calls that one death fails go on together', async () => {
    const first = await serverOf({ unary: { measureQuery: () => new Promise(() => {}) } });
    const second = await serverOf();
    const { client, logger } = await opened({ targets: [first.address, second.address] });
    const asking = Array.from({ length: 8 }, () => client.queryMeasure(wholeQuery));
    await vi.waitFor(() => expect(first.count('measureQuery')).toBe(8));
    first.stop();
    await Promise.all(asking);
    expect([second.count('apiVersion'), second.count('measureQuery')]).toEqual([1, 8]);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  test('rows of a stream that broke off are sent again at another target, all of them: it is not known which the lost one has answered', async () => {
    const first: FakeServer = await serverOf({ stream: () => (first.stop(), new Promise(() => {})) });
    const second = await serverOf();
    const { client } = await opened({ targets: [first.address, second.address] });
    await client.writeMeasure(measure, rowsOf(3));
    expect(second.streams.map(({ length }) => length)).toEqual([3, 3]);
  });

  test('a restarted server of an older version is noticed, and data wait for it to be put right', async () => {
    const server = await serverOf();
    const { client } = await opened({ targets: [server.address], retry: { attempts: 3, initialMs: 0, maxMs: 0 } });
    await client.queryMeasure(wholeQuery);
    server.stop();
    server.script = { unary: { ...server.script.unary, apiVersion: () => apiVersion('0.9') } };
    await server.start();
    await expect(client.queryMeasure(wholeQuery)).rejects.toMatchObject({ code: code('VERSION_CHANGED'), class: 'retryable', fields: { found: '0.9' } });
    await expect(client.writeMeasure(measure, rowsOf(2))).rejects.toMatchObject({ code: code('VERSION_CHANGED'), class: 'retryable' });
    server.script = { unary: { ...server.script.unary, apiVersion: () => apiVersion('0.11') } };
    await client.writeMeasure(measure, rowsOf(2));
    expect(server.streams.map(({ length }) => length)).toEqual([2]);
  });

  test('while one is away, another that cannot be used does not make it an error for ever', async () => {
    const old = await serverOf({ unary: { apiVersion: () => apiVersion('0.9') } });
    const server = await serverOf();
    const { client } = await opened({ targets: [server.address, old.address], retry: { attempts: 2, initialMs: 0, maxMs: 0 } });
    server.stop();
    const error = await client.queryMeasure(wholeQuery).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: code('UNREACHABLE'), class: 'retryable' });
    expect(String(error)).toContain(old.address);
  });
});

describe('the version', () => {
  test.each(['0.10', '0.10.3', '0.11', '0.11-dev', '0.100', 'v0.12.1', '1.0', '2.3'])('%s is accepted', async (version) => {
    const server = await serverOf({ unary: { apiVersion: () => apiVersion(version) } });
    await (await opened({ targets: [server.address] })).client.check();
  });

  test.each(['0.9', '0.9.9', '0.1', '', 'main', '0.x', '-1.0'])('%j is refused', async (version) => {
    const server = await serverOf({ unary: { apiVersion: () => apiVersion(version) } });
    await expect(clientOf({ targets: [server.address] })).rejects.toMatchObject({ code: code('VERSION'), class: 'permanent' });
  });

  test('of the settings is accepted by its exact text', async () => {
    const server = await serverOf({ unary: { apiVersion: () => apiVersion('main') } });
    await (await opened({ targets: [server.address], apiVersions: ['main'] })).client.check();
  });

  test('a server that has no version is too old', async () => {
    const refuse = () => {
      throw new Status(12, 'unknown service');
    };
    const server = await serverOf({ unary: { apiVersion: refuse } });
    await expect(clientOf({ targets: [server.address] })).rejects.toMatchObject({ code: code('VERSION'), fields: { found: 'before 0.8' } });
  });
});

describe('the health', () => {
  test('a server that is not serving is an error that may pass', async () => {
    const server = await serverOf({ unary: { health: () => ({ status: 'NOT_SERVING' }) } });
    const { client } = await opened({ targets: [server.address] });
    await expect(client.check()).rejects.toMatchObject({ code: code('UNREACHABLE'), fields: { reason: 'its health is NOT_SERVING' } });
  });

  test('each check asks the server', async () => {
    const server = await serverOf();
    const { client } = await opened({ targets: [server.address] });
    await client.check();
    await client.check();
    expect(server.count('health')).toBe(2);
    expect(server.count('apiVersion')).toBe(3);
    server.stop();
    await expect(client.check()).rejects.toMatchObject({ code: code('UNREACHABLE') });
  });
});

describe('the user', () => {
  const asked: (readonly unknown[])[] = [];
  const guard = (_: unknown, metadata: { get(key: string): readonly unknown[] }) => {
    asked.push([...metadata.get('username'), ...metadata.get('password')]);
    if (metadata.get('password')[0] !== 'right') throw new Status(16, 'Invalid credentials');
    return apiVersion('0.10');
  };

  test('goes with every call', async () => {
    const server = await serverOf({ unary: { apiVersion: guard, measureQuery: (request, metadata) => (guard(request, metadata), {}) }, stream: (rows, _, metadata) => rows.map(() => (metadata.get('password')[0] === 'right' ? 'STATUS_SUCCEED' : undefined)) });
    const { client } = await opened({ targets: [server.address], user: 'lark', password: 'right' });
    await client.queryMeasure(wholeQuery);
    await client.writeMeasure(measure, rowsOf(1));
    expect(asked).toEqual([['lark', 'right'], ['lark', 'right']]);
  });

  test('that is refused is a permanent error that does not tell the password', async () => {
    const server = await serverOf({ unary: { apiVersion: guard } });
    const error = await clientOf({ targets: [server.address], user: 'lark', password: 'wrong' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: code('AUTHENTICATION'), class: 'permanent', fields: { user: 'lark' } });
    expect(JSON.stringify(error)).not.toContain('wrong');
  });

  test('that is refused later may be taken again: writes and questions are retryable, with or without a new connection', async () => {
    let password = 'right';
    const check = (metadata: { get(key: string): readonly unknown[] }) => {
      if (metadata.get('password')[0] !== password) throw new Status(16, 'Invalid credentials');
    };
    const server = await serverOf({
      unary: { apiVersion: (_, metadata) => (check(metadata), apiVersion('0.10')), measureQuery: (_, metadata) => (check(metadata), {}) },
      stream: (rows, _, metadata) => (metadata.get('password')[0] === password ? rows.map(() => 'STATUS_SUCCEED') : new Status(16, 'Invalid credentials')),
    });
    const { client } = await opened({ targets: [server.address], user: 'lark', password: 'right', retry: { attempts: 2, initialMs: 0, maxMs: 0 } });
    const refused = { code: code('CREDENTIALS_REFUSED'), class: 'retryable', fields: { user: 'lark', reason: 'Invalid credentials' } };
    for (const restart of [() => Promise.resolve(), () => (server.stop(), server.start())]) {
      password = 'rotated';
      await restart();
      await expect(client.queryMeasure(wholeQuery)).rejects.toMatchObject(refused);
      await expect(client.writeMeasure(measure, rowsOf(1))).rejects.toMatchObject(refused);
      password = 'right';
      await client.queryMeasure(wholeQuery);
      await client.writeMeasure(measure, rowsOf(1));
    }
  });

  test('whose password cannot be sent is a bad setting that does not tell it', async () => {
    const error = await clientOf({ user: 'lark', password: 'geh\neim' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: code('BAD_SETTING'), fields: { key: 'password', value: '"***"' } });
  });
});

describe('single calls', () => {
  test('tell the status of the server', async () => {
    const server = await serverOf({
      unary: {
        groupSchemaGet: () => {
          throw new Status(5, 'banyandb: resource not found');
        },
      },
    });
    const { client } = await opened({ targets: [server.address] });
    expect(statusOf(await client.call('groupSchemaGet', { group: 'g' }).catch((error: unknown) => error))).toBe(5);
    expect(statusOf(await client.call('awaitRevisionApplied', { minRevision: 1 }).catch((error: unknown) => error))).toBe(12);
    expect(server.count('groupSchemaGet')).toBe(1);
  });

  test('are tried again while the server has no room or cannot be reached', async () => {
    const failures = [new Status(8, 'server is under memory pressure'), new Status(14, 'no active cluster members')];
    const server = await serverOf({
      unary: {
        groupSchemaExist: () => {
          const failure = failures.shift();
          if (failure !== undefined) throw failure;
          return { hasGroup: true };
        },
      },
    });
    const { client, metrics } = await opened({ targets: [server.address] });
    expect(await client.call('groupSchemaExist', { group: 'g' })).toEqual({ hasGroup: true });
    expect(metrics.value('meterlark_storage_banyandb_calls_total', { method: 'groupSchemaExist', outcome: 'ok' })).toBe(1);
    expect(metrics.value('meterlark_storage_banyandb_calls_total', { method: 'groupSchemaExist', outcome: 'overloaded' })).toBe(1);
  });
});
