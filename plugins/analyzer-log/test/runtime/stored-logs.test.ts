import { describe, expect, it } from 'vitest';
import { batchOf, logOf, nowUs, resourceOf, ruleOf, sceneOf, shop } from './scene.js';

describe('a stored log', () => {
  it('has what the record says, and who sent it', async () => {
    const { analyzer, rows } = await sceneOf();
    const resource = resourceOf({ 'service.name': 'shop', 'service.instance.id': 'shop-1', zone: 'a', cores: 4 });
    const scope = { name: 'logger', version: '1', attributes: new Map() };
    const log = logOf({ timeUs: nowUs + 7, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), severity: 'WARN', body: 'slow', attributes: { user: 'u1' } });
    expect(analyzer.accept(batchOf([log], { resource, scope, tenant: 't' }))).toEqual({ rejected: 0, reason: '' });
    expect(rows()).toEqual([{
      tenant: 't', time: nowUs + 7, service: 'shop', instance: 'shop-1', endpoint: '', layer: 'GENERAL', trace_id: 'a'.repeat(32),
      span_id: 'b'.repeat(16), severity: 'WARN', content_type: 'text', body: 'slow', tags: { user: 'u1', level: 'WARN' }, scope: 'logger',
      resource: '{"cores":4,"service.instance.id":"shop-1","service.name":"shop","zone":"a"}', sequence: 0,
    }]);
  });

  it('has its attributes as text, whatever they were', async () => {
    const { analyzer, rows } = await sceneOf();
    const attributes = {
      text: 'x', whole: 200, half: 0.5, flag: true, big: 2n ** 63n, bytes: new Uint8Array([1, 2]), none: undefined,
      list: ['a', 1n], map: new Map([['k', 'v']]), nan: Number.NaN, ['__proto__']: 'p',
    };
    analyzer.accept(batchOf([logOf({ attributes })]));
    expect(Object.entries(rows()[0]?.['tags'] ?? {})).toEqual(Object.entries({
      text: 'x', whole: '200', half: '0.5', flag: 'true', big: '9223372036854775808', bytes: 'AQI=',
      list: '["a",1]', map: '{"k":"v"}', nan: 'NaN', ['__proto__']: 'p',
    }));
  });

  it('has the tag level of its severity, of its own attribute before that, of its rule before both', async () => {
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({}, ({ body }) => (body === 'ruled' ? { tags: [['level', 'FATAL']] } : {}))] });
    analyzer.accept(batchOf([
      logOf({ severity: 'INFO' }), logOf({ severity: 'INFO', attributes: { level: 'warn' } }),
      logOf({ severity: 'INFO', attributes: { level: 'warn' }, body: 'ruled' }), logOf(),
    ]));
    expect(rows().map(({ tags }) => tags)).toEqual([{ level: 'INFO' }, { level: 'warn' }, { level: 'FATAL' }, {}]);
  });

  it('takes the level of its rule for its severity where it has none, for that log and row only', async () => {
    const seen: string[] = [];
    const level = ruleOf({}, ({ body }) => (body === '' ? {} : { tags: [['level', 'x'], ['level', body]] }));
    const after = ruleOf({ name: 'after' }, (input) => { seen.push(input.tag('level')); return {}; });
    const { analyzer, rows } = await sceneOf({ rules: [level, after] });
    analyzer.accept(batchOf([logOf({ body: 'WARN' }), logOf({ body: 'WARN', severity: 'INFO' }), logOf({ body: '' }), logOf({ body: 'y'.repeat(65) })]));
    expect(rows().map(({ severity }) => severity)).toEqual(['WARN', '', 'INFO', 'INFO', '', '', '', '']);
    expect(seen).toEqual(['', 'INFO', '', '']);
  });

  it('with an empty attribute level has the tag of its severity all the same, for its rule, too', async () => {
    const seen: unknown[] = [];
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({}, (input) => { seen.push([input.tag('level'), input.tags()]); return {}; })] });
    analyzer.accept(batchOf([logOf({ severity: 'INFO', attributes: { a: '1', level: '', b: '' } })]));
    expect(rows()[0]?.['tags']).toEqual({ a: '1', level: 'INFO', b: '' });
    expect(seen).toEqual([['INFO', { a: '1', level: 'INFO', b: '' }]]);
  });

  it('of SkyWalking has segment and number as its span', async () => {
    const seen: unknown[] = [];
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({}, ({ segmentId, spanId }) => { seen.push([segmentId, spanId]); return {}; })] });
    analyzer.accept(batchOf([logOf({ spanId: 'seg.1.2.3' }), logOf({ spanId: 'seg' }), logOf({ spanId: 'seg.x' })], { protocol: 'skywalking' }));
    analyzer.accept(batchOf([logOf({ spanId: '00000000000000a1' })]));
    expect(seen).toEqual([['seg.1.2', 3], ['seg', -1], ['seg.x', -1], ['00000000000000a1', -1]]);
    expect(rows().map(({ span_id: id }) => id)).toEqual(['seg.1.2.3', 'seg', 'seg.x', '00000000000000a1']);
  });

  it('without a service is of the service unknown, and counted', async () => {
    const { analyzer, rows, metrics, entities } = await sceneOf();
    analyzer.accept(batchOf([logOf(), logOf()], { resource: resourceOf({}) }));
    expect(rows().map(({ service, resource }) => [service, resource])).toEqual([['unknown', ''], ['unknown', '']]);
    expect(metrics.value('meterlark_log_unnamed_total')).toBe(2);
    expect(entities()).toEqual(['Service unknown GENERAL']);
  });

  it('that is sent twice is stored twice', async () => {
    const { analyzer, rows } = await sceneOf();
    const log = logOf();
    analyzer.accept(batchOf([log]));
    analyzer.accept(batchOf([log]));
    expect(rows()).toHaveLength(2);
  });

  it('takes what its rule says in place of its own, and keeps its own where the rule says nothing', async () => {
    const said = {
      service: 'ruled', instance: 'r-1', endpoint: '/e', layer: 'NGINX', traceId: 't1', segmentId: 's1', spanId: 4,
      timeMs: nowUs / 1000 - 5000, contentType: 'json', tags: [['a', '1'], ['user', 'u2'], ['empty', ''], ['', 'x'], ['a', '2']],
    } as const;
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({}, said), ruleOf({ name: 'empty' }, { service: '', instance: '', endpoint: '', layer: '' })] });
    analyzer.accept(batchOf([logOf({ attributes: { user: 'u1' }, endpoint: '/own' })]));
    expect(rows()[0]).toMatchObject({
      service: 'ruled', instance: 'r-1', endpoint: '/e', layer: 'NGINX', trace_id: 't1', span_id: 's1.4', time: nowUs - 5_000_000,
      content_type: 'json', tags: { user: 'u2', a: '2' },
    });
    expect(rows()[1]).toMatchObject({ service: 'shop', instance: 'shop-1', endpoint: '/own', layer: 'GENERAL', trace_id: '', span_id: '', time: nowUs });
  });

  it('keeps its microseconds when a rule hands on its milliseconds', async () => {
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({}, ({ timeMs }) => ({ timeMs }))] });
    analyzer.accept(batchOf([logOf({ timeUs: nowUs + 123 })]));
    expect(rows()[0]?.['time']).toBe(nowUs + 123);
  });

  it.each([[0], [-5], [Number.NaN], [nowUs / 1000 + 86_400_000], [nowUs / 1000 - 3 * 86_400_000]])(
    'keeps its own time where a rule gives one that cannot be written (%d), which is counted',
    async (timeMs) => {
      const { analyzer, rows, metrics } = await sceneOf({ rules: [ruleOf({}, { timeMs })] });
      analyzer.accept(batchOf([logOf()]));
      expect(rows()[0]?.['time']).toBe(nowUs);
      expect(metrics.value('meterlark_log_times_refused_total')).toBe(1);
    },
  );

  it('of two rules that keep it is two rows, each as its rule says', async () => {
    const { analyzer, rows, metrics } = await sceneOf({ rules: [ruleOf({}, { tags: [['by', 'a']] }), ruleOf({ name: 'b' }, { tags: [['by', 'b']] })] });
    analyzer.accept(batchOf([logOf({ attributes: { k: 'v' } })]));
    expect(rows().map(({ tags }) => tags)).toEqual([{ k: 'v', by: 'a' }, { k: 'v', by: 'b' }]);
    expect(metrics.value('meterlark_log_kept_total')).toBe(1);
    expect(metrics.value('meterlark_log_rows_total')).toBe(2);
  });
});

