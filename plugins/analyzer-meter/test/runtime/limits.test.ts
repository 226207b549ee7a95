import { describe, expect, test } from 'vitest';
import { attributes, batch, counter, longAgo, minute, number, plan, placer, resource, rig, serverStart, term } from './builders.js';

const requests = plan('requests', { kind: 'sum', terms: [term('requests')] });
const shop = { metric: 'requests', service: 'shop' };
const t0 = serverStart + minute;

function models(at: number, ...entries: readonly (readonly [model: string, value: number])[]): ReturnType<typeof counter> {
  return counter('requests', entries.map(([model, value]) => number(value, { at, attributes: { model } })));
}

describe('the bound on streams', () => {
  test('what exceeds it is rejected with the setting named, the known streams go on', () => {
    const it = rig([requests], { maxStreams: 2 });
    it.send(models(t0, ['a', 1], ['b', 1]));
    const outcome = it.send(models(t0 + minute, ['a', 5], ['c', 1], ['d', 1], ['b', 3]));
    expect(outcome.rejected).toBe(2);
    expect(outcome.reason).toContain('maxStreams');
    expect(it.stream.value(shop)).toBe(6);
    expect([it.dropped('stream_limit'), it.metrics.value('meterlark_meter_streams')]).toEqual([2, 2]);
  });

  test('a flood of resources and scopes is bounded as well', () => {
    const it = rig([requests], { maxStreams: 3 });
    const flood = Array.from({ length: 10 }, (_, pod) => resource({ pod }, [counter('requests', [number(1, { at: t0 })])]));
    expect(it.analyzer.accept(batch(flood)).rejected).toBe(7);
    const scopes = Array.from({ length: 10 }, (_, name) => resource({ pod: 0 }, [counter('requests', [number(1, { at: t0 })])], `s${name}`));
    expect(it.analyzer.accept(batch(scopes)).rejected).toBe(10);
  });
});

describe('idle streams', () => {
  test('they are forgotten after the setting, with their series', () => {
    const it = rig([requests], { idleMs: 10 * minute });
    it.send(models(t0, ['a', 1], ['b', 1]));
    expect([it.metrics.value('meterlark_meter_streams'), it.metrics.value('meterlark_meter_series')]).toEqual([2, 1]);
    it.clock.advance(11 * minute);
    it.analyzer.accept(batch([]));
    expect([it.metrics.value('meterlark_meter_streams'), it.metrics.value('meterlark_meter_series')]).toEqual([0, 0]);
  });

  test('one that comes back with its old start time is a baseline, though the server knows its scope', () => {
    const it = rig([requests], { idleMs: 10 * minute });
    it.send(models(t0, ['a', 100], ['b', 100]));
    for (let step = 1; step <= 12; step += 1) {
      it.clock.advance(minute);
      it.send(models(t0 + step * minute, ['a', 100 + step]));
    }
    expect(it.metrics.value('meterlark_meter_streams')).toBe(1);
    it.send(models(t0 + 13 * minute, ['b', 140]));
    it.send(models(t0 + 14 * minute, ['b', 141]));
    expect(it.stream.value(shop)).toBe(12 + 1);
  });

  test('one that restarted while it was away counts in full', () => {
    const it = rig([requests], { idleMs: 10 * minute });
    it.send(counter('requests', [number(100, { at: t0, start: serverStart + 1 })]));
    it.clock.advance(20 * minute);
    it.analyzer.accept(batch([]));
    it.send(counter('requests', [number(7, { at: t0 + 20 * minute, start: t0 + minute })]));
    expect(it.stream.value(shop)).toBe(107);
  });

  test('a stream younger than the server that comes back is not counted twice', () => {
    const it = rig([requests], { idleMs: 10 * minute });
    it.send(counter('requests', [number(100, { at: t0, start: serverStart + 1 })]));
    it.clock.advance(20 * minute);
    it.analyzer.accept(batch([]));
    it.send(counter('requests', [number(100, { at: t0 + 20 * minute, start: serverStart + 1 })]));
    expect(it.stream.value(shop)).toBe(100);
  });
});

