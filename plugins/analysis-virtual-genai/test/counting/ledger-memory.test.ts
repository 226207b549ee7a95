import { minuteMs, selectRows, type RecordQuery, type RecordRow } from '@meterlark/core';
import { ManualClock, RecordingLogger } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { rememberLedger } from '../../src/counting/ledger-memory.js';
import { RecentCalls } from '../../src/counting/recent-calls.js';
import { TransportLinks } from '../../src/counting/transport-links.js';
import { call } from '../spans.js';

const nowMs = Date.UTC(2026, 0, 15, 12);
const never = (): Promise<unknown> => new Promise(() => undefined);
const made = (spanId: string, traceId = 't') => ({ ...call({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' }), spanId, traceId });

function row(spanId: string, change: RecordRow = {}): RecordRow {
  return { tenant: '', time: nowMs * 1000, trace_id: 't', span_id: spanId, operation: 'chat', model: 'gpt-4o', request_model: 'gpt-4o', ...change };
}

type Answer = (query: RecordQuery) => Promise<readonly RecordRow[]>;

function scene(rows: Answer, { maxSpans = 1000, patience = never }: { maxSpans?: number; patience?: (signal: AbortSignal) => Promise<unknown> } = {}) {
  const recent = new RecentCalls(maxSpans, new TransportLinks(1000));
  const logger = new RecordingLogger();
  const reader = { rows, groups: async () => [] };
  const remembered = rememberLedger(recent, maxSpans, { reader, clock: new ManualClock(nowMs), logger, patience });
  return { recent, logger, remembered };
}

const over = (...rows: readonly RecordRow[]): Answer => async (query) => selectRows(query, rows);

describe('the calls of the last minutes', () => {
  test('are known again, and so are their inner views', async () => {
    const { recent, logger, remembered } = scene(over(row('a')));
    await remembered;
    expect(logger.lines).toEqual([]);
    expect(recent.judge(made('a'), '', false).verdict).toBe('again');
    expect(recent.judge(made('inner'), 'a', false).verdict).toBe('nested');
    expect(recent.judge(made('b'), '', false).verdict).toBe('count');
    expect(recent.judge(made('a', 'u'), '', false).verdict).toBe('count');
  });

  test('are those of a quarter of an hour, the latest where there are too many', async () => {
    const at = (id: string, minutes: number): RecordRow => row(id, { trace_id: id, time: (nowMs - minutes * minuteMs) * 1000 });
    const { recent, logger, remembered } = scene(over(at('old', 16), at('c', 3), at('a', 1), at('b', 2), at('ahead', -5)), { maxSpans: 6 });
    await remembered;
    const verdicts = ['ahead', 'a', 'b', 'c', 'old'].map((id) => recent.judge(made(id, id), '', false).verdict);
    expect(verdicts).toEqual(['again', 'again', 'again', 'count', 'count']);
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('not all calls') as string, fields: { known: 3 } }]);
  });

  test('change nothing about one that has come meanwhile', async () => {
    const { recent, remembered } = scene(over(row('a', { model: 'other', request_model: 'other' })));
    recent.judge(made('a'), '', false);
    await remembered;
    expect(recent.judge(made('inner'), 'a', false).verdict).toBe('nested');
  });

  test('that cannot be read are told of, and nobody waits', async () => {
    const { logger, remembered } = scene(() => Promise.reject(new Error('away')));
    await remembered;
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { error: new Error('away') } }]);
  });

  test('that take too long are waited for no longer, and remembered when they come', async () => {
    let answer: (rows: readonly RecordRow[]) => void = () => undefined;
    const { recent, logger, remembered } = scene(() => new Promise((resolve) => (answer = resolve)), { patience: async () => undefined });
    await remembered;
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('not read yet') as string }]);
    answer([row('a')]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(recent.judge(made('a'), '', false).verdict).toBe('again');
  });

  test('end the waiting for them', async () => {
    let ended = false;
    const patience = (signal: AbortSignal): Promise<unknown> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended = true;
          reject(new Error('aborted'));
        });
      });
    const { logger, remembered } = scene(over(), { patience });
    await remembered;
    expect([ended, logger.lines]).toEqual([true, []]);
  });
});
