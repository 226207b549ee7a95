import { describe, expect, it } from 'vitest';
import type { Labels, MetricPlan } from '../../src/plan.js';
import { compileText, planOf, ruleFile } from './rules.js';

const L = 'Layer.GENERAL';

function labels(pairs: Readonly<Record<string, string>>): Labels {
  return new Map(Object.entries(pairs));
}

/** What the runtime does with one sample of a plan's first term. */
function place(plan: MetricPlan, pairs: Readonly<Record<string, string>>) {
  const term = 'term' in plan.body ? plan.body.term : 'terms' in plan.body ? plan.body.terms[0] : undefined;
  let samples: readonly Labels[] = [labels(pairs)];
  for (const step of term?.steps ?? []) samples = samples.flatMap((sample) => step(sample));
  return samples.map((sample) => plan.place(sample));
}

const service = { name: 'shop', normal: true };
const placements: readonly (readonly [suffix: string, sample: Record<string, string>, placement: object])[] = [
  [`service(['a'], ${L})`, { a: 'shop' }, { entity: { scope: 'Service', service }, layer: 'GENERAL' }],
  [`service(['a', 'b'], ${L})`, { a: 'x', b: 'y' }, { entity: { service: { name: 'x.y' } } }],
  [`service(['a', 'b'], '::', ${L})`, { a: 'x', b: 'y' }, { entity: { service: { name: 'x::y' } } }],
  [`service(['a', 'b'], '::', ${L})`, { b: 'y' }, { entity: { service: { name: 'y' } } }],
  [
    "service(['a'], Layer.VIRTUAL_GENAI)",
    { a: 'openai' },
    { entity: { service: { name: 'openai', normal: false } }, layer: 'VIRTUAL_GENAI' },
  ],
  [
    `instance(['a'], ['b'], ${L})`,
    { a: 'shop', b: 'i1' },
    { entity: { scope: 'ServiceInstance', service, instance: 'i1' } },
  ],
  [
    `instance(['a'], '::', ['b', 'c'], '@', ${L}, { tags -> ['pod': tags.b, 'zone': tags.z ?: 'n/a', 'none': tags.q] })`,
    { a: 'shop', b: 'i', c: 'j' },
    { entity: { instance: 'i@j' }, properties: { pod: 'i', zone: 'n/a' } },
  ],
  [
    `instance(['a'], '::', ['b'], '', ${L}, null)`,
    { a: 'shop', b: 'i' },
    { entity: { instance: 'i' }, properties: {} },
  ],
  [`endpoint(['a'], ['b'], ${L})`, { a: 'shop', b: '/x' }, { entity: { scope: 'Endpoint', service, endpoint: '/x' } }],
  [`endpoint(['a'], ['b', 'c'], ':', ${L})`, { a: 'shop', b: 'GET', c: '/x' }, { entity: { endpoint: 'GET:/x' } }],
  [
    "process(['a'], ['b'], ['c'], 'l')",
    { a: 'shop', b: 'i', c: 'p', l: 'general' },
    { entity: { scope: 'Process', service, instance: 'i', process: 'p' }, layer: 'GENERAL' },
  ],
  [
    `serviceRelation(DetectPoint.CLIENT, ['a'], ['b'], ${L})`,
    { a: 'x', b: 'y' },
    {
      entity: { scope: 'ServiceRelation', source: { name: 'x' }, destination: { name: 'y' } },
      properties: { detectPoint: 'CLIENT' },
    },
  ],
  [
    `serviceRelation(DetectPoint.SERVER, ['a'], ['b', 'c'], '-', ${L}, 'k')`,
    { a: 'x', b: 'y', c: 'z', k: '49' },
    { entity: { destination: { name: 'y-z' } }, properties: { detectPoint: 'SERVER', component: '49' } },
  ],
  [
    `serviceInstanceRelation(DetectPoint.SERVER, ['a'], ['b'], ['c'], ['d', 'e'], '@', ${L}, '')`,
    { a: 'x', b: 'i', c: 'y', d: 'j', e: 'k' },
    {
      entity: {
        scope: 'ServiceInstanceRelation',
        source: { name: 'x' },
        sourceInstance: 'i',
        destination: { name: 'y' },
        destinationInstance: 'j@k',
      },
    },
  ],
  [
    "processRelation('side', ['a'], ['b'], 'c', 'd', 'k')",
    { side: 'SERVER', a: 'shop', b: 'i', c: 'p1', d: 'p2', k: '110' },
    {
      entity: { scope: 'ProcessRelation', service, instance: 'i', sourceProcess: 'p1', destinationProcess: 'p2' },
      properties: { detectPoint: 'SERVER', component: '110' },
    },
  ],
];

