import { describe, expect, it } from 'vitest';
import type { MetricPlan, Term } from '../../src/plan.js';
import { planOf } from './rules.js';

function showTerm({ coefficient, family, reads, preAggregate, keeps }: Term): string {
  const before = preAggregate === undefined ? '' : `${preAggregate.function}:`;
  return `${coefficient}*${before}${reads}(${family})${keeps === undefined ? '' : '?'}`;
}

/** `kind terms [form window factor]` of a plan. */
function show({ body, definition }: MetricPlan): string {
  const { form, windowMinutes, factor } = definition;
  const tail = ` ${form}/${windowMinutes}/${Number(factor.toPrecision(12))}`;
  const terms = (list: readonly Term[]): string => list.map(showTerm).join(' ');
  switch (body.kind) {
    case 'sum':
      return `sum ${terms(body.terms)}${tail}`;
    case 'ratio':
      return `ratio ${terms(body.numerator)} : ${terms(body.denominator)}${tail}`;
    case 'evaluated':
      return 'evaluated';
    case 'histogram':
      return `histogram ${showTerm(body.term)} ${body.leLabel}x${body.unitScale} [${definition.percentiles.join()}]${tail}`;
    case 'count':
      return `count ${showTerm(body.term)} of ${body.counted.join()}${tail}`;
    default:
      return `${body.kind} ${terms([body.term, ...(('others' in body ? body.others : undefined) ?? [])])}${tail}`;
  }
}

const S = "sum(['service'])";
const inc = "increase('PT1M')";

describe('linear in increases is a sum', () => {
  it.each([
    [`a.${S}.${inc}`, 'sum 1*delta(a) perMinute/1/1'],
    [`a.${inc}`, 'sum 1*delta(a) perMinute/1/1'],
    [`a.${inc}.${S}`, 'sum 1*delta(a) perMinute/1/1'],
    [`a.${S}.increase('PT5M')`, 'sum 1*delta(a) perMinute/5/1'],
    [`a.${S}.increase('PT1H30M')`, 'sum 1*delta(a) perMinute/90/1'],
    [`a.${S}.increase('PT15S')`, 'sum 0.25*delta(a) perMinute/1/1'],
    [`a.${S}.increase('PT90S')`, 'sum 1.5*delta(a) perMinute/1/1'],
    [`a.${S}.rate('PT1M')`, 'sum 1*delta(a) perSecond/1/1'],
    [`a.${S}.irate()`, 'sum 1*delta(a) perSecond/1/1'],
    [`a.${S}.rate('PT5M') * 60`, 'sum 60*delta(a) perSecond/1/1'],
    [`(a * 100).${S}.rate('PT1M')`, 'sum 100*delta(a) perSecond/1/1'],
    [`100 * a.${S}.rate('PT1M') / 8`, 'sum 12.5*delta(a) perSecond/1/1'],
    [`-a.${S}.${inc}`, 'sum -1*delta(a) perMinute/1/1'],
    [`a.${S}.${inc}.negative().multiply(2).div(4)`, 'sum -0.5*delta(a) perMinute/1/1'],
    [`a.${S}.${inc} + b.${S}.${inc}`, 'sum 1*delta(a) 1*delta(b) perMinute/1/1'],
    [`a.${S}.${inc} - b.${S}.${inc} * 2`, 'sum 1*delta(a) -2*delta(b) perMinute/1/1'],
    [`a.${S}.${inc}.plus(b.${S}.${inc}).minus(c.${S}.${inc})`, 'sum 1*delta(a) 1*delta(b) -1*delta(c) perMinute/1/1'],
    [`((a + b) / 10).${S}.rate('PT1M')`, 'sum 0.1*delta(a) 0.1*delta(b) perSecond/1/1'],
    [`a.${S}.${inc} + b.${S}.rate('PT1M')`, `sum 1*delta(a) ${1 / 60}*delta(b) perMinute/1/1`],
    [`a.${S}.increase('PT2M') + b.${S}.${inc}`, 'sum 2*delta(a) 1*delta(b) perMinute/1/1'],
    [`a.max(['service']).rate('PT1M')`, 'sum 1*max:delta(a) perSecond/1/1'],
    [`a.min(['service']).${inc}`, 'sum 1*min:delta(a) perMinute/1/1'],
    [`(a * 2).avg(['service']).irate()`, 'sum 2*avg:delta(a) perSecond/1/1'],
    [`a.${S}.${inc}.downsampling(SUM)`, 'sum 1*delta(a) plain/1/1'],
    [`a.${S}.increase('PT5M').downsampling(SUM)`, 'sum 1*delta(a) plain/1/1'],
    [`a.${S}.${inc}.downsampling(SUM_PER_MIN)`, 'sum 1*delta(a) perMinute/1/1'],
    [`a.${S}.downsampling(SUM)`, 'sum 1*increment(a) plain/1/1'],
    [`a.${S}.downsampling(SUM_PER_MIN)`, 'sum 1*increment(a) perMinute/1/1'],
    [`a.downsampling(SUM) * 3`, 'sum 3*increment(a) plain/1/1'],
    [`a.valueGreater(2).${S}.downsampling(SUM)`, 'sum 1*increment(a)? plain/1/1'],
    [`a.${S}.${inc} + 0`, 'sum 1*delta(a) perMinute/1/1'],
  ])('%s', (exp, shape) => {
    expect(show(planOf(exp))).toBe(shape);
  });
});

