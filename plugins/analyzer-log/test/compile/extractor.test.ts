import { describe, expect, it } from 'vitest';
import { json, run, type Head, type LogText } from './kit.js';

function extract(body: string, log: LogText = {}, head: Head = {}): ReturnType<typeof run> {
  return run(`filter { json { abortOnFailure false } extractor { ${body} } sink {} }`, log, head);
}

describe('fields of the log', () => {
  const body = { s: 'svc', i: 'ins', e: '/e', l: 'MYSQL', t: 'tid', g: 'seg', p: '4' };

  it('are set from values', () => {
    const all = `service parsed.s as String instance parsed.i endpoint parsed.e as String; layer parsed.l
      traceId parsed.t segmentId parsed.g as String spanId parsed.p as String`;
    expect(extract(all, json(body))).toMatchObject({
      service: 'svc', instance: 'ins', endpoint: '/e', layer: 'MYSQL', traceId: 'tid', segmentId: 'seg', spanId: 4, timeMs: undefined,
    });
  });

  it('that are null stay as the log has them', () => {
    const all = 'service parsed.x instance parsed.x endpoint parsed.x layer parsed.x traceId parsed.x segmentId parsed.x spanId parsed.x timestamp parsed.x';
    expect(extract(all, json({}))).toMatchObject({
      service: undefined, instance: undefined, endpoint: undefined, layer: undefined, traceId: undefined, segmentId: undefined,
      spanId: undefined, timeMs: undefined,
    });
  });

  it('an empty instance or endpoint is none, an empty service or layer is not said', () => {
    expect(extract('service "" layer "" instance tag("no") endpoint tag("no")')).toMatchObject({ service: undefined, layer: undefined, instance: '', endpoint: '' });
  });

  it('numbers become texts, a span id that is no number fails', () => {
    expect(extract('service 1.0 endpoint 5', {})).toMatchObject({ service: '1.0', endpoint: '5' });
    expect(() => extract('spanId "a"')).toThrow('"a" is not an Integer');
  });

  it('serviceInstance is another word for instance', () => {
    expect(extract('serviceInstance "i"').instance).toBe('i');
  });
});

describe('timestamp', () => {
  it('is epoch milliseconds, as text or number; 0 is not said', () => {
    expect(extract('timestamp parsed.t as String', json({ t: '1609459200000' })).timeMs).toBe(1_609_459_200_000);
    expect(extract('timestamp parsed.t', json({ t: 1609459200000 })).timeMs).toBe(1_609_459_200_000);
    expect(extract('timestamp parsed.t', json({ t: 0 })).timeMs).toBeUndefined();
    expect(() => extract('timestamp parsed.t', json({ t: 'noon' }))).toThrow('"noon" is not a Long');
  });

  it('takes a pattern; what is not of it leaves the log its time', () => {
    const statement = 'timestamp parsed.t as String, "yyyy/MM/dd HH:mm:ss"';
    expect(extract(statement, json({ t: '2024/01/02 03:04:05' })).timeMs).toBe(Date.UTC(2024, 0, 2, 3, 4, 5));
    expect(extract(statement, json({ t: 'noon' })).timeMs).toBeUndefined();
    expect(extract(statement, json({})).timeMs).toBeUndefined();
  });
});

describe('tag', () => {
  it('takes names and quoted keys, one or several', () => {
    const { tags } = extract(`tag level: parsed.l tag 'http.status_code': 200, a: "b" tag "c": 1.5 as String`, json({ l: 'INFO' }));
    expect(tags).toEqual([['level', 'INFO'], ['http.status_code', '200'], ['a', 'b'], ['c', '1.5']]);
  });

  it('takes words of the language as keys', () => {
    expect(extract('tag service: "a", timestamp: "b", tag: "c", name: "d"').tags).toEqual([['service', 'a'], ['timestamp', 'b'], ['tag', 'c'], ['name', 'd']]);
  });

  it('leaves out what is null or empty', () => {
    expect(extract('tag a: parsed.x, b: "", c: tag("no")').tags).toEqual([]);
  });

  it('takes computed keys', () => {
    expect(extract('tag (parsed.k): "v", b: 1 tag (parsed.x): "y"', json({ k: 'key' })).tags).toEqual([['key', 'v'], ['b', '1']]);
  });

  it('of what was set before keeps both, the later behind', () => {
    expect(extract('tag a: 1 tag a: 2').tags).toEqual([['a', '1'], ['a', '2']]);
  });
});

