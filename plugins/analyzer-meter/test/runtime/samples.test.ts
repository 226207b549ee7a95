import type { MetricSample } from '@meterlark/core';
import { ManualClock, RecordingMetrics } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { compileRuleFiles } from '../../src/compile/compile.js';
import { PlanIndex } from '../../src/runtime/plan-index.js';
import { SampleWriter } from '../../src/runtime/sample-writer.js';
import { minute, serverStart } from './builders.js';
import { SummingStream } from './summing-stream.js';

const t0 = serverStart + minute;
const epochMinute = Math.floor(t0 / minute);

/** One file: `name: expression`, everything below the layer's services unless the expression says it. */
function rules(expressions: Readonly<Record<string, string>>, head = ''): string {
  return [head, 'metricsRules:', ...Object.entries(expressions).flatMap(([name, exp]) => [`  - name: ${name}`, `    exp: ${JSON.stringify(exp)}`])].join('\n');
}

function plansOf(...texts: readonly string[]): ReturnType<typeof compileRuleFiles>['plans'] {
  const { plans, faults } = compileRuleFiles(texts.map((text, index) => ({ path: `${index}.yaml`, text })));
  expect(faults.map(({ message }) => message)).toEqual([]);
  return plans;
}

interface Rig {
  readonly sink: SampleWriter;
  readonly stream: SummingStream;
  readonly metrics: RecordingMetrics;
  readonly clock: ManualClock;
  readonly plans: PlanIndex;
  readonly failures: string[];
  dropped(reason: string): number;
}

function rig(texts: readonly string[], limits: { maxSeries?: number; idleMs?: number } = {}): Rig {
  const [stream, metrics, clock, plans] = [new SummingStream(), new RecordingMetrics(), new ManualClock(t0), new PlanIndex()];
  const failures: string[] = [];
  plans.replace(plansOf(...texts));
  const sink = new SampleWriter({
    plans, stream, metrics, clock, limits: { maxSeries: limits.maxSeries ?? 100, idleMs: limits.idleMs ?? 3_600_000 },
    ruleFailed: (metric) => failures.push(metric),
  });
  return { sink, stream, metrics, clock, plans, failures, dropped: (reason) => metrics.value('meterlark_meter_dropped_samples_total', { reason }) };
}

const layer = 'Layer.GENERAL';
const error = (labels: Readonly<Record<string, string>> = {}, changes: Partial<MetricSample> = {}): MetricSample => ({
  name: 'error_log', value: 1, timeMs: t0, labels: { level: 'error', service: 'shop', service_instance_id: 'a', ...labels }, ...changes,
});
const perService = { count: `error_log.sum(['level','service','service_instance_id']).downsampling(SUM).service(['service'], ${layer})` };
const counted = { metric: 'count', service: 'shop', labels: { level: 'error', service_instance_id: 'a' } };

