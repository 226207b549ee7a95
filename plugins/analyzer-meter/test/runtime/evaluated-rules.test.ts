/** Rules without a mergeable state, from their text to what is stored. */
import { canonicalLabels } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { compileRuleFiles } from '../../src/compile/compile.js';
import type { MetricPlan } from '../../src/plan.js';
import { counter, minute, number, rig, serverStart, type Rig, type Values } from './builders.js';

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