describe('a quotient is a ratio', () => {
  it.each([
    [`a.${S}.${inc}.safeDiv(b.${S}.${inc}) * 1000`, 'ratio 1*delta(a) : 1*delta(b) plain/1/1000'],
    [`a.${S}.${inc} / b.${S}.${inc}`, 'ratio 1*delta(a) : 1*delta(b) plain/1/1'],
    [`a.${S}.rate('PT1M').div(b.${S}.rate('PT1M')) / 1000000`, 'ratio 1*delta(a) : 1*delta(b) plain/1/0.000001'],
    [`(a * 100).${S}.${inc} / (b * 4).${S}.${inc}`, 'ratio 1*delta(a) : 1*delta(b) plain/1/25'],
    [`100 - (a.${S}.${inc} * 100 / b.${S}.${inc})`, 'ratio -1*delta(a) 1*delta(b) : 1*delta(b) plain/1/100'],
    [`1 + a.${S}.${inc} / b.${S}.${inc}`, 'ratio 1*delta(a) 1*delta(b) : 1*delta(b) plain/1/1'],
    [`a.${S}.${inc} / b.${S}.${inc} - 3`, 'ratio 1*delta(a) -3*delta(b) : 1*delta(b) plain/1/1'],
    [`1 / (a.${S}.rate('PT1M') / b.${S}.rate('PT1M'))`, 'ratio 1*delta(b) : 1*delta(a) plain/1/1'],
    [
      `5 / ((a.${S}.rate('PT1M') + c.${S}.rate('PT1M')) / b.${S}.rate('PT1M'))`,
      'ratio 1*delta(b) : 1*delta(a) 1*delta(c) plain/1/5',
    ],
    [`a.${S}.${inc} / (a.${S}.${inc} + b.${S}.${inc})`, 'ratio 1*delta(a) : 1*delta(a) 1*delta(b) plain/1/1'],
    [
      `a.${S}.${inc} / c.${S}.${inc} + b.${S}.${inc} / c.${S}.${inc}`,
      'ratio 1*delta(a) 1*delta(b) : 1*delta(c) plain/1/1',
    ],
    [`-(a.${S}.${inc} / b.${S}.${inc})`, 'ratio -1*delta(a) : 1*delta(b) plain/1/1'],
    [`a.${S}.increase('PT5M') / b.${S}.increase('PT5M')`, 'ratio 1*delta(a) : 1*delta(b) plain/5/1'],
    [`a.${S}.${inc} / b.${S}.rate('PT1M')`, 'ratio 1*delta(a) : 1*delta(b) plain/1/60'],
    [`a.${S} / b.${S} * 100`, 'ratio 1*raw(a) : 1*raw(b) plain/1/100'],
    ['a / b', 'ratio 1*raw(a) : 1*raw(b) plain/1/1'],
    ['(a - b) / a * 100', 'ratio 1*raw(a) -1*raw(b) : 1*raw(a) plain/1/100'],
    ['100 - ((a * 100) / b)', 'ratio -1*raw(a) 1*raw(b) : 1*raw(b) plain/1/100'],
    ['a * 100 / (a + b)', 'ratio 1*raw(a) : 1*raw(a) 1*raw(b) plain/1/100'],
    ['a.div(b).multiply(100)', 'ratio 1*raw(a) : 1*raw(b) plain/1/100'],
    [`a.sum(['m', 'service']).${inc} / b.sum(['service', 'm']).${inc}`, 'ratio 1*delta(a) : 1*delta(b) plain/1/1'],
    [`a.${S}.tag({ tags -> tags.m = 'x' }) / b.sum(['m', 'service'])`, 'ratio 1*raw(a) : 1*raw(b) plain/1/1'],
  ])('%s', (exp, shape) => {
    expect(show(planOf(exp))).toBe(shape);
  });
});