describe('samples of rules over logs', () => {
  test('of equal labels and time are all counted', () => {
    const { sink, stream } = rig([rules(perService)]);
    sink.add('', [error(), error(), error()]);
    sink.add('', [error()]);
    expect(stream.value(counted)).toBe(4);
  });

  test('come in any order of time, each to its minute', () => {
    const { sink, stream } = rig([rules(perService)]);
    sink.add('', [error({}, { timeMs: t0 + minute }), error({}, { timeMs: t0 - minute }), error(), error({}, { timeMs: t0 - minute + 5 })]);
    expect([-1, 0, 1].map((offset) => stream.value(counted, 0, epochMinute + offset))).toEqual([2, 1, 1]);
  });

  test('go to services and instances with their labels, as rules say', () => {
    const it = rig([rules({ ...perService, instance: `error_log.sum(['level','service','service_instance_id']).downsampling(SUM).instance(['service'], ['service_instance_id'], ${layer})` })]);
    it.sink.add('', [error(), error({ level: 'warn' }), error({ service_instance_id: 'b' }, { value: 3 })]);
    expect(it.stream.value({ metric: 'instance', service: 'shop', instance: 'b', labels: { level: 'error' } })).toBe(3);
    expect(it.stream.value({ ...counted, labels: { ...counted.labels, level: 'warn' } })).toBe(1);
    expect(new Set(it.stream.observed.map(({ scope, name }) => `${scope} ${name}`))).toEqual(new Set(['Service shop', 'ServiceInstance a', 'ServiceInstance b']));
  });

  test('pass through the filter of each file by their labels', () => {
    const exp = { errors: `error_log.sum(['service']).downsampling(SUM).service(['service'], ${layer})` };
    const one = rules(exp, "metricPrefix: ali\nfilter: \"{ tags -> tags.platform == 'ali' }\"");
    const other = rules(exp, "metricPrefix: we\nfilter: \"{ tags -> tags.platform == 'we' }\"");
    const it = rig([one, other]);
    it.sink.add('', [error({ platform: 'ali' }), error({ platform: 'ali' }), error({ platform: 'we' }), error()]);
    expect(['ali_errors', 'we_errors'].map((metric) => it.stream.value({ metric, service: 'shop' }))).toEqual([2, 1]);
  });

  test('are averaged, or give the greatest, least and latest, as the downsampling says', () => {
    const scope = `service(['service'], ${layer})`;
    const it = rig([rules({
      mean: `cost.sum(['service']).${scope}`, plain: `cost.avg(['service']).${scope}`,
      top: `cost.sum(['service']).downsampling(MAX).${scope}`, least: `cost.min(['service']).${scope}`,
      last: `cost.sum(['service']).downsampling(LATEST).${scope}`,
    })]);
    const cost = (value: number, timeMs: number): MetricSample => ({ name: 'cost', labels: { service: 'shop' }, value, timeMs });
    it.sink.add('', [cost(10, t0), cost(40, t0 + 2000), cost(10, t0), cost(4, t0 + 1000)]);
    const shop = (metric: string): { metric: string; service: string } => ({ metric, service: 'shop' });
    expect(['mean', 'plain'].map((metric) => [it.stream.value(shop(metric), 0), it.stream.value(shop(metric), 1)])).toEqual([[64, 4], [64, 4]]);
    expect(['top', 'least', 'last'].map((metric) => it.stream.value(shop(metric)))).toEqual([40, 4, 40]);
  });

  test('are the change itself where a rule asks for an increase or a rate', () => {
    const it = rig([rules({
      increase: `error_log.sum(['service']).increase('PT5M').service(['service'], ${layer})`,
      rate: `error_log.max(['service']).rate('PT1M').service(['service'], ${layer})`,
      quotient: `(error_log.tagEqual('level', 'error').sum(['service']).increase('PT1M') / error_log.sum(['service']).increase('PT1M')).service(['service'], ${layer})`,
    })]);
    it.sink.add('', [error({}, { value: 5 }), error({ level: 'warn' }, { value: 2 }), error({}, { value: 1 })]);
    expect(it.stream.value({ metric: 'increase', service: 'shop' })).toBe(8);
    expect(it.stream.value({ metric: 'rate', service: 'shop' })).toBe(8);
    expect([it.stream.value({ metric: 'quotient', service: 'shop' }, 0), it.stream.value({ metric: 'quotient', service: 'shop' }, 1)]).toEqual([6, 8]);
  });

  test('reach rules that are interpreted, one by one', () => {
    const it = rig([rules({ odd: `(error_log.max(['service']) * error_log.max(['service'])).downsampling(SUM).service(['service'], ${layer})` })]);
    it.sink.add('', [error({}, { value: 3 }), error({}, { value: 4 })]);
    expect(it.stream.value({ metric: 'odd', service: 'shop' })).toBe(25);
  });

  test('fill the buckets of a histogram when they name one', () => {
    const it = rig([rules({ spread: `took.sum(['service', 'le']).increase('PT1M').histogram().histogram_percentile([50]).service(['service'], ${layer})` })]);
    it.sink.add('', ['0.1', '0.1', '0.5'].map((le) => ({ name: 'took', labels: { service: 'shop', le }, value: 1, timeMs: t0 })));
    expect([...it.stream.histogram({ metric: 'spread', service: 'shop' }).values()]).toEqual([2, 1]);
  });

  test('may have dots in their name and labels', () => {
    const it = rig([rules({ dots: `http_errors.sum(['service_name']).downsampling(SUM).service(['service_name'], ${layer})` })]);
    it.sink.add('', [{ name: 'http.errors', labels: { 'service.name': 'shop' }, value: 1, timeMs: t0 }]);
    expect(it.stream.value({ metric: 'dots', service: 'shop' })).toBe(1);
  });

  test('of two tenants stay apart', () => {
    const it = rig([rules(perService)]);
    it.sink.add('a', [error()]);
    it.sink.add('b', [error(), error()]);
    expect(['a', 'b', ''].map((tenant) => it.stream.value({ ...counted, tenant }))).toEqual([1, 2, undefined]);
  });

  test('of minutes that are not accepted, without a value or without a rule are dropped and counted', () => {
    const it = rig([rules(perService)]);
    it.stream.accepted = { first: epochMinute, last: epochMinute + 1 };
    const times = [t0 - 1, t0 + 2 * minute, Number.NaN, t0];
    it.sink.add('', times.map((timeMs) => error({}, { timeMs })));
    it.sink.add('', [Number.NaN, Infinity].map((value) => error({}, { value })));
    it.sink.add('', [error({}, { name: 'nobody_reads_this' })]);
    it.sink.add('', []);
    expect(['late', 'future', 'not_finite', 'no_rule'].map((reason) => it.dropped(reason))).toEqual([2, 1, 2, 1]);
    expect(it.metrics.value('meterlark_meter_samples_total')).toBe(1);
    expect(it.stream.value(counted)).toBe(1);
  });

  test('of more sets of labels than may be are dropped and counted, and idle ones make room', () => {
    const it = rig([rules(perService)], { maxSeries: 2, idleMs: 10 * minute });
    it.sink.add('', ['a', 'b', 'c', 'b'].map((service_instance_id) => error({ service_instance_id })));
    expect([it.dropped('series_limit'), it.metrics.value('meterlark_meter_sample_series')]).toEqual([1, 2]);
    it.clock.advance(6 * minute);
    it.sink.add('', [error({ service_instance_id: 'b' })]);
    it.clock.advance(6 * minute);
    it.sink.add('', [error({ service_instance_id: 'c' })]);
    expect([it.dropped('series_limit'), it.metrics.value('meterlark_meter_sample_series')]).toEqual([1, 2]);
    it.clock.advance(20 * minute);
    it.sink.add('', []);
    expect(it.metrics.value('meterlark_meter_sample_series')).toBe(0);
  });

  test('keep long labels as cut ones that stay different, and are refused with too many', () => {
    const it = rig([rules(perService)]);
    const long = 'x'.repeat(100_000);
    it.sink.add('', [`${long}a`, `${long}b`, `${long}a`].map((level) => error({ level })));
    const labels = it.stream.seriesOf('count').map(([, text]) => text);
    expect(labels).toHaveLength(2);
    expect(labels.every((text) => text.length < 2500)).toBe(true);
    expect(it.metrics.value('meterlark_meter_labels_cut_total')).toBe(2);
    it.sink.add('', [error(Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`l${index}`, ''])))]);
    expect(it.dropped('labels')).toBe(1);
  });

  test.each(['\ud800', 'half \udc00 of one', `\ud800${'x'.repeat(2000)}`, `${'x'.repeat(1000)}😀${'x'.repeat(100)}`])(
    'whose labels hold half a character (%#) are one series however often they come, and leave room for others',
    (level) => {
      const it = rig([rules(perService)], { maxSeries: 2, idleMs: 10 * minute });
      for (let count = 0; count < 3; count += 1) it.sink.add('', [error({ level }), error({ level })]);
      it.sink.add('', [error()]);
      expect([it.metrics.value('meterlark_meter_sample_series'), it.dropped('series_limit')]).toEqual([2, 0]);
      expect(it.stream.value(counted)).toBe(1);
      expect(it.stream.seriesOf('count').map(([, text]) => text.isWellFormed())).toEqual([true, true]);
      it.clock.advance(20 * minute);
      it.sink.add('', []);
      expect(it.metrics.value('meterlark_meter_sample_series')).toBe(0);
    },
  );

  test('may have a label whose name holds half a character', () => {
    const it = rig([rules(perService)]);
    it.sink.add('', [error({ 'a\ud800': 'x' }), error({ 'a\ud800': 'x' })]);
    expect([it.metrics.value('meterlark_meter_sample_series'), it.stream.value(counted)]).toEqual([1, 2]);
  });

  test('may have labels of any name', () => {
    const it = rig([rules(perService)]);
    const labels = JSON.parse('{"__proto__":"x","constructor":"y","level":"error","service":"shop","service_instance_id":"a"}') as Record<string, string>;
    it.sink.add('', [error({}, { labels }), error({}, { labels: { ...labels } }), error({}, { labels: {} })]);
    expect(it.stream.value(counted)).toBe(2);
  });

  test('go on after slots were numbered anew and rules were loaded anew', () => {
    const it = rig([rules(perService)]);
    it.sink.add('', [error()]);
    it.stream.nextEpoch();
    it.sink.add('', [error()]);
    it.plans.replace(plansOf(rules(perService), rules({ more: `error_log.sum(['service']).downsampling(SUM).service(['service'], ${layer})` })));
    it.sink.add('', [error()]);
    expect([it.stream.value(counted), it.stream.value({ metric: 'more', service: 'shop' })]).toEqual([3, 1]);
  });

  test('on which a closure fails cost that rule only', () => {
    const it = rig([rules({ ...perService, broken: `error_log.tag({ tags -> tags.a = tags.none.split('-')[0] }).sum(['service']).downsampling(SUM).service(['service'], ${layer})` })]);
    it.sink.add('', [error(), error()]);
    expect([it.stream.value(counted), it.failures]).toEqual([2, ['broken']]);
  });
});

