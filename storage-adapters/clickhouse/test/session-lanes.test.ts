import { expect, test } from 'vitest';
import { SessionLanes, type EngineSession } from '../src/connection/session-lanes.js';

/** A session whose statements end when the test says so. */
class HeldSession implements EngineSession {
  readonly running: { readonly sql: string; readonly end: (error?: Error) => void }[] = [];
  mostAtOnce = 0;
  closed = false;

  queryAsync(sql: string): Promise<{ bytes(): Uint8Array }> {
    return new Promise((resolve, reject) => {
      const end = (error?: Error): void => {
        this.running.splice(this.running.indexOf(job), 1);
        if (error === undefined) resolve({ bytes: () => Buffer.from(sql) });
        else reject(error);
      };
      const job = { sql, end };
      this.running.push(job);
      this.mostAtOnce = Math.max(this.mostAtOnce, this.running.length);
    });
  }

  close(): void {
    this.closed = true;
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('a session serves one statement at a time, in the order they came', async () => {
  const session = new HeldSession();
  const lanes = new SessionLanes([session], 10);
  const answers = ['a', 'b', 'c'].map((sql) => lanes.run(sql));
  for (const sql of ['a', 'b', 'c']) {
    expect(session.running.map((job) => job.sql)).toEqual([sql]);
    session.running[0]?.end();
    expect(textOf(await answers.shift()!)).toBe(sql);
  }
  expect(session.mostAtOnce).toBe(1);
});

test('as many statements run as there are sessions', () => {
  const sessions = [new HeldSession(), new HeldSession()];
  const lanes = new SessionLanes(sessions, 10);
  void ['a', 'b', 'c'].map((sql) => lanes.run(sql));
  expect(sessions.map((session) => session.running.length)).toEqual([1, 1]);
});

test('a full queue refuses as retryable and takes statements again when one has ended', async () => {
  const session = new HeldSession();
  const lanes = new SessionLanes([session], 1);
  const first = lanes.run('a');
  const second = lanes.run('b');
  await expect(lanes.run('c')).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_BUSY', class: 'retryable', fields: { waiting: 1 } });
  session.running[0]?.end();
  await first;
  const third = lanes.run('d');
  session.running[0]?.end();
  await second;
  session.running[0]?.end();
  expect(textOf(await third)).toBe('d');
});

test('a failed statement frees its session', async () => {
  const session = new HeldSession();
  const lanes = new SessionLanes([session], 10);
  const failing = lanes.run('a');
  const next = lanes.run('b');
  session.running[0]?.end(new Error('engine says no'));
  await expect(failing).rejects.toThrow('engine says no');
  session.running[0]?.end();
  expect(textOf(await next)).toBe('b');
});

test('closing waits for running and waiting statements, refuses new ones, then closes the sessions', async () => {
  const session = new HeldSession();
  const lanes = new SessionLanes([session], 10);
  const answers = [lanes.run('a'), lanes.run('b')];
  const closing = lanes.close();
  await expect(lanes.run('c')).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_CLOSED' });
  session.running[0]?.end();
  await answers[0];
  expect(session.closed).toBe(false);
  session.running[0]?.end();
  await closing;
  expect(textOf(await answers[1]!)).toBe('b');
  expect(session.closed).toBe(true);
});
