/**
 * A million lines of gateways' access logs at rest in the embedded store: bytes on disk, what an insert costs, and how long
 * a page of the newest twenty takes by keyword, tag and trace. By the adapter itself, without the server around it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hourMs, logSequences, logsModel, type RecordCondition, type RecordReader, type RecordRow } from '@meterlark/core';
import { recordRows } from '../../core/src/testing/record-rows.js';
import { StoredTables } from '../../storage-adapters/clickhouse/test/bench/stored-tables.js';
import { openTestlessStore } from '../../storage-adapters/clickhouse/test/plain-store.js';
import type { ClickHouseStore } from '../../storage-adapters/clickhouse/src/store.js';
import { figureOf, type Figure } from './figure.js';
import { accessLines, defaultLogPayload, logResource, type AccessLine } from './log-payload.js';

const lines = 1_000_000;
const filledHours = 23;
const rowsPerBatch = 20_000;
/** As many as a p95 needs, spread over the kinds of a question. */
const questionsOfKind = 40;

/** What questions ask for: values that some lines hold. */
interface Known {
  readonly traces: string[];
  readonly requests: string[];
  readonly sessions: string[];
  /** Parts of bodies that few others have. */
  readonly parts: string[];
}

export async function benchStoreLogs(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  const startMs = Date.now() - filledHours * hourMs;
  const known: Known = { traces: [], requests: [], sessions: [], parts: [] };
  try {
    const inserted = await withStore(folder, (store) => fill(store, startMs, known));
    const size = await sizeOf(folder);
    const asked = await withStore(folder, (store) => search(store.recordReader, startMs, known));
    return [inserted, size, ...asked];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function withStore<T>(folder: string, use: (store: ClickHouseStore) => Promise<T>): Promise<T> {
  const store = await openTestlessStore(folder);
  try {
    await store.installRecords([logsModel]);
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Processor time of the store's part, encoding, engine and the merges meanwhile included; columns are made before it counts. */
async function fill(store: ClickHouseStore, startMs: number, known: Known): Promise<Figure> {
  const costs: number[] = [];
  let batch: RecordRow[] = [];
  let written = 0;
  for (const line of accessLines({ ...defaultLogPayload, lines, startMs, intervalMs: (filledHours * hourMs) / lines })) {
    batch.push({ ...logRow(line), sequence: (written + batch.length) % logSequences });
    if (written + batch.length < lines && batch.length < rowsPerBatch) continue;
    remember(line, known);
    const rows = recordRows(logsModel, batch);
    const before = process.cpuUsage();
    await store.recordWriter.write({ writer: 'bench', sequence: written + 1, rows: [rows] });
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / batch.length);
    written += batch.length;
    batch = [];
  }
  return figureOf({ name: 'logs_insert_cpu_each', unit: 'us/line', values: [mean(costs)], digits: 1 });
}

export function logRow(line: AccessLine): RecordRow {
  const resource = logResource(line);
  return {
    tenant: '',
    time: line.timeUs,
    service: resource['service.name'],
    instance: resource['service.instance.id'],
    layer: resource['service.layer'],
    trace_id: line.traceId,
    span_id: line.spanId,
    content_type: 'text',
    body: line.body,
    tags: { ...line.attributes, ai_route_type: 'llm', level: line.attributes['response_code'] === '200' ? 'INFO' : 'WARN' },
    resource: JSON.stringify(resource),
  };
}

function remember({ traceId, body, attributes }: AccessLine, known: Known): void {
  if (traceId !== '') known.traces.push(traceId);
  known.parts.push(body.slice(body.indexOf('put_token=') + 4));
  known.requests.push(attributes['x-request-id']!);
  known.sessions.push(attributes['session.id']!);
}

async function sizeOf(folder: string): Promise<Figure> {
  const tables = new StoredTables(folder);
  try {
    const { rows, bytes } = await tables.size(logsModel.name);
    if (rows !== lines) throw new Error(`${rows} lines are stored`);
    return figureOf({ name: 'bytes_stored_access_log_line', unit: 'bytes', values: [bytes / rows], digits: 1 });
  } finally {
    tables.close();
  }
}

interface Kind {
  readonly name: string;
  /** The n-th question; other texts every time where that is possible. */
  readonly where: (number: number) => readonly RecordCondition[];
  /** Whether it finds something. */
  readonly finds: boolean;
}

const keyword = (value: string): RecordCondition => ({ column: 'body', is: 'contains', value });
const without = (value: string): RecordCondition => ({ column: 'body', is: 'notContains', value });
const tag = (key: string, value: string): RecordCondition => ({ column: 'tags', key, is: 'in', values: [value] });
const gateway = (number: number): RecordCondition => ({ column: 'service', is: 'in', values: [`ai-gateway-${number % defaultLogPayload.gateways}`] });
const names = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-0', 'gemini-2.5-flash'];

function kindsOf({ traces, requests, sessions, parts }: Known): readonly Kind[] {
  const one = (values: readonly string[], number: number): string => values[number % values.length]!;
  return [
    { name: 'keyword_rare', finds: true, where: (number) => [keyword(one(parts, number))] },
    { name: 'keyword_absent', finds: false, where: (number) => [keyword(`connection refused ${number}`)] },
    { name: 'keyword_frequent', finds: true, where: (number) => [keyword(one(['chat/completions', 'embeddings', 'model=gpt'], number))] },
    { name: 'keyword_of_service', finds: true, where: (number) => [gateway(number), keyword(one(names, number))] },
    { name: 'keyword_and_tag', finds: true, where: (number) => [keyword(one(names, number)), tag('response_code', one(['404', '429', '503'], number))] },
    { name: 'keyword_excluded', finds: true, where: (number) => [without(' 200 '), ...(number % 2 === 0 ? [] : [gateway(number)])] },
    { name: 'tag_code', finds: true, where: (number) => [tag('response_code', one(['404', '429', '503'], number))] },
    { name: 'tag_model', finds: true, where: (number) => [tag('gen_ai.request.model', one(names, number))] },
    { name: 'tag_request_id', finds: true, where: (number) => [tag('x-request-id', one(requests, number))] },
    { name: 'tag_session', finds: true, where: (number) => [tag('session.id', one(sessions, number))] },
    { name: 'log_by_trace', finds: true, where: (number) => [{ column: 'trace_id', is: 'in', values: [one(traces, number)] }] },
    { name: 'newest', finds: true, where: (number) => (number % 2 === 0 ? [] : [gateway(number)]) },
  ];
}

/** Whole lines, newest first, over all that is stored. */
async function search(reader: RecordReader, startMs: number, known: Known): Promise<Figure[]> {
  const range = { model: logsModel, tenant: '', fromUs: startMs * 1000, toUs: (startMs + 24 * hourMs) * 1000 };
  const page = { orderBy: [{ column: 'time', descending: true }], limit: 20, offset: 0 };
  const figures: Figure[] = [];
  for (const { name, where, finds } of kindsOf(known)) {
    const values: number[] = [];
    // The first two warm up.
    for (let number = -2; number < questionsOfKind; number += 1) {
      const begun = performance.now();
      const found = await reader.rows({ ...range, ...page, where: where(Math.abs(number)) });
      if (number >= 0) values.push(performance.now() - begun);
      if ((found.length > 0) !== finds) throw new Error(`${name} found ${found.length} lines`);
    }
    figures.push({ ...figureOf({ name: `logs_${name}_p95`, unit: 'ms', values: [p95(values)], digits: 1 }), runs: questionsOfKind });
  }
  return figures;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function p95(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(0.95 * values.length)]!;
}