describe('metrics', () => {
  it('make a sample of name, labels, value and time', () => {
    const statement = `metrics { timestamp log.timestamp as Long labels level: parsed.l, service: log.service, service_instance_id: log.serviceInstance
      name "error_count" value 1 }`;
    expect(extract(statement, json({ l: 'ERROR' })).samples).toEqual([
      { name: 'error_count', labels: { level: 'ERROR', service: 'shop', service_instance_id: 'shop-1' }, value: 1, timeMs: 1_700_000_000_000 },
    ]);
  });

  it('have the time of the log, or the one the rule has given it', () => {
    expect(extract('metrics { name "a" value 2.5 }').samples).toEqual([{ name: 'a', labels: {}, value: 2.5, timeMs: 1_700_000_000_000 }]);
    expect(extract('timestamp 5000 metrics { name "a" value 1 }').samples[0]?.timeMs).toBe(5000);
  });

  it('take values from the body, numbers as texts too, and leave labels of null out', () => {
    const [sample] = extract('metrics { name "a" labels x: parsed.x, y: parsed.y value parsed.v }', json({ v: '1.5', y: 2 })).samples;
    expect(sample).toMatchObject({ value: 1.5, labels: { y: '2' } });
    expect(extract('metrics { name "a" value parsed.v as Long }', json({ v: '15' })).samples[0]?.value).toBe(15);
    expect(extract('metrics { name "a_" + parsed.v; value 1; }', json({ v: 'b' })).samples[0]?.name).toBe('a_b');
  });

  it('without a number as value fail the rule', () => {
    expect(() => extract('metrics { name "a" value parsed.v }', json({ v: 'x' }))).toThrow('"x" is no value of a sample');
    expect(() => extract('metrics { name "a" value parsed.v }', json({}))).toThrow('null is no value of a sample');
    expect(() => extract('metrics { name parsed.v value 1 }', json({}))).toThrow('without a name');
  });

  it('may be several', () => {
    expect(extract('metrics { name "a" value 1 } metrics { name "b" value 2 }').samples.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe('fields of other outputs', () => {
  it('SlowSQL has id, statement and latency', () => {
    const statements = 'layer parsed.layer as String service parsed.service as String if (tag("LOG_KIND") == "SLOW_SQL") { id parsed.id as String statement parsed.statement as String latency parsed.query_time as Long }';
    const log = { ...json({ layer: 'MYSQL', service: 'db', id: 'a', statement: 'select 1', query_time: '1200' }), tagged: { LOG_KIND: 'SLOW_SQL' } };
    expect(extract(statements, log, { layer: 'MYSQL', outputType: 'SlowSQL' })).toMatchObject({
      kept: true, layer: 'MYSQL', service: 'db', fields: { id: 'a', statement: 'select 1', latency: 1200 },
    });
  });

  it('SampledTrace writes members of enumerations in capitals', () => {
    const statements = 'latency "12" uri "/a" reason "slow" processId "p" destProcessId "q" detectPoint "client" componentId 49 serviceInstanceName "i"';
    const outcome = extract(statements, {}, { outputType: 'SampledTrace' });
    expect(outcome.fields).toEqual({ latency: 12, uri: '/a', reason: 'SLOW', processId: 'p', destProcessId: 'q', detectPoint: 'CLIENT', componentId: 49 });
    expect(outcome.instance).toBe('i');
  });

  it('are known by their Java classes, too', () => {
    const outputType = 'org.apache.skywalking.oap.server.analyzer.provider.trace.parser.listener.DatabaseSlowStatementBuilder';
    expect(extract('serviceName "db" id 5', {}, { outputType })).toMatchObject({ service: 'db', fields: { id: '5' } });
  });
});
