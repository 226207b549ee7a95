/** Rows of spans to columns, up to the batch in the store's hands, against one JSON text per row, rounds interleaved. */
import { randomBytes } from 'node:crypto';
import { type Logger, type RecordAppender, type RecordValue, spansModel } from '@meterlark/core';
import { BatchedRecords } from '../../core/src/stream/record-stream.js';
import { streamSchema, type StreamSettings } from '../../core/src/stream/stream-settings.js';
import { figureOf, type Figure } from './figure.js';

const rowCount = 20_000;
const distinctRows = 500;
const nothing = (): void => undefined;
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger };
const attributes = ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model', 'gen_ai.response.model', 'gen_ai.response.id'];
const textKeys = [...attributes, 'server.address', 'http.route', 'user.id', 'session.id', 'gen_ai.response.finish_reasons'];
const numberKeys = ['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens', 'gen_ai.request.temperature'];

export async function benchRecords(runs = 9): Promise<Figure[]> {
  // Few enough to lie in the processor's cache, as rows do that were just decoded.
  const rows = Array.from({ length: distinctRows }, (_, index) => makeRow(index));
  const stream = makeStream();
  const appender = await stream.open(spansModel);
  const [values, baselines, longest]: [number[], number[], number[]] = [[], [], []];
  await append(stream, appender, rows);
  for (let run = 0; run < runs; run += 1) {
    const { nanoseconds, flushMs } = await append(stream, appender, rows);
    values.push(nanoseconds / rowCount);
    longest.push(flushMs);
    baselines.push(asJson(rows) / rowCount);
  }
  return [
    figureOf({ name: 'record_append', unit: 'ns/row', values, baselines }),
    figureOf({ name: 'record_batch_of_20000_rows', unit: 'ms', values: longest, digits: 3 }),
  ];
}

async function append(stream: BatchedRecords, appender: RecordAppender, rows: readonly (readonly RecordValue[])[]) {
  const start = performance.now();
  for (let index = 0; index < rowCount; index += 1) appender.append(rows[index % distinctRows]!);
  const appended = performance.now();
  await stream.flush();
  return { nanoseconds: (appended - start) * 1e6, flushMs: performance.now() - appended };
}

function asJson(rows: readonly (readonly RecordValue[])[]): number {
  const start = performance.now();
  let bytes = 0;
  for (let index = 0; index < rowCount; index += 1) bytes += JSON.stringify(rows[index % distinctRows]).length;
  if (bytes === 0) throw new Error('no rows');
  return (performance.now() - start) * 1e6;
}

/** A store that takes everything and keeps nothing. */
function makeStream(): BatchedRecords {
  const defaults = Object.fromEntries(Object.entries(streamSchema).map(([key, setting]) => [key, (setting as { default: number }).default]));
  const services = {
    installer: { install: async () => undefined },
    recordWriter: { write: async () => undefined },
    clock: { now: () => Date.now() },
    timers: { after: () => nothing },
    logger,
    selfMetrics: { counter: () => ({ add: nothing }), gauge: () => ({ set: nothing }), observe: nothing },
  };
  // Nothing is sealed but by the flush.
  const settings = { ...(defaults as unknown as StreamSettings), recordFlushRows: rowCount + 1, recordFlushBytes: 2 ** 31 };
  return new BatchedRecords(services, settings, 'bench');
}

function makeRow(index: number): RecordValue[] {
  const cells = spanCells(index);
  return spansModel.columns.map(({ name }) => cells[name] ?? '');
}

/** Ids are new texts, names are few, as after decoding. */
export function spanCells(index: number): Readonly<Record<string, RecordValue>> {
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
  const texts = ['chat', 'openai', 'gpt-4o', 'gpt-4o-2024-08-06', `chatcmpl-${hex(14)}`, 'api.openai.com', '/v1/chat/completions', `user-${index % 500}`];
  return {
    tenant: '',
    time: 1_790_000_000_000_000 + index * 37,
    trace_id: hex(16),
    span_id: hex(8),
    parent_span_id: hex(8),
    service: `service-${index % 20}`,
    instance: `service-${index % 20}-pod-${index % 60}`,
    layer: 'GENERAL',
    name: `chat gpt-4o ${index % 7}`,
    kind: 'client',
    entry: index % 3 === 0,
    duration_ns: 1_000_000 + index * 977,
    status: 'ok',
    peer: 'api.openai.com',
    protocol: 'otlp',
    scope: 'bench',
    scope_version: '1.0.0',
    resource: `{"service.name":"service-${index % 20}","deployment.environment":"production","telemetry.sdk.language":"nodejs"}`,
    attributes: { keys: textKeys, values: [...texts, hex(12), 'stop'] },
    numbers: { keys: numberKeys, values: [index % 4000, index % 700, 0.7] },
  };
}