describe('identity', () => {
  test('interned or not, in any order, equal attributes are one stream', () => {
    const it = rig([requests]);
    const shared = attributes({ model: 'a', provider: 'p' });
    const send = (at: number, value: number, set: typeof shared) =>
      it.send(counter('requests', [{ ...number(value, { at }), attributes: set }]));
    send(t0, 10, shared);
    send(t0 + 1000, 12, shared);
    send(t0 + 2000, 15, attributes({ provider: 'p', model: 'a' }));
    send(t0 + 3000, 16, shared);
    expect(it.stream.value(shop)).toBe(6);
    expect(it.metrics.value('meterlark_meter_streams')).toBe(1);
  });

  test('values of different types are different streams', () => {
    const it = rig([requests]);
    for (const value of ['1', 1, 1n, true, undefined, new Uint8Array([1]), ['1'], new Map([['a', '1']])]) {
      it.send(counter('requests', [number(1, { at: t0, attributes: { value } })]));
    }
    expect(it.metrics.value('meterlark_meter_streams')).toBe(8);
  });

  test('a thousand senders that never intern do not make the caches grow', () => {
    const it = rig([requests]);
    for (let index = 0; index < 1000; index += 1) it.send(counter('requests', [number(index, { at: t0 + index })]));
    expect(it.stream.value(shop)).toBe(999);
    expect(it.metrics.value('meterlark_meter_streams')).toBe(1);
  });

  test('tenants do not share streams or series', () => {
    const it = rig([requests]);
    for (const [at, value] of [[t0, 10], [t0 + minute, 12]] as const) {
      for (const tenant of ['', 'acme']) {
        const amount = tenant === '' ? value : value * 10;
        it.analyzer.accept(batch([resource({ 'service.name': 'shop' }, [counter('requests', [number(amount, { at, start: longAgo })])])], tenant));
      }
    }
    expect([it.stream.value(shop), it.stream.value({ ...shop, tenant: 'acme' })]).toEqual([2, 20]);
  });

  test.each([
    ['quotes and braces', '{"a"=\'b\', c}'], ['separators', 'a_b-c.d|e\u0000f'], ['a prototype name', '__proto__'],
    ['line breaks', 'a\r\nb'], ['emoji', '🦅 模型'], ['a lone surrogate', '\ud800'], ['nothing', ''], ['as many characters as a label may have', 'x'.repeat(1024)],
  ])('a label value with %s keeps its own series', (_, model) => {
    const byModel = plan('by_model', { kind: 'sum', terms: [term('requests', { by: ['service_name', 'model'] })] }, { place: placer(['model']) });
    const it = rig([byModel]);
    it.send(models(t0, [model, 1], ['other', 1]));
    it.send(models(t0 + minute, [model, 4], ['other', 2]));
    expect(it.stream.value({ metric: 'by_model', service: 'shop', labels: { model } })).toBe(3);
    expect(it.stream.value({ metric: 'by_model', service: 'shop', labels: { model: 'other' } })).toBe(1);
  });

  test('label values of a megabyte are cut, counted, and still told apart by their ends', () => {
    const byModel = plan('by_model', { kind: 'sum', terms: [term('requests', { by: ['service_name', 'model'] })] }, { place: placer(['model']) });
    const it = rig([byModel]);
    const long = '🦅'.repeat(500_000);
    it.send(models(t0, [`${long}a`, 1], [`${long}b`, 1]));
    it.send(models(t0 + minute, [`${long}a`, 4], [`${long}b`, 3]));
    const labels = it.stream.seriesOf('by_model').map(([, text]) => (JSON.parse(text) as string[])[1] ?? '');
    expect(labels).toHaveLength(2);
    expect(new Set(labels).size).toBe(2);
    for (const label of labels) expect([label.length <= 1024, label.startsWith('🦅'.repeat(490))]).toEqual([true, true]);
    expect(it.metrics.value('meterlark_meter_labels_cut_total')).toBe(2);
    expect(it.stream.entries().map(({ value }) => value).sort()).toEqual([0, 0, 2, 3]);
  });

  test('the name of a service is cut as well', () => {
    const it = rig([requests]);
    const name = 'x'.repeat(100_000);
    it.analyzer.accept(batch([resource({ 'service.name': name }, [counter('requests', [number(1, { at: t0, start: serverStart + 1 })])])]));
    const [[entity] = ['']] = it.stream.seriesOf('requests');
    expect(entity.length).toBeLessThan(1500);
    // service_name and job_name, which stands for it.
    expect(it.metrics.value('meterlark_meter_labels_cut_total')).toBe(2);
  });

  test('slots of an old epoch are never used again', () => {
    const it = rig([requests]);
    it.send(models(t0, ['a', 1], ['b', 1]));
    it.stream.nextEpoch();
    it.send(models(t0 + minute, ['a', 3], ['b', 5]));
    expect(it.stream.value(shop)).toBe(6);
  });

  test('rules that are added later reach streams that are known', () => {
    const it = rig([requests]);
    it.send(models(t0, ['a', 1]));
    it.plans.replace([plan('again', { kind: 'sum', terms: [term('requests', { coefficient: 2 })] })]);
    it.send(models(t0 + minute, ['a', 3]));
    expect(it.stream.value({ metric: 'again', service: 'shop' })).toBe(4);
  });
});
