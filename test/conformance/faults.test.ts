/**
 * Issue: what goes wrong is told well. Every row of faults.yml gives its input to the built server, as a user would, and
 * holds the answer to its exit code or status, its error code, the file and key it must name, and its cure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyzerModule, Analyzer, defineProvider, type AnyProvider } from '@meterlark/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startServer, type RunningServer } from '../server/support.js';
import { sendRow, tokens, type PayloadRow } from './fault-payload.js';
import { runRow, type ProcessRow } from './fault-process.js';

interface Table {
  readonly settings: readonly ProcessRow[];
  readonly inventory: readonly ProcessRow[];
  readonly machine: readonly ProcessRow[];
  readonly rules: readonly ProcessRow[];
  readonly payloads: readonly PayloadRow[];
}

const table = parse(readFileSync(new URL('faults.yml', import.meta.url), 'utf8')) as Table;
const base = mkdtempSync(join(tmpdir(), 'meterlark-faults-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

test('the table has the rows the issue asks for, each with a title of its own', () => {
  const least = { settings: 10, rules: 10, payloads: 10, machine: 5, inventory: 5 };
  for (const [section, count] of Object.entries(least)) {
    expect(table[section as keyof Table].length, section).toBeGreaterThanOrEqual(count);
  }
  const titles = Object.values(table).flatMap((rows: readonly { title: string }[]) => rows.map(({ title }) => title));
  expect(new Set(titles).size).toBe(titles.length);
});

describe.each(['settings', 'inventory', 'machine', 'rules'] as const)('%s', (section) => {
  test.concurrent.each(table[section])('$title', async (row) => {
    expect(row.file ?? row.key, 'a row says which file or key is named').toBeDefined();
    const { answer, fill } = await runRow(row, mkdtempSync(join(base, 'row-')));
    expect(answer.codes).toEqual([row.code]);
    expect(answer.exit).toBe(row.exit);
    expect(answer.causes).toContain(row.cause ?? '');
    expect(answer.message).toContain(fill(row.file ?? ''));
    expect(`${answer.message}\n${answer.cure}`).toContain(fill(row.key ?? ''));
    expect(answer.cure).toContain(fill(row.cure));
  });
});

describe('payloads', () => {
  let server: RunningServer;
  let room = true;
  const guard = defineProvider({
    module: AnalyzerModule,
    name: 'guard',
    config: {},
    register: ({ bind }) => {
      const outcome = { rejected: 0, reason: '' };
      bind(Analyzer).toValue({ signals: ['metrics'], hasRoom: () => room, accept: () => outcome });
    },
  }) as unknown as AnyProvider;

  beforeAll(async () => {
    server = await startServer({
      storage: 'memory',
      providers: [guard],
      settings: {
        'server/shared': {
          grpc: { maxMessageBytes: 1_000_000 },
          http: { maxBodyBytes: 1_000_000 },
          receiverToken: tokens.receiver,
          queryToken: tokens.query,
        },
        'receiver/otlp': { maxItemsPerRequest: 500 },
        'pipeline/fan-out': { retryDelayMs: 3_000 },
      },
    });
  });
  afterAll(() => server.stop());

  test.each(table.payloads)('$title', async (row) => {
    room = row.given !== 'no room';
    const answer = await sendRow(row, server);
    expect(answer.text).toContain(row.code ?? '');
    expect(answer.status).toBe(row.status);
    expect(answer.text).toContain(row.key);
    expect(answer.text).toContain(row.cure);
    expect(answer.retryAfter).toBe(row.retryAfter);
  });
});
