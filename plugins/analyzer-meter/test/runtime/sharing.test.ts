/** What rules have in common is done once per stream; that must not show in what is stored. */
import { plainSource } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { compileRuleFiles } from '../../src/compile/compile.js';
import { labelsTouchedBy } from '../../src/compile/closure-labels.js';
import { parseClosure } from '../../src/language/mal.js';
import type { LabelStep, MetricPlan, Term } from '../../src/plan.js';
import { planOf } from '../compile/rules.js';
import { counter, gatewayPlans, histogram, histograms, minute, number, plan, rig, serverStart, term } from './builders.js';

const t0 = serverStart + minute;
const start = serverStart + 1;
const bounds = [0.1, 0.5, 1];
const latency = ".histogram().histogram_percentile([50])";
const shop = { metric: 'm_x', service: 'shop' };
const suffix = "service(['service_name'], Layer.GENERAL)";
const ms = (value: number): number => value * 1_000_000;

function bucketsOf(exp: string): ReadonlyMap<number, number> {
  const it = rig([planOf(exp, suffix)]);
  it.send(histograms('d', [histogram([1, 2, 3, 4], bounds, 9, { at: t0, start })]));
  return it.stream.histogram(shop);
}

/** Each with functions of its own that say nothing about labels, as if written by hand. */
function withoutSharing(plans: readonly MetricPlan[]): readonly MetricPlan[] {
  const bare = (step: LabelStep): LabelStep => (labels) => step(new Map(labels));
  const lonely = (one: Term): Term => ({ ...one, steps: one.steps.map(bare) });
  return plans.map(({ filter, place, body, ...rest }) => {
    const own = { ...rest, place: (labels: Parameters<typeof place>[0]) => place(new Map(labels)) };
    const passes = filter === undefined ? undefined : (labels: Parameters<typeof filter>[0]) => filter(labels);
    if (body.kind === 'sum') return { ...own, filter: passes, body: { ...body, terms: body.terms.map(lonely) } };
    if (body.kind === 'ratio') {
      const [numerator, denominator] = [body.numerator.map(lonely), body.denominator.map(lonely)];
      return { ...own, filter: passes, body: { ...body, numerator, denominator } };
    }
    return { ...own, filter: passes, body: body.kind === 'evaluated' ? body : { ...body, term: lonely(body.term) } };
  });
}

describe('rules that share steps', () => {
  test('store for the gateway exactly what each would store by itself', async () => {
    const plans = await gatewayPlans();
    const rigs = [rig(plans), rig(withoutSharing(plans))];
    for (const [push, type] of ['input', 'output', 'cached_input', 'input'].entries()) {
      const values = { 'gen_ai.token.type': type, 'gen_ai.request.model': `m${push % 2}`, 'gen_ai.provider.name': 'p', job_name: 'envoy-ai-gateway' };
      const point = histogram([1, 2, push, 4], bounds, 9 + push, { at: t0 + push, start, attributes: values });
      for (const it of rigs) {
        for (const name of ['gen_ai.client.token.usage', 'gen_ai.server.request.duration', 'mcp.request.duration']) it.send(histograms(name, [point]));
      }
    }
    const [shared, alone] = rigs.map(({ stream }) => stream.entries());
    expect(shared?.length).toBeGreaterThan(90);
    expect(shared).toEqual(expect.arrayContaining([...(alone ?? [])]));
    expect(shared).toHaveLength(alone?.length ?? 0);
  });

  test('run a step that they have in common once per stream', () => {
    const seen: number[] = [];
    const step: LabelStep = (labels) => {
      seen.push(labels.size);
      return [labels];
    };
    const names = ['a', 'b', 'c'];
    const it = rig(names.map((name) => plan(name, { kind: 'sum', terms: [term('requests', { steps: [step] })] })));
    it.send(counter('requests', [number(4, { at: t0, start })]));
    it.send(counter('requests', [number(5, { at: t0 + 1, start })]));
    expect(seen).toHaveLength(1);
    expect(names.map((metric) => it.stream.value({ metric, service: 'shop' }))).toEqual([5, 5, 5]);
  });

  test('each lose the sample on which a common step fails', () => {
    const step: LabelStep = () => {
      throw new TypeError('no');
    };
    const it = rig(['a', 'b'].map((name) => plan(name, { kind: 'sum', terms: [term('requests', { steps: [step] })] })));
    it.send(counter('requests', [number(4, { at: t0, start })]));
    expect(it.failures).toEqual(['a', 'b']);
  });

  test('of one file have the closure of expPrefix as one function, and one placer per set of labels', () => {
    const text = `expPrefix: "tag({ tags -> tags.service = tags.host })"\nexpSuffix: service(['service'], Layer.GENERAL)\nmetricsRules:
  - { name: m_a, exp: "x.sum(['service']).increase('PT1M')" }\n  - { name: m_b, exp: "y.sum(['service']).increase('PT1M')" }\n`;
    const { plans } = compileRuleFiles([{ path: 'a.yaml', text }]);
    const [a, b] = plans.map(({ body }) => (body.kind === 'sum' ? body.terms[0]?.steps : undefined));
    expect(a).toHaveLength(2);
    expect(b).toEqual(a);
    expect(plans[0]?.place).toBe(plans[1]?.place);
  });
});

