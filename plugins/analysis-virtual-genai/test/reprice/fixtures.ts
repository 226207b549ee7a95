import {
  callOf, callRow, callsModel,
  type MetricWriteBatch, type MetricWriter, type ModelCall, type RecordQuery, type RecordReader, type RecordRow, type RecordStream, type SeriesKey, type SourceSink,
} from '@meterlark/core';
import type { FilePriceBook } from '../../src/pricing/file-price-book.js';
import type { CallEmitter, RepricerServices } from '../../src/reprice/repricer.js';
import { acme, tokens } from '../pricing/books.js';

export const dayStart = Date.parse('2026-03-01T00:00:00Z');

export function call(id: string, some: Partial<ModelCall> = {}): ModelCall {
  return {
    tenant: '', id, traceId: `t${id}`, spanId: `s${id}`, requestId: '', startUs: dayStart * 1000, durationMs: 12.5, protocol: 'otlp', dialect: 'semconv',
    service: 'shop', instance: '', user: '', session: '', team: '', dimensions: { project: 'x' }, gateway: '', route: '', provider: 'acme', model: 'm',
    requestModel: 'm', responseModel: 'm', operation: 'chat', streaming: true, finishReason: 'stop', status: 'ok', errorType: '', end: 'complete',
    usage: tokens({ input: 100, cacheRead: 40, output: 10 }), timeToFirstTokenMs: 3, timePerOutputTokenMs: undefined, serviceTier: '', serverAddress: '',
    cost: unknownCost, revision: 0, ...some,
  };
}

export const unknownCost: ModelCall['cost'] = {
  source: 'unknown', total: undefined, input: undefined, cacheRead: undefined, cacheWrite: undefined, output: undefined,
  reasoning: undefined, audio: undefined, priceVersion: '', tier: '',
};

/** Calls with the cost they have by a book. */
export function priced(calls: readonly ModelCall[], book: FilePriceBook): ModelCall[] {
  return calls.map((one) => ({ ...one, cost: book.price({ ...one, timeMs: one.startUs / 1000, reportedUsd: undefined }) }));
}

export const oldBook = (): FilePriceBook => acme('  m: { input: 1, cacheRead: 0.1, output: 10 }\n  same: { input: 5, cacheRead: 5, output: 5 }\n');
export const newBook = (): FilePriceBook =>
  acme('  m: { input: 2, cacheRead: 0.2, output: 20 }\n  same: { input: 5, cacheRead: 5, output: 5 }\n  late: { input: 3, cacheRead: 3, output: 3 }\n');

/** Records and metrics as a store keeps them. */
export class FakeStore {
  readonly rows = new Map<string, RecordRow>();
  readonly queries: RecordQuery[] = [];
  readonly batches: MetricWriteBatch[] = [];
  /** Sum of all increments, each batch once. */
  readonly sums = new Map<string, number>();
  /** The next flush of records fails: the process is killed between the two writes. */
  failing = false;
  flushes: string[] = [];
  private readonly seen = new Set<string>();

  constructor(calls: readonly ModelCall[]) {
    for (const one of calls) this.store(one);
  }

  call(id: string): ModelCall {
    return callOf(this.rows.get(id) ?? {});
  }

  store(one: ModelCall): void {
    const names = callsModel.columns.map(({ name }) => name);
    const values = callRow(one);
    this.rows.set(one.id, Object.fromEntries(names.map((name, place) => [name, name === 'dimensions' ? one.dimensions : values[place]])) as RecordRow);
  }

  readonly reader: RecordReader = {
    rows: async (query) => {
      this.queries.push(query);
      const within = [...this.rows.values()].filter((row) => Number(row['time']) >= query.fromUs && Number(row['time']) < query.toUs);
      const sorted = within.sort((a, b) => Number(a['time']) - Number(b['time']) || (idOf(a) < idOf(b) ? -1 : 1));
      return sorted.slice(query.offset, query.offset + query.limit);
    },
    groups: async () => [],
  };