describe('one metric of several rules', () => {
  const requests = (metric: string, signal: string, then: string): string =>
    `${metric}.tag({ tags -> tags.signal = '${signal}' }).sum(['service', 'model', 'signal'])${then}.service(['service'], ${layer})`;

  test.each([[".increase('PT1M')", ".increase('PT1M')"], [".increase('PT1M').downsampling(SUM)", '.downsampling(SUM)']])(
    'adds up what they give, whether of counters (%s) or of samples (%s), in one file or several',
    (ofCounter, ofSamples) => {
      const [first, second, third] = [requests('served', 'metrics', ofCounter), requests('logged', 'logs', ofSamples), requests('traced', 'spans', ofSamples)];
      const row = (exp: string): string => `  - name: requests\n    exp: ${JSON.stringify(exp)}`;
      const it = rig([['metricsRules:', row(first), row(second)].join('\n'), ['metricsRules:', row(third), row(requests('again', 'logs', ofSamples))].join('\n')]);
      const sample = (name: string): MetricSample => ({ name, labels: { service: 'gateway', model: 'm' }, value: 1, timeMs: t0 });
      it.sink.add('', [sample('logged'), sample('logged'), sample('traced'), sample('again')]);
      const of = (signal: string): number | undefined => it.stream.value({ metric: 'requests', service: 'gateway', labels: { model: 'm', signal } });
      expect([of('logs'), of('spans'), of('metrics')]).toEqual([3, 1, undefined]);
    },
  );
});
