import { describe, expect, it } from 'vitest';
import { createMeterRuleChecker } from '../../src/compile/checker.js';

const checker = createMeterRuleChecker();

describe('the rule checker', () => {
  it('tells kind, scope, labels, source and remarks of every metric', () => {
    const text = `metricPrefix: m
expSuffix: service(['s'], Layer.GENERAL)
metricsRules:
  - { name: used, exp: "a.sum(['s', 'pool'])" }
  - { name: pods, exp: "a.count(['s', 'pod'])" }
  - { name: age, exp: "time() - a.max(['s'])" }
  - { name: calls, exp: "a.sum(['s']).increase('PT1M')" }
`;
    const report = checker.check('x.yaml', text);
    expect(report?.faults).toEqual([]);
    expect(report?.metrics.map(({ name, kind, labels, source }) => ({ name, kind, labels, source }))).toEqual([
      { name: 'm_used', kind: 'total', labels: ['pool'], source: 'resource' },
      { name: 'm_pods', kind: 'total', labels: [], source: 'pod' },
      { name: 'm_age', kind: 'gauge', labels: [], source: '' },
      { name: 'm_calls', kind: 'sum', labels: [], source: '' },
    ]);
    expect(report?.metrics[2]?.notes[0]).toContain('evaluated for each push');
    expect(report?.metrics.every(({ scope }) => scope === 'Service')).toBe(true);
  });

  it.each(['rules:\n  - name: x\n', 'a: [1, 2\n', '', '- a\n'])('leaves %j to others', (text) => {
    expect(checker.check('x.yaml', text)).toBeUndefined();
  });

  it('claims a file of ours that is no YAML', () => {
    expect(checker.check('x.yaml', 'metricsRules:\n  - name: "x\n')?.faults[0]?.code).toBe('METERLARK_LANGUAGE_YAML');
  });
});