  readonly writer: MetricWriter = {
    write: async (batch) => {
      this.batches.push(batch);
      if (this.seen.has(`${batch.writer}-${batch.sequence}`)) return;
      this.seen.add(`${batch.writer}-${batch.sequence}`);
      for (const { kind, keys, a, b, minutes } of batch.rows) {
        keys.forEach((key, index) => {
          const name = `${key.metric} ${key.entityId} ${(minutes[index] ?? 0) - dayStart} ${kind}`;
          this.sums.set(`${name} a`, (this.sums.get(`${name} a`) ?? 0) + (a[index] ?? 0));
          if (kind === 'ratio') this.sums.set(`${name} b`, (this.sums.get(`${name} b`) ?? 0) + (b[index] ?? 0));
        });
      }
    },
  };

  /** Rows reach the store when flushed. */
  readonly records: RecordStream = {
    open: async () => ({ append: (row) => void this.pending.push(callOf(asRow(row))) }),
    hasRoom: () => true,
    flush: async () => {
      this.flushes.push('records');
      if (this.failing && this.pending.length > 0) throw new Error('killed');
      for (const one of this.pending.splice(0)) if (one.revision >= this.call(one.id).revision) this.store(one);
    },
  };
  readonly pending: ModelCall[] = [];

  services(): RepricerServices {
    const { reader, writer, records } = this;
    return { reader, writer, records, stream: { flush: async () => void this.flushes.push('metrics') }, sink: ruleSink(), emitterOn };
  }
}

function idOf({ id }: RecordRow): string {
  return typeof id === 'string' ? id : '';
}

function asRow(values: readonly unknown[]): RecordRow {
  const named = callsModel.columns.map(({ name }, place) => [name, values[place]] as const);
  return Object.fromEntries(named.map(([name, value]) => [name, isMap(value) ? Object.fromEntries(value.keys.map((key, place) => [key, value.values[place]])) : value])) as RecordRow;
}

function isMap(value: unknown): value is { keys: readonly string[]; values: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'keys' in value;
}

/** Rules as in config/rules/source/virtual-genai: a sum of cost, its average, the calls, those without a price. */
function ruleSink(): SourceSink {
  return {
    open: (source, columns) => refuse(source, columns),
    onto: (stream) => ({
      onto: () => ruleSink(),
      open: () => ({
        emit: (entity, timeMs, [cost, latency, isPriced], weight = 1) => {
          const minute = Math.floor(timeMs / 60_000);
          const key = (metric: string, kind: SeriesKey['kind']): SeriesKey => ({ tenant: '', metric, kind, entityId: entity.id, labels: '', source: '' });
          stream.add(stream.series(key('calls', 'sum')), minute, weight);
          stream.add(stream.buckets(key('latency', 'histogram'), [10])[0] ?? 0, minute, weight);
          stream.addPair(stream.series(key('latency_avg', 'ratio')), minute, Number(latency) * weight, weight);
          if (isPriced === false) stream.add(stream.series(key('unpriced', 'sum')), minute, weight);
          if (cost === undefined) return;
          stream.add(stream.series(key('cost', 'sum')), minute, Number(cost) * weight);
          stream.addPair(stream.series(key('cost_avg', 'ratio')), minute, Number(cost) * weight, weight);
        },
      }),
    }),
  };
}


function emitterOn(sink: SourceSink): CallEmitter {
  const emitter = sink.open('GenAIModelAccess', ['totalEstimatedCost', 'latency', 'priced']);
  return {
    emit: ({ cost, durationMs, startUs, model }, weight) =>
      emitter.emit({ tenant: '', id: model }, startUs / 1000, [cost.total, durationMs, cost.source !== 'unknown'], weight),
  };
}


function refuse(source: string, columns: readonly string[]): never {
  throw new Error(`${source} (${columns.length} columns) was opened on the stream of all: corrections go onto one of their own`);
}
