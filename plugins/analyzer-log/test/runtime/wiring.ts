/** The provider wired by hand, with fakes around it. */
import {
  Clock, FacetLists, isMeterlarkError, Logger, MetricStream, ProcessInfo, RecordStream, SampleSink, SeenEntities, SelfMetrics,
  type Binder, type MeterlarkError, type Resolver, type ServiceToken,
} from '@meterlark/core';
import { FakeFacetLists, FakeSeenEntities, ManualClock, RecordingLogger, RecordingMetrics, RecordingRecords } from '@meterlark/core/testing';
import provider from '../../src/index.js';
import { defaults, nowMs, RecordingSamples } from './scene.js';

const minute = Math.floor(nowMs / 60_000);

/** As the host does it. */
export function wire(rules: readonly string[] = [], rootFolder = '') {
  const records = new RecordingRecords();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const samples = new RecordingSamples();
  const config = { ...defaults, rules };
  const made = new Map<symbol, unknown>([
    [MetricStream.key, { hasRoom: () => true, acceptedMinutes: () => ({ first: minute - 1440, last: minute + 10 }) }],
    [RecordStream.key, records], [SeenEntities.key, new FakeSeenEntities()], [FacetLists.key, new FakeFacetLists()],
    [Logger.key, logger], [Clock.key, new ManualClock(nowMs)], [SelfMetrics.key, metrics],
    [ProcessInfo.key, { version: '0', startedAtMs: nowMs, rootFolder }],
  ]);
  const factories = new Map<symbol, (resolver: Resolver) => unknown>();
  const all = <T>(token: ServiceToken<T>): readonly T[] => (token.key === SampleSink.key ? [samples as T] : []);
  const get = <T>(token: ServiceToken<T>): T => {
    if (!made.has(token.key)) made.set(token.key, factories.get(token.key)?.({ get, all }));
    return made.get(token.key) as T;
  };
  const bind = <T>(token: ServiceToken<T>): Binder<T> => ({
    toValue: (value) => void made.set(token.key, value),
    toClass: () => { throw new TypeError('not used'); },
    toFactory: (make) => void factories.set(token.key, make),
  });
  const context = { get, all, config, logger };
  provider.register?.({ bind, config, logger });
  return {
    get, records, logger, metrics, samples,
    start: async () => { await provider.start?.(context); },
    check: async () => (await provider.check?.(context)) ?? [],
    rows: () => records.rows('logs'),
    tops: () => records.rows('top_records'),
    dropped: (reason: string) => metrics.value('meterlark_log_dropped_total', { reason }),
  };
}

export async function faultsOf(work: Promise<unknown>): Promise<readonly MeterlarkError[]> {
  const error: unknown = await work.then(() => undefined, (cause: unknown) => cause);
  if (!isMeterlarkError(error)) throw new TypeError('no coded error');
  return [error, ...(error.cause instanceof AggregateError ? (error.cause.errors as MeterlarkError[]) : [])];
}
