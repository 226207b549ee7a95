import { plainSource } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/language/mal.js';
import type { MetricPlan } from '../../src/plan.js';
import { batch, counter, gauge, minute, number, plan, resource, rig, serverStart } from './builders.js';

const t0 = serverStart + minute;
const shop = { metric: 'm', service: 'shop' };

function evaluated(expression: string, changes: Partial<MetricPlan> = {}): MetricPlan {
  return plan('m', { kind: 'evaluated', expression: parseExpression(plainSource('test', expression)) }, changes);
}

describe('plans that are evaluated per push', () => {
  test('see the families of one resource and point time together and are stored as a gauge', () => {
    const it = rig([evaluated("(used / size).max(['service_name'])")]);
    it.send(
      gauge('used', [0, 1].map((disk) => number(10 + disk * 20, { at: t0, attributes: { disk } }))),
      gauge('size', [0, 1].map((disk) => number(100, { at: t0, attributes: { disk } }))),
    );
    it.send(gauge('used', [number(50, { at: t0 + 1000 })]), gauge('size', [number(100, { at: t0 + 1000 })]));
    expect([it.stream.value(shop, 0), it.stream.value(shop, 1)]).toEqual([0.3 + 0.5, 2]);
    expect(it.stream.observed.map(({ name }) => name)).toContain('shop');
  });

  test('do not see other resources', () => {
    const it = rig([evaluated("used.count(['pod'])", { place: () => ({ entity: { scope: 'Service', service: { name: 'shop', normal: true } }, layer: '', labels: new Map(), properties: {} }) })]);
    const pods = ['a', 'b'].map((pod) => resource({ 'service.name': 'shop', pod }, [gauge('used', [number(1, { at: t0 })])]));
    it.analyzer.accept(batch(pods));
    expect([it.stream.value(shop, 0), it.stream.value(shop, 1)]).toEqual([2, 2]);
  });

  test('increases are those of the streams, reset and all', () => {
    const it = rig([evaluated("(x.sum(['service_name']).increase('PT1M') / y.sum(['service_name'])).max(['service_name'])")]);
    for (const [index, value] of [100, 160, 30].entries()) {
      const at = t0 + index * 30_000;
      it.send(counter('x', [number(value, { at })]), gauge('y', [number(10, { at })]));
    }
    expect([it.stream.value(shop, 0), it.stream.value(shop, 1)]).toEqual([12 + 6, 2]);
  });

  test('see one export whole that comes in several requests, its instruments some ms apart', () => {
    const it = rig([evaluated("(used / size).max(['service_name'])")]);
    for (const [step, used] of [20, 60].entries()) {
      it.send(gauge('used', [number(used, { at: t0 + step * 1000 })]));
      it.send(gauge('size', [number(100, { at: t0 + step * 1000 + 4 })]));
    }
    expect([it.stream.value(shop, 0), it.stream.value(shop, 1)]).toEqual([0.8, 2]);
  });

  test('a filter keeps samples out', () => {
    const it = rig([evaluated("used.max(['service_name'])", { filter: (labels) => labels.get('disk') === '1' })]);
    it.send(gauge('used', [0, 1].map((disk) => number(10 - disk, { at: t0, attributes: { disk } }))));
    expect(it.stream.value(shop, 0)).toBe(9);
  });

  test('one that fails is counted and the others go on', () => {
    const broken = evaluated("used.tag({ tags -> tags.a = tags.b.split('x') }).max(['service_name'])");
    const it = rig([broken, { ...evaluated("used.max(['service_name'])"), definition: { ...broken.definition, name: 'fine' } }]);
    it.send(gauge('used', [number(3, { at: t0 })]));
    expect(it.stream.value({ ...shop, metric: 'fine' })).toBe(3);
    expect(it.failures).toEqual(['m']);
  });
});