describe('times', () => {
  it('that nobody said are now for rules and rows, and untold for listeners', async () => {
    const told: number[] = [];
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({}, ({ timeMs }) => { told.push(timeMs * 1000); return {}; })] });
    analyzer.add({ listen: ({ timeUs }) => { told.push(timeUs); }, hasRoom: () => true });
    analyzer.accept(batchOf([logOf({ timeUs: 0 })]));
    expect([...told, rows()[0]?.['time']]).toEqual([0, nowUs, nowUs]);
  });

  it('too late, too far ahead or impossible are refused, counted and told to the sender; the rest of the batch is stored', async () => {
    const { analyzer, rows, dropped } = await sceneOf();
    const day = 86_400_000_000;
    const times = [nowUs - 2 * day, nowUs + day, Number.NaN, -1, 0.5, nowUs, nowUs - day + 60_000_000, nowUs + 600_000_000];
    const outcome = analyzer.accept(batchOf(times.map((timeUs) => logOf({ timeUs }))));
    expect(outcome.rejected).toBe(5);
    expect(outcome.reason).toContain('lateLimitHours');
    expect(outcome.reason).toContain('futureLimitMinutes');
    expect(['late', 'future', 'malformed'].map(dropped)).toEqual([2, 1, 2]);
    expect(rows()).toHaveLength(3);
    expect(analyzer.accept(batchOf([logOf()]))).toEqual({ rejected: 0, reason: '' });
  });
});

