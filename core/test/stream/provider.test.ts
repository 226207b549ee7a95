import { describe, expect, test } from 'vitest';
import { MetadataReader, MetricReader, RecordReader } from '../../src/contract/storage.js';
import { FacetLists, MetricStream, RecordStream, SeenEntities } from '../../src/contract/stream.js';
import { startTestHost } from '../../src/host/test-host.js';
import { facetsModel } from '../../src/model/spans-model.js';
import { bucketStart, hourMs, minuteMs } from '../../src/model/time.js';

const key = { tenant: '', metric: 'm', kind: 'sum', entityId: 'c3Zj.1', labels: '', source: '' } as const;

describe('stream/minutes in a host', () => {
  test('writes what is left to the store when the host stops', async () => {
    const nowMs = Date.UTC(2026, 5, 1, 12);
    const host = await startTestHost({
      clock: { now: () => nowMs },
      settings: { storage: 'memory', 'stream/minutes': { flushIntervalMs: 3_600_000, recordFlushIntervalMs: 3_600_000 } },
      inventory: { 'storage/memory': '@meterlark/storage-memory' },
      importModule: (name) => import(name),
    });
    const stream = host.get(MetricStream);
    const [reader, metadata, records] = [host.get(MetricReader), host.get(MetadataReader), host.get(RecordReader)];
    const fromMs = bucketStart(nowMs, 'minute');
    stream.add(stream.series(key), fromMs / minuteMs, 3);
    const names = { tenant: '', id: 'c3Zj.1', scope: 'Service', name: 'svc', serviceId: 'c3Zj.1', instanceId: '' } as const;
    stream.observe({ ...names, layers: ['GENERAL'], firstSeenMs: nowMs, lastSeenMs: nowMs, properties: {} });
    (await host.get(RecordStream).open(facetsModel)).append(['', nowMs * 1000, 'trace_tag', 'http.method', 'GET', 0]);
    await host.stop();
    const selections = [{ metric: 'm', kind: 'sum' }] as const;
    const rows = await reader.read({ tenant: '', selections, entityIds: ['c3Zj.1'], step: 'hour', fromMs, toMs: fromMs + 3_600_000 });
    expect(rows).toMatchObject([{ state: { a: 3 } }]);
    expect(await metadata.entities({ tenant: '', scope: 'Service', limit: 1 })).toMatchObject([{ name: 'svc' }]);
    const all = { model: facetsModel, tenant: '', fromUs: 0, toUs: nowMs * 2000, where: [], orderBy: [], limit: 10, offset: 0 };
    expect(await records.rows(all)).toEqual([{ tenant: '', time: nowMs * 1000, list: 'trace_tag', key: 'http.method', value: 'GET', revision: 0 }]);
  });

  test('keeps what analyzers see and what they list, from the first moment they may', async () => {
    const nowMs = Date.UTC(2026, 5, 1, 12);
    const host = await startTestHost({
      clock: { now: () => nowMs },
      settings: { storage: 'memory', 'stream/minutes': { seen: { maxServices: 1 }, facets: { maxPerList: 1 } } },
      inventory: { 'storage/memory': '@meterlark/storage-memory' },
      importModule: (name) => import(name),
    });
    const [seen, lists] = [host.get(SeenEntities), host.get(FacetLists)];
    for (const name of ['svc', 'more']) seen.service('', name, 'GENERAL').seen(nowMs / minuteMs);
    for (const value of ['ERROR', 'WARN']) lists.set({ tenant: '', list: 'log_tag', key: 'level' }).see(value, nowMs / hourMs);
    await Promise.all([host.get(MetricStream).flush(), host.get(RecordStream).flush()]);
    const entities = await host.get(MetadataReader).entities({ tenant: '', scope: 'Service', limit: 9 });
    expect(entities.map(({ name }) => name).sort()).toEqual(['_overflow', 'svc']);
    const all = { model: facetsModel, tenant: '', fromUs: 0, toUs: nowMs * 2000, where: [], orderBy: [], limit: 10, offset: 0 };
    expect(await host.get(RecordReader).rows(all)).toMatchObject([{ time: nowMs * 1000, list: 'log_tag', key: 'level', value: 'ERROR' }]);
    await host.stop();
  });
});
