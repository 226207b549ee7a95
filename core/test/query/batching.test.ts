import { describe, expect, test } from 'vitest';
import { serviceId } from '../../src/model/entity.js';
import { definition, minute, queryBench, serviceA, show, state, t0, type Bench } from './kit.js';

function filled(count: number, settings = {}): Bench {
  const bench = queryBench(settings);
  for (let index = 0; index < count; index += 1) {
    bench.storage.define(definition(`m${index}`));
    bench.storage.put(`m${index}`, state(index));
  }
  return bench;
}

describe('reads of one turn', () => {
  test('thirty expressions about one entity are one storage query and one look at the definitions', async () => {
    const bench = filled(30);
    const results = await Promise.all(Array.from({ length: 30 }, (_, index) => bench.ask(`avg(m${index}) + m${index}`, { points: 3 })));
    expect(results.map((result) => result.results[0]?.values[0]?.value)).toEqual(Array.from({ length: 30 }, (_, index) => 2 * index));
    expect(bench.storage.reads).toHaveLength(1);
    expect(bench.storage.reads[0]).toMatchObject({ entityIds: [serviceA], step: 'minute', fromMs: t0, toMs: t0 + 3 * minute });
    expect(bench.storage.reads[0]?.selections).toHaveLength(30);
    expect(bench.storage.definitionReads).toBe(1);
    expect(bench.metrics.value('meterlark_query_storage_reads_total')).toBe(1);
    expect(bench.metrics.value('meterlark_query_expressions_total', { result: 'ok' })).toBe(30);
  });

  test('several entities join one query, and each gets only its own values', async () => {
    const bench = filled(1);
    bench.storage.put('m0', state(7), { entityId: serviceId({ name: 'b', normal: false }) });
    const [left, right] = await Promise.all([
      bench.ask('m0 + 1', { points: 1 }),
      bench.ask('m0 + 1', { points: 1, entity: { serviceName: 'b', normal: false } }),
    ]);
    expect([show(left), show(right)]).toEqual(['TIME_SERIES_VALUES 1', 'TIME_SERIES_VALUES 8']);
    expect(bench.storage.reads.map(({ entityIds }) => entityIds.length)).toEqual([2]);
  });

  test('another tenant, step or range is another query; a later turn is too', async () => {
    const bench = filled(2);
    await Promise.all([
      bench.ask('m0'), bench.ask('m1'), bench.ask('m0', { points: 3 }), bench.ask('m0', { tenant: 't' }),
      bench.ask('m0', { duration: { step: 'hour', startMs: t0, endMs: t0 } }),
    ]);
    expect(bench.storage.reads).toHaveLength(4);
    await bench.ask('m0');
    expect(bench.storage.reads).toHaveLength(5);
  });

  test('a small look back joins the batch, a long one has a query of its own', async () => {
    const bench = filled(2);
    await Promise.all([bench.ask('m0', { points: 20 }), bench.ask('increase(m1, 3)', { points: 20 })]);
    expect(bench.storage.reads.map(({ fromMs }) => (t0 - fromMs) / minute)).toEqual([3]);
    await Promise.all([bench.ask('m0', { points: 20 }), bench.ask('rate(m1, 60)', { points: 20 })]);
    expect(bench.storage.reads.slice(1).map(({ fromMs }) => (t0 - fromMs) / minute)).toEqual([0, 60]);
  });

  test('very many entities are read in parts', async () => {
    const bench = filled(1);
    const asked = Array.from({ length: 1001 }, (_, index) => bench.ask('m0', { entity: { serviceName: `s${index}`, normal: true } }));
    await Promise.all(asked);
    expect(bench.storage.reads.map(({ entityIds }) => entityIds.length)).toEqual([500, 500, 1]);
  });

  test('unknown metrics, faults of syntax and seconds read nothing', async () => {
    const bench = filled(1);
    const second = { step: 'second', startMs: t0, endMs: t0 + 2000 } as const;
    expect(show(await bench.ask('nothing + 1'))).toBe('UNKNOWN ! Metric: [nothing] does not exist.');
    expect(show(await bench.ask('m0 +'))).toMatch(/^UNKNOWN ! line 1:4 found the end of the text, expected /);
    expect(show(await bench.ask('m0', { duration: second }))).toBe('TIME_SERIES_VALUES null null null');
    expect((await bench.ask('baseline(m0, value)', { duration: second })).results[0]?.values.map(({ id }) => id)).toEqual(
      ['20240101000000', '20240101000001', '20240101000002']);
    expect(bench.storage.reads).toEqual([]);
    expect(bench.metrics.value('meterlark_query_expressions_total', { result: 'fault' })).toBe(2);
  });

  test('a storage that fails rejects all who waited, and the next turn is tried again', async () => {
    const bench = filled(2);
    await bench.ask('m0');
    bench.storage.fault = new Error('away');
    const settled = await Promise.allSettled([bench.ask('m0'), bench.ask('m1')]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    bench.storage.fault = undefined;
    expect(show(await bench.ask('m1', { points: 1 }))).toBe('TIME_SERIES_VALUES 1');
  });
});

describe('metric definitions', () => {
  test('are read again when ten seconds old, or after two for a name that is not known', async () => {
    const bench = filled(1);
    await bench.ask('m0');
    await bench.ask('new');
    expect(bench.storage.definitionReads).toBe(1);
    bench.storage.define(definition('new'));
    bench.clock.advance(2000);
    await bench.ask('m0');
    expect(bench.storage.definitionReads).toBe(1);
    expect(show(await bench.ask('new', { points: 1 }))).toBe('TIME_SERIES_VALUES null');
    expect(bench.storage.definitionReads).toBe(2);
    bench.storage.define(definition('m0', { factor: 5, kind: 'max' }));
    bench.storage.put('m0', state(3));
    bench.clock.advance(10_000);
    expect(show(await bench.ask('m0', { points: 1 }))).toBe('TIME_SERIES_VALUES 15');
    expect(bench.storage.definitionReads).toBe(3);
  });

  test('stay in force, with a warning, while the storage is away; without any the question fails', async () => {
    const bench = filled(1);
    bench.storage.fault = new Error('away');
    await expect(bench.metadata.metric('m0')).rejects.toThrow('away');
    bench.storage.fault = undefined;
    expect((await bench.metadata.metric('m0'))?.name).toBe('m0');
    bench.storage.fault = new Error('away');
    bench.clock.advance(60_000);
    expect((await bench.metadata.metrics()).map(({ name }) => name)).toEqual(['m0']);
    expect(bench.logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });
});

describe('entities', () => {
  const query = { tenant: '', scope: 'Service', limit: 10 } as const;

  test('are answered from memory for two seconds, per question', async () => {
    const bench = queryBench();
    await Promise.all([bench.metadata.entities(query), bench.metadata.entities({ ...query })]);
    expect(bench.storage.entityReads).toBe(1);
    await bench.metadata.entities({ ...query, tenant: 'other' });
    expect(bench.storage.entityReads).toBe(2);
    bench.clock.advance(2000);
    await bench.metadata.entities(query);
    expect(bench.storage.entityReads).toBe(3);
  });

  test('a failed question is not remembered, and only the last 256 are', async () => {
    const bench = queryBench();
    const entities = bench.storage.entities.bind(bench.storage);
    bench.storage.entities = () => Promise.reject(new Error('away'));
    await expect(bench.metadata.entities(query)).rejects.toThrow('away');
    bench.storage.entities = entities;
    expect(await bench.metadata.entities(query)).toEqual([]);
    for (let index = 0; index < 256; index += 1) await bench.metadata.entities({ ...query, serviceId: String(index) });
    const before = bench.storage.entityReads;
    await bench.metadata.entities({ ...query, serviceId: '255' });
    expect(bench.storage.entityReads).toBe(before);
    await bench.metadata.entities(query);
    expect(bench.storage.entityReads).toBe(before + 1);
  });
});