describe('raw values', () => {
  it.each([
    [`a.${S}`, 'total 1*raw(a) plain/1/1'],
    [`a.${S} * 100`, 'total 100*raw(a) plain/1/1'],
    [`a.sum(['service', 'pod']).${S}`, 'total 1*raw(a) plain/1/1'],
    [`a.${S}.downsampling(MAX)`, 'totalMax 1*raw(a) plain/1/1'],
    [`a.${S}.downsampling(MIN)`, 'totalMin 1*raw(a) plain/1/1'],
    [`a.${S}.downsampling(LATEST)`, 'totalLatest 1*raw(a) plain/1/1'],
    [`a.${S} - b.${S}`, 'total 1*raw(a) -1*raw(b) plain/1/1'],
    [`a.${S} + b.${S} + c.${S}`, 'total 1*raw(a) 1*raw(b) 1*raw(c) plain/1/1'],
    ['a', 'gauge 1*raw(a) plain/1/1'],
    ['a.downsampling(AVG)', 'gauge 1*raw(a) plain/1/1'],
    ['a.downsampling(MEAN)', 'gauge 1*raw(a) plain/1/1'],
    ['a - b', 'gauge 1*raw(a) -1*raw(b) plain/1/1'],
    ["(a - b).avg(['service'])", 'gauge 1*raw(a) -1*raw(b) plain/1/1'],
    ["a.avg(['service']) * 10", 'gauge 10*raw(a) plain/1/1'],
    ["a.max(['service'])", 'max 1*raw(a) plain/1/1'],
    ["a.min(['service']) * 2", 'min 2*raw(a) plain/1/1'],
    ["a.max(['service']).downsampling(MAX)", 'max 1*raw(a) plain/1/1'],
    ['a.downsampling(MAX)', 'max 1*raw(a) plain/1/1'],
    ['a.downsampling(MIN)', 'min 1*raw(a) plain/1/1'],
    ['a.downsampling(LATEST)', 'latest 1*raw(a) plain/1/1'],
    ['a.valueEqual(1)', 'gauge 1*raw(a)? plain/1/1'],
    ["a.count(['service', 'pod'])", 'count 1*raw(a) of pod plain/1/1'],
    ["a.count(['service', 'pod']) * 2", 'count 1*raw(a) of pod plain/1/2'],
  ])('%s', (exp, shape) => {
    expect(show(planOf(exp))).toBe(shape);
  });

  it('are chosen by size before the factor, as written', () => {
    const { body } = planOf('(a * 1000).valueGreater(500).valueLessEqual(2000).valueNotEqual(1000)');
    const keeps = body.kind === 'gauge' ? body.term.keeps : undefined;
    expect([0.5, 0.6, 1, 2, 2.1].map((value) => keeps?.(value))).toEqual([false, true, false, true, false]);
  });
});

