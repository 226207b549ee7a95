/**
 * Calls that this server, or another on the same store, counted a moment ago: after a restart their senders repeat
 * some, and those are in the ledger already.
 */
import { setTimeout } from 'node:timers/promises';
import {
  callsModel, minuteMs,
  type CallEnd, type CallStatus, type CallView, type Clock, type Logger, type ModelCall, type RecordReader, type RecordRow,
} from '@meterlark/core';

const pastMinutes = 15;
/** Clocks of senders are ahead by that much at most. */
const aheadMinutes = 10;
/** More would keep the event loop of a starting server too long. */
const maxRows = 100_000;
/** A store that takes longer holds up no call. */
const patienceMs = 5000;

const columns = [
  'time', 'id', 'trace_id', 'span_id', 'request_id', 'dialect', 'service', 'instance', 'gateway', 'operation', 'model', 'request_model', 'response_model', 'status',
  'end_state', 'duration_ms', 'input_tokens', 'output_tokens',
  'cache_read_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens', 'reasoning_tokens',
];

/** A call as the ledger tells it. */
export type LedgerCall = CallView & Pick<ModelCall, 'tenant' | 'id' | 'spanId' | 'dialect' | 'instance' | 'responseModel' | 'end'>;

/** What remembers counted calls. */
export interface CallMemory {
  remember(call: LedgerCall): void;
}

export interface LedgerMemoryParts {
  readonly reader: RecordReader;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tests give their own. */
  readonly patience?: (signal: AbortSignal) => Promise<unknown>;
}

/** Resolves when they are known, or nobody waits for them any longer; never rejects. What comes late is remembered all the same. */
export async function rememberLedger(memory: CallMemory, maxSpans: number, parts: LedgerMemoryParts): Promise<void> {
  const { logger, patience = usualPatience } = parts;
  const over = new AbortController();
  const known = readLedger(maxSpans, parts).then(
    (calls) => {
      calls.forEach((call) => memory.remember(call));
      if (calls.length >= rowLimit(maxSpans)) logger.warn('not all calls of the last minutes are known: of those before, what is sent again is counted again', { known: calls.length });
    },
    (error: unknown) => logger.warn('the calls of the last minutes could not be read: those that are sent again are counted again', { error }),
  );
  const late = patience(over.signal).then(
    () => logger.warn('the calls of the last minutes are not read yet: those that are sent again until then are counted again'),
    () => undefined,
  );
  await Promise.race([known, late]);
  over.abort();
}

/** One generation of the memory: what comes meanwhile and after has the other. */
function rowLimit(maxSpans: number): number {
  return Math.min(maxRows, Math.floor(maxSpans / 2));
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
    columns,
    orderBy: [{ column: 'time', descending: true }],
    limit: rowLimit(maxSpans),
    offset: 0,
  });
  return rows.map(ledgerCall);
}

function ledgerCall(row: RecordRow): LedgerCall {
  const text = (column: string): string => {
    const value = row[column];
    return typeof value === 'string' ? value : '';
  };
  const number = (column: string): number | undefined => {
    const value = row[column];
    return typeof value === 'number' ? value : undefined;
  };
  return {
    tenant: '', id: text('id'), traceId: text('trace_id'), spanId: text('span_id'), requestId: text('request_id'), dialect: text('dialect'),
    service: text('service'), instance: text('instance'), gateway: text('gateway'), operation: text('operation'),
    model: text('model'), requestModel: text('request_model'), responseModel: text('response_model'),
    status: text('status') as CallStatus, end: text('end_state') as CallEnd, startUs: number('time') ?? 0, durationMs: number('duration_ms') ?? 0,
    usage: {
      input: number('input_tokens'), output: number('output_tokens'), reasoning: number('reasoning_tokens'), cacheRead: number('cache_read_tokens'),
      cacheWrite5m: number('cache_write_5m_tokens'), cacheWrite1h: number('cache_write_1h_tokens'),
    },
  };
}