describe('buckets', () => {
  const all = [[ms(100), 1], [ms(500), 2], [ms(1000), 7]];

  test('go one way together when no rule looks at le', () => {
    expect([...bucketsOf(`d.tag({ tags -> tags.x = 'y' }).sum(['le', 'service_name'])${latency}`)]).toEqual(all);
  });

  test.each([
    ["d.tagNotEqual('le', '0.5')", [[ms(100), 1], [ms(1000), 7]]],
    ["d.filter({ tags -> tags.le != '0.5' })", [[ms(100), 1], [ms(1000), 7]]],
    ["d.filter({ tags -> tags['le'] != 'Infinity' })", [[ms(100), 1], [ms(500), 2], [ms(1000), 3]]],
    ["d.tag({ tags -> if (tags.le == '0.1') { tags.le = '0.5' } })", [[ms(500), 3], [ms(1000), 7]]],
    ["d.tag({ tags -> tags.put('l' + 'e', '1.0') })", [[ms(1000), 10]]],
    ["d.tag({ tags -> def t = tags; t.le = '0.1' })", [[ms(100), 10]]],
    ["d.tag({ tags -> ['le': '0.5', 'service_name': tags.service_name] })", [[ms(500), 10]]],
    ["d.forEach(['le'], { key, tags -> tags[key] = '0.1' })", [[ms(100), 10]]],
  ])('go one by one through %s', (exp, expected) => {
    expect([...bucketsOf(`${exp}.sum(['le', 'service_name'])${latency}`)]).toEqual(expected);
  });

  test('that a closure fails on together count each', () => {
    const it = rig([planOf(`d.tag({ tags -> tags.x = tags.none.trim() }).sum(['le', 'service_name'])${latency}`, suffix)]);
    it.send(histograms('d', [histogram([1, 2, 3, 4], bounds, 9, { at: t0, start })]));
    expect([it.failures, it.metrics.value('meterlark_meter_rule_failures_total', { metric: 'm_x' })]).toEqual([['m_x'], 4]);
  });
});

describe('the labels that a closure touches', () => {
  test.each([
    ['tags.a == tags["b"]', ['a', 'b']],
    ['if (tags.a) { tags.b = tags.c ?: tags.d } else { return !tags.e }', ['a', 'b', 'c', 'd', 'e']],
    ['def x = tags.a.trim(); x =~ /y/; [x, tags.b] ? 1 : -2', ['a', 'b']],
    ['tags.remove("a")', undefined],
    ['tags[tags.a] = "b"', undefined],
    ['return tags', undefined],
    ['["a": tags.a]', undefined],
    ['tags = ["a"]', undefined],
    ['def x = [tags]', undefined],
  ])('%s', (body, expected) => {
    const touched = labelsTouchedBy(parseClosure(plainSource('closure', `{ tags -> ${body} }`)));
    expect(touched === undefined ? undefined : [...touched].sort()).toEqual(expected);
  });
});