describe('a histogram', () => {
  const H = "a.sum(['service', 'le'])";
  it.each([
    [`${H}.${inc}.histogram().histogram_percentile([50,99])`, 'histogram 1*delta(a) lex1000 [50,99] plain/1/1'],
    [`${H}.histogram().histogram_percentile([75.5])`, 'histogram 1*delta(a) lex1000 [75.5] plain/1/1'],
    [`${H}.${inc}.histogram().histogram_percentile([50]) * 1000`, 'histogram 1*delta(a) lex1000 [50] plain/1/1'],
    [`${H}.${inc}.histogram()`, 'histogram 1*delta(a) lex1000 [] plain/1/1'],
    [`a.histogram().histogram_percentile([50])`, 'histogram 1*delta(a) lex1000 [50] plain/1/1'],
    [`${H}.histogram('le', TimeUnit.MILLISECONDS)`, 'histogram 1*delta(a) lex1 [] plain/1/1'],
    [
      `a.sum(['service', 'bound']).histogram('bound', TimeUnit.MINUTES)`,
      'histogram 1*delta(a) boundx60000 [] plain/1/1',
    ],
    [`${H}.increase('PT5M').histogram()`, 'histogram 1*delta(a) lex1000 [] plain/5/1'],
    [`${H}.rate('PT1M').histogram()`, 'histogram 1*delta(a) lex1000 [] plain/1/1'],
    [
      `${H}.histogram().histogram_percentile([50]).downsampling(SUM)`,
      'histogram 1*increment(a) lex1000 [50] plain/1/1',
    ],
    [`${H}.${inc}.histogram().downsampling(SUM)`, 'histogram 1*delta(a) lex1000 [] plain/1/1'],
  ])('%s', (exp, shape) => {
    expect(show(planOf(exp))).toBe(shape);
  });

  it('shows milliseconds at the upper edge', () => {
    expect(planOf(`${H}.histogram()`).definition).toMatchObject({
      kind: 'histogram',
      unit: 'ms',
      edge: 'upper',
      labels: [],
    });
  });

  it('is in milliseconds already in files for native meters, unless told', () => {
    const scaleOf = (path: string, options = {}): number => {
      const { body } = planOf(`${H}.histogram()`, undefined, options, path);
      return body.kind === 'histogram' ? body.unitScale : Number.NaN;
    };
    expect(scaleOf('config/meter-analyzer-config/x.yaml')).toBe(1);
    expect(scaleOf('config/rules/meter/general/x.yml')).toBe(1);
    expect(scaleOf('config/rules/meter/envoy-ai-gateway/x.yml')).toBe(1000);
    expect(scaleOf('otel-rules/x.yaml')).toBe(1000);
    expect(scaleOf('otel-rules/x.yaml', { histogramUnit: 'MILLISECONDS' })).toBe(1);
  });
});

const unmergeable: readonly (readonly [exp: string, reason: string])[] = [
  [`time() - a.max(['service'])`, 'time() is no metric'],
  [`a.${S}.${inc} * b.${S}.${inc}`, 'two metrics are multiplied'],
  [`a.${S}.${inc} + 5`, 'a number is added'],
  ['100 - a', 'a number is added'],
  ['100 / a', 'a quotient of quotients or of a number by a metric'],
  [`a.${S} / 0`, 'divided by 0'],
  [`a.${S}.${inc} / b.${S}`, 'an increase is divided by a raw value'],
  [`a.${S}.${inc} + b.${S}`, 'increases and raw values are added'],
  [`a.${S} / b.${S} + c.${S} / d.${S}`, 'quotients of different denominators'],
  [`a.${S} / b.${S} + c.${S}`, 'a quotient and a metric are added'],
  [`(a / b).${S}`, 'sum() of a quotient'],
  ["(a / b).avg(['service'])", 'avg() of a quotient'],
  [`(a.${S} / b.${S}).rate('PT1M')`, 'rate() of a quotient'],
  ["a.avg(['service']) - b.avg(['service'])", 'values of avg() are added'],
  [`a.${S} + b`, 'different aggregations'],
  [`a.sum(['service', 'x']).max(['service'])`, 'max() of aggregated values'],
  [`a.max(['service', 'x']).${S}`, 'sum() of max()'],
  [`a.${S}.${inc}.max(['service'])`, 'max() of increases'],
  [`a.${S}.${inc}.rate('PT1M')`, 'an increase of an increase'],
  [`a.${S}.valueGreater(3)`, 'valueGreater() of computed values'],
  [`a.valueGreater(3).${inc}`, 'values chosen by size'],
  ["(a + b).max(['service'])", 'max() of a sum or difference'],
  ["-a.max(['service'])", 'a negative factor of max()'],
  ["a.max(['service']).downsampling(MIN)", 'downsampling(MIN) of max()'],
  ["a.max(['service']).downsampling(SUM)", 'downsampling(SUM) of max()'],
  [`(a.${S} / b.${S}).downsampling(SUM)`, 'downsampling(SUM) of a quotient'],
  ['(a - b).downsampling(MAX)', 'the max of a sum or difference'],
  ["a.avg(['service']) / b.avg(['service'])", 'a quotient of avg() values'],
  [`a.${S} / b`, 'a sum is divided by single values'],
  [`a.sum(['service', 'm']).${inc} / b.${S}.${inc}`, 'different labels (service, m; service)'],
  [`a.${S}.${inc}.safeDiv(b.sum(['service', 'm']).${inc})`, 'different labels (service; service, m)'],
  [`a.sum(['service', 'm']).${inc} - b.${S}.${inc}`, 'only samples of equal labels meet'],
  [`a.sum(['service', 'm']) + b.${S}`, 'different labels'],
  [`a.${inc} / b.${S}.${inc}`, 'different labels (all of the stream; service)'],
  [`a.sum(['service', 'm']).${inc} / (b.${S}.${inc} + c.${S}.${inc})`, 'different labels'],
  [`(a.sum(['service', 'm']) - b.${S}).sum(['service'])`, 'different labels'],
  [`a.${S}.tag({ tags -> tags.m = 'x' }) + b.${S}`, 'different labels (service, m; service)'],
];

