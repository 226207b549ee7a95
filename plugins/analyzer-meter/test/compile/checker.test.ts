import { describe, expect, it } from 'vitest';
import { createMeterRuleChecker } from '../../src/compile/checker.js';

const checker = createMeterRuleChecker();

function check(text: string): ReturnType<typeof checker.check>[number] | undefined {
  return checker.check([{ file: 'x.yaml', text }])[0];
}

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
    const report = check(text);
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
    expect(check(text)).toBeUndefined();
  });

  it('claims a file of ours that is no YAML', () => {
    expect(check('metricsRules:\n  - name: "x\n')?.faults[0]?.code).toBe('METERLARK_LANGUAGE_YAML');
  });

  const rules = (exp: string): string => `metricPrefix: m\nmetricsRules:\n  - { name: used, exp: "${exp}" }\n`;
  const services = rules("a.sum(['s', 'pool']).service(['s'], Layer.GENERAL)");
  const instances = rules("a.sum(['s', 'pod']).instance(['s'], ['pod'], Layer.GENERAL)");

  it('tells of two files that give one metric different scopes or labels, with the later file', () => {
    const reports = checker.check([
      { file: 'a.yaml', text: services },
      { file: 'other.yaml', text: 'rules: []' },
      { file: 'b.yaml', text: instances },
    ]);
    expect(reports.map(({ file, metrics, faults }) => [file, metrics.length, faults.map(({ code }) => code)])).toEqual([
      ['a.yaml', 1, []],
      ['b.yaml', 0, ['METERLARK_MAL_CONFLICT']],
    ]);
    expect(reports[1]?.faults[0]?.message).toContain('a.yaml:3');
  });

  it('loses no fault among several files', () => {
    const files = [rules('a.sum(['), 'metricsRules:\n  - name: "x\n', rules('a.summ()'), services].map((text, index) => ({ file: `${index}.yaml`, text }));
    expect(checker.check(files).map(({ faults }) => faults.length > 0)).toEqual([true, true, true, false]);
  });

  it('has nothing to say of no files', () => {
    expect(checker.check([])).toEqual([]);
  });
});
