/** analysis/virtual-genai on fakes of its services. */
import { fileURLToPath } from 'node:url';
import {
  Clock, MetricStream, ProcessInfo, RecordReader, RecordStream, SelfMetrics, SourceRules, SourceSink, SpanListeners,
  type EntityRecord, type Log, type LogListener, type LogOrigin, type RecordQuery, type RecordRow, type ServiceToken, type Span, type SpanListener,
  type SpanOrigin, type Stop,
} from '@meterlark/core';
import { ManualClock, RecordingLogger, RecordingMetrics, RecordingRecords, RecordingSources } from '@meterlark/core/testing';
import provider from '../src/index.js';
import { BookShelf, Shelf } from '../src/pricing/book-shelf.js';
import { settings, type VirtualGenAiSettings } from '../src/settings.js';
import { logOrigin } from './logs/logs.js';
import { origin, startUs } from './spans.js';

function defaultsOf(schema: object): unknown {
  if (Object.hasOwn(schema, 'format')) return (schema as { readonly default: unknown }).default;
  return Object.fromEntries(Object.entries(schema).map(([key, one]) => [key, defaultsOf(one as object)]));
}
const rootFolder = fileURLToPath(new URL('../../..', import.meta.url));
const defaults = defaultsOf(settings) as VirtualGenAiSettings;

type Stored = (query: RecordQuery) => Promise<readonly RecordRow[]>;

/** The provider, started on fakes; without `logs` no logs are analysed. */
export async function started(change: Partial<VirtualGenAiSettings> = {}, stored: Stored = async () => [], { logs = false } = {}) {
  const records = new RecordingRecords();
  const sources = new RecordingSources();
  const metrics = new RecordingMetrics();
  const entities: EntityRecord[] = [];
  const loaded: unknown[] = [];
  const listeners: SpanListener[] = [];
  const logListeners: LogListener[] = [];
  const clock = new ManualClock(startUs / 1000);
  let room = true;
  let settle: (everything: boolean) => void = () => undefined;
  const services = new Map<string, unknown>([
    [RecordStream.key.toString(), records], [SourceSink.key.toString(), sources], [SelfMetrics.key.toString(), metrics],
    [Shelf.key.toString(), new BookShelf({ ...defaults, ...change }.pricing, rootFolder)],
    [Clock.key.toString(), clock], [RecordReader.key.toString(), { rows: stored }],
    [ProcessInfo.key.toString(), { version: '', startedAtMs: 0, rootFolder }],
    [
      MetricStream.key.toString(),
      {
        observe: (record: EntityRecord) => entities.push(record), hasRoom: () => room,
        acceptedMinutes: () => ({ first: Math.floor(clock.now() / 60_000) - 1440, last: Math.floor(clock.now() / 60_000) + 10 }),
        beforeFlush: (call: (everything: boolean) => void) => void (settle = call),
      },
    ],
    [SourceRules.key.toString(), { load: async (paths: unknown, layer: string) => void loaded.push([paths, layer]) }],
    [SpanListeners.key.toString(), { add: (listener: SpanListener) => void listeners.push(listener) }],
  ]);
  const get = <T>(token: ServiceToken<T>): T => {
    const service = services.get(token.key.toString());
    if (service === undefined) throw new TypeError(`${token.name} is not there`);
    return service as T;
  };
  const stop = (await provider.start?.({ get, all: <T>() => (logs ? [{ add: (listener: LogListener) => void logListeners.push(listener) } as T] : []), config: { ...defaults, ...change }, logger: new RecordingLogger() })) as Stop;
  const listen = (one: Span, from: SpanOrigin = origin()): Span => listeners[0]!.listen(one, from);
  const tell = (one: Log, from: LogOrigin = logOrigin()): void => logListeners[0]!.listen(one, from);
  return {
    records, sources, metrics, entities, loaded, listeners, logListeners, listen, tell, clock, stop, settle: () => settle(true), flush: () => settle(false),
    fill: () => void (room = false),
  };
}