describe('a scope function', () => {
  it.each(placements)('%s', (suffix, sample, placement) => {
    const [placed] = place(planOf('x', suffix), sample);
    expect(placed).toMatchObject(placement);
    expect(placed?.labels.size).toBe(0);
  });

  it.each<[string, Record<string, string>]>([
    [`service(['a'], ${L})`, { b: 'x' }],
    [`service(['a'], ${L})`, { a: '' }],
    [`instance(['a'], ['b'], ${L})`, { a: 'x' }],
    [`endpoint(['a'], ['b'], ${L})`, { b: 'x' }],
    ["process(['a'], ['b'], ['c'], 'l')", { a: 'x', b: 'y', c: 'z', l: 'nowhere' }],
    [`serviceRelation(DetectPoint.CLIENT, ['a'], ['b'], ${L})`, { a: 'x' }],
    [`serviceInstanceRelation(DetectPoint.CLIENT, ['a'], ['b'], ['c'], ['d'], ${L})`, { a: 'x', b: 'y', c: 'z' }],
    ["processRelation('s', ['a'], ['b'], 'c', 'd', 'k')", { a: 'x', b: 'y', c: 'z' }],
  ])('%s places nothing when a name is missing', (suffix, sample) => {
    expect(place(planOf('x', suffix), sample)).toEqual([undefined]);
  });

  it('of a chain, the last one counts', () => {
    const plan = planOf('x', `service(['a'], ${L}).instance(['a'], ['b'], ${L})`);
    expect(plan.definition.scope).toBe('ServiceInstance');
    expect(place(plan, { a: 'x', b: 'y' })[0]).toMatchObject({ entity: { scope: 'ServiceInstance', instance: 'y' } });
  });

  it('is decorated with attributes, services only', () => {
    const decorate = ".decorate({ me -> me.attr0 = me.serviceName + '/' + me.layer\n me.attr9 = 'no' })";
    expect(place(planOf('x', `service(['a'], ${L})${decorate}`), { a: 'n' })[0]?.properties).toEqual({
      attr0: 'n/GENERAL',
    });
    expect(place(planOf('x', `instance(['a'], ['b'], ${L})${decorate}`), { a: 'n', b: 'i' })[0]?.properties).toEqual(
      {},
    );
  });
});

describe('labels of a metric', () => {
  it.each([
    ["x.sum(['service', 'model', 'kind'])", ['kind', 'model']],
    ["x.sum(['service'])", []],
    ['x', []],
    ["x.sum(['service', 'le', 'kind']).histogram()", ['kind']],
    ["x.sum(['service', 'kind']).tag({ tags -> tags.more = '1' })", ['kind', 'more']],
    ["x.sum(['service', 'kind']).tag({ tags -> tags.remove('kind') })", []],
    ["x.sum(['service', 'kind']).tag({ tags -> ['service': tags.service, 'new': tags.kind] })", ['new']],
    ["x.sum(['service']).forEach(['a', 'b'], { e, tags -> tags[e + '_x'] = e })", ['a_x', 'b_x']],
    ["x.sum(['service']).retagByK8sMeta('svc', K8sRetagType.Pod2Service, 'pod', 'ns')", ['svc']],
    ["x.count(['service', 'kind', 'pod'])", ['kind']],
    ["x.sum(['service', 'kind']) / y.sum(['service', 'kind'])", ['kind']],
    ["100 - x.sum(['service', 'kind'])", ['kind']],
  ])('%s', (exp, names) => {
    expect(planOf(exp).definition.labels).toEqual(names);
  });

  it('are placed with the sample, missing as ""', () => {
    const plan = planOf("x.sum(['service', 'kind', 'model'])");
    expect(place(plan, { service: 's', kind: 'a', other: 'b' })[0]?.labels).toEqual(labels({ kind: 'a', model: '' }));
  });
});