describe('what has no mergeable state is evaluated per push', () => {
  it.each(unmergeable)('%s', (exp, reason) => {
    const plan = planOf(exp);
    expect(plan.body.kind).toBe('evaluated');
    expect(plan.definition).toMatchObject({ factor: 1, windowMinutes: 1, percentiles: [] });
    expect(plan.notes).toHaveLength(1);
    expect(plan.notes[0]).toContain('without the other resources');
    expect(plan.notes[0]).toContain(reason);
  });

  it.each([
    ['', 'gauge', 'plain'],
    ['.downsampling(AVG)', 'gauge', 'plain'],
    ['.downsampling(MEAN)', 'gauge', 'plain'],
    ['.downsampling(MAX)', 'max', 'plain'],
    ['.downsampling(MIN)', 'min', 'plain'],
    ['.downsampling(LATEST)', 'latest', 'plain'],
    ['.downsampling(SUM)', 'sum', 'plain'],
    ['.downsampling(SUM_PER_MIN)', 'sum', 'perMinute'],
  ])('and stored as its downsampling says: %s is %s, %s', (marker, kind, form) => {
    const plan = planOf(`(a.${S} * b.${S})${marker}`);
    expect(plan.body.kind).toBe('evaluated');
    expect(plan.definition).toMatchObject({ kind, form });
  });

  it('the interpreter gets values only: scope, downsampling and decoration are the plan’s', () => {
    const { body } = planOf(
      "time() - a.max(['service']).downsampling(LATEST)",
      `tag({ tags -> tags.x = '1' }).service(['service'], Layer.GENERAL).decorate({ me -> me.attr0 = 'x' })`,
    );
    const text = JSON.stringify(body, (key, value: unknown) => (key === 'at' ? undefined : value));
    expect(text).toContain('"max"');
    expect(text).toContain('"tag"');
    expect(text).not.toMatch(/"service"\s*,\s*"args"|downsampling|decorate/);
  });
});

describe('a remark', () => {
  it.each([
    [`a.${S}.${inc}.downsampling(MAX)`, 'downsampling(MAX) of an increase'],
    [`(a.${S} / b.${S}).downsampling(LATEST)`, 'does not apply to a quotient'],
    ["a.count(['service', 'pod']).downsampling(LATEST)", 'does not apply to count()'],
    [`a.${S}.increase('PT2M') + b.${S}.${inc}`, 'different windows'],
    [
      "a.retagByK8sMeta('service', K8sRetagType.Pod2Service, 'pod', 'namespace')",
      'retagByK8sMeta needs a metadata resolver',
    ],
    [
      'a.tag({ tags -> tags.p = ProcessRegistry.generateVirtualLocalProcess(tags.s, tags.i) })',
      'ProcessRegistry needs a metadata resolver',
    ],
  ])('goes with %s', (exp, note) => {
    expect(planOf(exp).notes.join()).toContain(note);
  });
});
