import { describe, expect, test } from 'vitest';
import { RecordingMetrics } from '@meterlark/core/testing';
import { toStorageError } from '../src/connection/classify.js';
import type { Connection } from '../src/connection/connection.js';
import { delayMs, withRetries } from '../src/connection/retry.js';
import { storageErrors } from '../src/errors.js';

const policy = { attempts: 4, initialMs: 100, maxMs: 300 };
const passing = storageErrors.METERLARK_STORAGE_CLICKHOUSE_OVERLOADED({ number: 252, reason: 'parts' });

/** Fails with the errors in turn, then answers. */
function failing(errors: Error[]): Connection {
  const run = async (): Promise<never> => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return undefined as never;
  };
  return { command: run, query: run, insert: run, recover: run, close: run };
}

function tried(errors: Error[]) {
  const slept: number[] = [];
  const metrics = new RecordingMetrics();
  const connection = withRetries(failing(errors), policy, {
    sleep: async (ms) => void slept.push(ms),
    random: () => 1,
    retries: metrics.counter('retries'),
  });
  return { connection, slept, count: () => metrics.value('retries') };
}

describe('retries', () => {
  test('wait longer each time, up to the longest wait', async () => {
    const { connection, slept, count } = tried([passing, passing, passing]);
    await connection.query('SELECT 1');
    expect(slept).toEqual([100, 200, 300]);
    expect(count()).toBe(3);
  });

  test('end with the last error after the tries are used up', async () => {
    const { connection, slept } = tried([passing, passing, passing, passing]);
    await expect(connection.insert([])).rejects.toBe(passing);
    expect(slept).toHaveLength(3);
  });

  test.each([
    storageErrors.METERLARK_STORAGE_CLICKHOUSE_REFUSED({ number: 60, reason: 'table' }),
    storageErrors.METERLARK_STORAGE_CLICKHOUSE_BUSY({ waiting: 1 }),
    storageErrors.METERLARK_STORAGE_CLICKHOUSE_CLOSED(),
    new TypeError('a fault of ours'),
  ])('are not made for %s', async (error) => {
    const { connection, slept } = tried([error]);
    await expect(connection.command('x')).rejects.toBe(error);
    expect(slept).toEqual([]);
  });

  test('are spread by chance over half of the wait', () => {
    expect(delayMs(policy, 1, 0)).toBe(50);
    expect(delayMs(policy, 2, 0.5)).toBe(150);
    expect(delayMs(policy, 30, 0)).toBe(150);
  });
});

describe('errors of the drivers', () => {
  const server = { url: 'http://db:8123', user: 'me' };
  const codeOf = (error: unknown): string => toStorageError(error, server).code;

  test('are told apart by number, not by text', () => {
    expect(codeOf(Object.assign(new Error('x'), { clickhouseCode: 252 }))).toBe('METERLARK_STORAGE_CLICKHOUSE_OVERLOADED');
    expect(codeOf(Object.assign(new Error('x'), { code: '241' }))).toBe('METERLARK_STORAGE_CLICKHOUSE_OVERLOADED');
    expect(codeOf(Object.assign(new Error('x'), { code: '62' }))).toBe('METERLARK_STORAGE_CLICKHOUSE_REFUSED');
    expect(codeOf(Object.assign(new Error('x'), { code: '516' }))).toBe('METERLARK_STORAGE_CLICKHOUSE_AUTHENTICATION');
    expect(codeOf(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toBe('METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE');
  });

  test('without a number count as a server that does not answer; our own pass', () => {
    for (const odd of [new Error(''), 'text', undefined, null, 7]) expect(codeOf(odd)).toBe('METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE');
    expect(toStorageError(passing, server)).toBe(passing);
  });

  test('are cut to a readable length and keep their cause', () => {
    const cause = Object.assign(new Error('q'.repeat(10_000)), { code: '62' });
    const error = toStorageError(cause, server);
    expect(error.message.length).toBeLessThan(700);
    expect(error.cause).toBe(cause);
  });
});
