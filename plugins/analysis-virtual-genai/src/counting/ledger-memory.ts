/**
 * Calls that this server, or another on the same store, counted a moment ago: after a restart their senders repeat
 * some, and those are in the ledger already.
 */
import { setTimeout } from 'node:timers/promises';
import { callsModel, minuteMs, type Clock, type Logger, type RecordReader, type RecordRow } from '@meterlark/core';
import type { LedgerCall, RecentCalls } from './recent-calls.js';

const pastMinutes = 15;
/** Clocks of senders are ahead by that much at most. */
const aheadMinutes = 10;
/** More would keep the event loop of a starting server too long. */
const maxRows = 100_000;
/** A store that takes longer holds up no call. */
const patienceMs = 5000;

export interface LedgerMemoryParts {
  readonly reader: RecordReader;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tests give their own. */
  readonly patience?: (signal: AbortSignal) => Promise<unknown>;
}

/** Resolves when they are known, or nobody waits for them any longer; never rejects. What comes late is remembered all the same. */
export async function rememberLedger(recent: RecentCalls, maxSpans: number, parts: LedgerMemoryParts): Promise<void> {
  const { logger, patience = usualPatience } = parts;
  const over = new AbortController();
  const known = readLedger(maxSpans, parts).then(
    (calls) => calls.forEach((call) => recent.remember(call)),
    (error: unknown) => logger.warn('the calls of the last minutes could not be read: those that are sent again are counted again', { error }),
  );
  const late = patience(over.signal).then(
    () => logger.warn('the calls of the last minutes are not read yet: those that are sent again until then are counted again'),
    () => undefined,
  );
  await Promise.race([known, late]);
  over.abort();
}

function usualPatience(signal: AbortSignal): Promise<unknown> {
  return setTimeout(patienceMs, undefined, { signal, ref: false });
}

async function readLedger(maxSpans: number, { reader, clock }: LedgerMemoryParts): Promise<readonly LedgerCall[]> {
  const nowMs = clock.now();
  const rows = await reader.rows({
    model: callsModel,
    tenant: '',
    fromUs: (nowMs - pastMinutes * minuteMs) * 1000,
    toUs: (nowMs + aheadMinutes * minuteMs) * 1000,
    where: [],
    columns: ['trace_id', 'span_id', 'operation', 'model', 'request_model'],
    orderBy: [{ column: 'time', descending: true }],
    // One generation of the memory: what comes meanwhile and after has the other.
    limit: Math.min(maxRows, Math.floor(maxSpans / 2)),
    offset: 0,
  });
  return rows.map(ledgerCall);
}

function ledgerCall(row: RecordRow): LedgerCall {
  const text = (column: string): string => {
    const value = row[column];
    return typeof value === 'string' ? value : '';
  };
  return {
    tenant: '', traceId: text('trace_id'), spanId: text('span_id'), operation: text('operation'), model: text('model'), requestModel: text('request_model'),
  };
}
