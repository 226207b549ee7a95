/** Rules without a mergeable state, from their text to what is stored. */
import { bucketValue, canonicalLabels } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { compileRuleFiles } from '../../src/compile/compile.js';
import type { MetricPlan } from '../../src/plan.js';
import { batch, counter, gauge, minute, number, resource, rig, serverStart, type Rig, type Values } from './builders.js';

const t0 = serverStart + minute;

/** A rule `m` about services. */
function rule(exp: string): MetricPlan {
  const text = `expSuffix: service(['service_name'], Layer.GENERAL)\nmetricsRules:\n  - name: m\n    exp: ${JSON.stringify(exp)}\n`;
  const { plans, faults } = compileRuleFiles([{ path: 'rules.yaml', text }]);
  const [plan] = plans;
  if (plan === undefined || faults.length > 0) throw new AggregateError(faults);
  return plan;
}

/** Deltas of half a minute each, by model for `c` and as given for `d`. */
function pushes(it: Rig, ofD: readonly Values[]): void {
  for (const at of [t0, t0 + 30_000]) {
    const points = (labels: readonly Values[], value: number) =>
      labels.map((attributes) => number(value, { at, start: at - 30_000, attributes }));
    it.send(counter('c', points([{ m: 'x' }, { m: 'y' }], 6), 'delta'), counter('d', points(ofD, 12), 'delta'));
  }
}

function pair(it: Rig, labels: Readonly<Record<string, string>> = {}): readonly (number | undefined)[] {
  return ([0, 1] as const).map((part) => it.stream.value({ metric: 'm', service: 'shop', labels }, part));
}

describe('sides of different labels', () => {
  test.each(['/', '-', '+', '*'])('never meet: c %s d has no value', (operator) => {
    const it = rig([rule(`c.sum(['service_name', 'm']).increase('PT1M') ${operator} d.sum(['service_name']).increase('PT1M')`)]);
    pushes(it, [{}]);
    expect(it.stream.seriesOf('m')).toEqual([]);
    expect(it.failures).toEqual([]);
  });

  test('of equal labels meet in any order of their names, and no series is made for a label that neither has', () => {
    const it = rig([rule("c.sum(['service_name', 'm']).increase('PT1M') / d.sum(['m', 'service_name']).increase('PT1M')")]);
    pushes(it, [{ m: 'x' }]);
    expect(pair(it, { m: 'x' })).toEqual([12, 24]);
    expect(it.stream.seriesOf('m').map(([, labels]) => labels)).not.toContain(canonicalLabels([['m', '']]));
  });

  test('that the streams bring themselves are compared sample by sample', () => {
    const it = rig([rule("(c.increase('PT1M') / d.sum(['service_name', 'job_name', 'm']).increase('PT1M')).max(['service_name', 'm'])")]);
    pushes(it, [{ m: 'x' }, { m: 'z' }]);
    expect(pair(it, { m: 'x' })).toEqual([1, 2]);
    expect(it.stream.seriesOf('m')).toHaveLength(1);
  });
});

describe('the downsampling of an evaluated rule', () => {
  /** Products 12, 40, 6 of three pods within one minute, the newest in the middle of the arrivals; then 5 in the next. */
  function products(marker: string): Rig {
    const it = rig([rule(`(a.sum(['service_name']) * b.sum(['service_name']))${marker}`)]);
    for (const [after, a, b] of [[0, 3, 4], [20_000, 8, 5], [10_000, 2, 3], [minute, 5, 1]] as const) {
      const metrics = [gauge('a', [number(a, { at: t0 + after })]), gauge('b', [number(b, { at: t0 + after })])];
      it.analyzer.accept(batch([resource({ 'service.name': 'shop', pod: after }, metrics)]));
    }
    return it;
  }
  const shop = { metric: 'm', service: 'shop' };
  const first = Math.floor(t0 / minute);

  test.each([
    ['', 'gauge', 58 / 3],
    ['.downsampling(AVG)', 'gauge', 58 / 3],
    ['.downsampling(MAX)', 'max', 40],
    ['.downsampling(MIN)', 'min', 6],
    ['.downsampling(LATEST)', 'latest', 40],
    ['.downsampling(SUM)', 'sum', 58],
    ['.downsampling(SUM_PER_MIN)', 'sum', 58],
  ])('%s is stored as %s', (marker, kind, expected) => {
    const it = products(marker);
    expect(new Set(it.stream.entries().map(({ key }) => key.kind))).toEqual(new Set([kind]));
    const definition = rule(`(a.sum(['service_name']) * b.sum(['service_name']))${marker}`).definition;
    const shown = [first, first + 1].map((at) => {
      const [a = Number.NaN, b = 0] = ([0, 1] as const).map((part) => it.stream.value(shop, part, at));
      return bucketValue(definition, 'minute', [{ a, b, slots: 0n, histogram: undefined }]);
    });
    expect(shown).toEqual([expected, 5]);
  });

  test('SUM keeps the whole of an hour, SUM_PER_MIN a sixtieth', () => {
    const hour = (marker: string) => {
      const { definition } = rule(`(a.sum(['service_name']) * b.sum(['service_name'])).downsampling(${marker})`);
      return bucketValue(definition, 'hour', [{ a: 120, b: 0, slots: 0n, histogram: undefined }]);
    };
    expect([hour('SUM'), hour('SUM_PER_MIN')]).toEqual([120, 2]);
  });
});