describe('limits', () => {
  it('cut values, which say how long they were, and are counted', async () => {
    const { analyzer, rows, metrics } = await sceneOf({ settings: { maxValueBytes: 100 }, rules: [ruleOf({}, { tags: [['ruled', 'r'.repeat(500)]] })] });
    analyzer.accept(batchOf([logOf({ attributes: { long: 'x'.repeat(1000), short: 'y' } })]));
    const tags = rows()[0]?.['tags'] as Record<string, string>;
    expect([tags['long']?.length, tags['ruled']?.length, tags['short']].map((each) => (typeof each === 'number' ? each <= 102 : each))).toEqual([true, true, 'y']);
    expect(tags['long']).toContain('[1000 bytes]');
    expect(metrics.value('meterlark_log_values_cut_total')).toBe(2);
  });

  it('leave out attributes over their number, but never what a rule or the severity adds', async () => {
    const { analyzer, rows, metrics } = await sceneOf({ settings: { maxAttributes: 2 }, rules: [ruleOf({}, { tags: [['ruled', '1']] })] });
    analyzer.accept(batchOf([logOf({ severity: 'INFO', attributes: { a: '1', b: '2', c: '3', d: '4' } })]));
    expect(rows()[0]?.['tags']).toEqual({ a: '1', b: '2', level: 'INFO', ruled: '1' });
    expect(metrics.value('meterlark_log_attributes_dropped_total')).toBe(2);
  });

  it('take away ids longer than any that is made, not the log', async () => {
    const { analyzer, rows, metrics } = await sceneOf();
    analyzer.accept(batchOf([logOf({ traceId: 't'.repeat(1025), spanId: 's'.repeat(5000), severity: 'v'.repeat(2000) })]));
    expect(rows()[0]).toMatchObject({ trace_id: '', span_id: '', severity: '', body: 'GET /carts' });
    expect(metrics.value('meterlark_log_names_cut_total')).toBe(3);
  });

  it('cut names of services, instances, endpoints, loggers and keys so that different ones stay different', async () => {
    const { analyzer, rows, seen } = await sceneOf();
    for (const end of ['a', 'b']) {
      const long = `${'n'.repeat(3000)}${end}`;
      const resource = resourceOf({ 'service.name': long, 'service.instance.id': long });
      analyzer.accept(batchOf([logOf({ endpoint: long, attributes: { [long]: 'v' } })], { resource, scope: { name: long, version: '', attributes: new Map() } }));
    }
    for (const column of ['service', 'instance', 'endpoint', 'scope']) {
      const names = rows().map((row) => row[column] as string);
      expect(names.map(({ length }) => length), column).toEqual([1024, 1024]);
      expect(new Set(names).size, column).toBe(2);
    }
    expect(rows().flatMap(({ tags }) => Object.keys(tags ?? {})).map(({ length }) => length)).toEqual([1024, 1024]);
    expect(seen.observed.every(({ name }) => name.length === 1024)).toBe(true);
  });

  it('hold for a log of many keys that nobody else has', async () => {
    const { analyzer, rows } = await sceneOf();
    const attributes = Object.fromEntries(Array.from({ length: 2000 }, (_, place) => [`k${place}`, place]));
    analyzer.accept(batchOf([logOf({ attributes }), logOf({ attributes: { other: 1 } })]));
    expect(Object.keys(rows()[0]?.['tags'] ?? {})).toHaveLength(1024);
    expect(rows()[1]?.['tags']).toEqual({ other: '1' });
  });

  it('an empty batch is nothing', async () => {
    const { analyzer, rows } = await sceneOf();
    expect(analyzer.accept(batchOf([]))).toEqual({ rejected: 0, reason: '' });
    expect(analyzer.accept({ signal: 'logs', tenant: '', protocol: 'otlp', resources: [], points: 0 }).rejected).toBe(0);
    expect(rows()).toEqual([]);
  });

  it('what is of another signal is left to others', async () => {
    const { analyzer, rows } = await sceneOf();
    expect(analyzer.accept({ signal: 'spans', tenant: '', protocol: 'otlp', resources: [], points: 0 }).rejected).toBe(0);
    expect(rows()).toEqual([]);
  });
});

describe('one sender under two tenants', () => {
  it('is two, though its resource is one object', async () => {
    const { analyzer, rows, seen } = await sceneOf();
    for (const tenant of ['a', 'b', 'a']) analyzer.accept(batchOf([logOf()], { tenant, resource: shop }));
    expect(rows().map(({ tenant }) => tenant)).toEqual(['a', 'b', 'a']);
    expect(seen.observed.filter(({ scope }) => scope === 'Service').map(({ tenant }) => tenant)).toEqual(['a', 'b']);
  });
});