describe('label steps', () => {
  const all = { service: 's', a: 'alpha', n: '7' };
  it.each<[string, boolean]>([
    ["x.tagEqual('a', 'alpha', 'n', '7')", true],
    ["x.tagEqual('a', 'alpha', 'n', '8')", false],
    ["x.tagEqual('none', '')", true],
    ["x.tagEqual('none', null)", true],
    ["x.tagEqual('a', 'beta', 'a', 'alpha')", true],
    ["x.tagNotEqual('a', 'beta', 'n', '8')", true],
    ["x.tagNotEqual('a', 'beta', 'n', '7')", false],
    ["x.tagNotEqual('none', '')", false],
    ["x.tagMatch('a', 'al.*')", true],
    ["x.tagMatch('a', 'al')", false],
    ["x.tagMatch('a', 'be|alp|alpha')", true],
    ["x.tagMatch('a', '(?i)ALPHA')", true],
    ["x.tagNotMatch('a', 'al')", true],
    ["x.tagNotMatch('a', '.*', 'n', '8')", false],
    ["x.filter({ tags -> tags.a == 'alpha' && tags.n.toInteger() > 6 })", true],
    ['x.filter({ tags -> tags.none })', false],
  ])('%s keeps the sample: %s', (exp, kept) => {
    expect(place(planOf(exp), all)).toHaveLength(kept ? 1 : 0);
  });

  it('matches nothing longer than patterns may see', () => {
    expect(place(planOf("x.tagMatch('a', '.*')"), { service: 's', a: 'y'.repeat(5000) })).toEqual([]);
  });

  it('tag changes a copy or gives a map in its place', () => {
    const sample = labels({ service: 's', a: '1' });
    const step = (exp: string) => {
      const { body } = planOf(exp);
      return body.kind === 'gauge' ? body.term.steps[0]?.(sample) : undefined;
    };
    expect(step("x.tag({ tags -> tags.a = tags.a + '2' })")).toEqual([labels({ service: 's', a: '12' })]);
    expect(step("x.tag({ tags -> ['service': 'z', 'n': 5, 'gone': null] })")).toEqual([
      labels({ service: 'z', n: '5' }),
    ]);
    expect(step("x.forEach(['p', 'q'], { e, tags -> if (e == 'p') { return }\n tags[e] = 'set' })")).toEqual([
      labels({ service: 's', a: '1', q: 'set' }),
    ]);
    expect(sample.get('a')).toBe('1');
  });

  it('run in the order of the chain, grouping included', () => {
    const plan = planOf(
      "x.tag({ tags -> tags.service = 'p::' + tags.service }).sum(['service', 'k']).tag({ tags -> tags.k = tags.k + tags.gone })",
    );
    expect(place(plan, { service: 's', k: 'v', gone: 'g' })[0]).toMatchObject({
      entity: { service: { name: 'p::s' } },
      labels: labels({ k: 'vnull' }),
    });
  });

  it('ask the resolver of Kubernetes metadata, and without one drop the sample', () => {
    const exp = "x.retagByK8sMeta('service', K8sRetagType.Pod2Service, 'pod', 'ns')";
    const resolver = {
      podService: (namespace: string, pod: string) => `${namespace}/${pod}`,
      virtualLocalProcess: () => 'l',
      virtualRemoteProcess: () => 'r',
    };
    expect(place(planOf(exp, undefined, { resolver }), { pod: 'p', ns: 'n' })[0]).toMatchObject({
      entity: { service: { name: 'n/p' } },
    });
    expect(place(planOf(exp), { pod: 'p', ns: 'n' })).toEqual([]);
    expect(place(planOf(exp), { service: 's', pod: 'p' })).toHaveLength(1);
  });
});

describe('a rule file', () => {
  it('filters samples, whatever the scalar style', () => {
    const { plans, faults } = compileText(ruleFile('a', undefined, 'filter: "{ tags -> tags.job_name == \'x\' }"\n'));
    expect(faults).toEqual([]);
    expect(['x', 'y'].map((job) => plans[0]?.filter?.(labels({ job_name: job })))).toEqual([true, false]);
  });

  it('puts expPrefix behind every metric and expSuffix behind the whole', () => {
    const { plans } = compileText(
      ruleFile('(a + b) / c', undefined, "expPrefix: tag({ tags -> tags.service = 'p' })\n"),
    );
    const body = plans[0]?.body;
    const terms = body?.kind === 'ratio' ? [...body.numerator, ...body.denominator] : [];
    expect(terms.map(({ steps }) => steps.length)).toEqual([1, 1, 1]);
    expect(terms.map(({ steps }) => steps[0]?.(new Map())[0]?.get('service'))).toEqual(['p', 'p', 'p']);
  });

  it('names its metrics, layers, units and precision', () => {
    const text = `metricPrefix: m
layerDefinitions:
  - { name: FLEET, ordinal: 1000 }
  - { name: GUESSED, ordinal: 1001, normal: false }
metricsRules:
  - name: 4xx
    exp: a.service(['s'], Layer.FLEET)
    unit: calls
    precision: decimal
  - { name: guess, exp: "b.service(['s'], Layer.GUESSED)" }
`;
    const { plans, faults, layers } = compileText(text, {}, 'rules/fleet.yaml');
    expect(faults).toEqual([]);
    expect(plans[0]?.definition).toMatchObject({
      name: 'm_4xx',
      unit: 'calls',
      precision: 'decimal',
      layer: 'FLEET',
      origin: 'rules/fleet.yaml',
    });
    expect(plans[1]?.definition).toMatchObject({ precision: 'integer', unit: '' });
    expect(plans[1]?.place(labels({ s: 'x' }))?.entity).toMatchObject({ service: { normal: false } });
    expect(layers.map(({ ordinal }) => ordinal)).toEqual([1000, 1001]);
  });

  it('may be empty', () => {
    expect(compileText('# nothing yet\n')).toMatchObject({ plans: [], faults: [] });
  });
});
