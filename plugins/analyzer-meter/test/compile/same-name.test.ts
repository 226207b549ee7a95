import { describe, expect, it } from 'vitest';
import { compileRuleFiles } from '../../src/compile/compile.js';
import { compileText } from './rules.js';

describe('two rules of one name', () => {
  const file = (path: string, exp: string) => ({ path, text: `metricsRules:\n  - name: same\n    exp: "${exp}"\n` });
  const service = (labels: string) => `a.sum([${labels}]).service(['s'], Layer.GENERAL)`;

  it('in two files may not differ in labels', () => {
    const { faults, plans } = compileRuleFiles([
      file('one.yaml', service("'s'")),
      file('two.yaml', service("'s', 'model'")),
    ]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({
      code: 'METERLARK_MAL_CONFLICT',
      fields: { file: 'two.yaml', line: 2, column: 11, otherFile: 'one.yaml', otherLine: 2 },
    });
    expect(faults[0]?.message).toBe(
      'two.yaml:2:11: same has scope Service and labels model, but one.yaml:2 gave it scope Service and no labels',
    );
    expect(plans).toHaveLength(1);
  });

  it('in two files may not differ in scope', () => {
    const { faults } = compileRuleFiles([
      file('one.yaml', service("'s'")),
      file('two.yaml', "a.sum(['s', 'i']).instance(['s'], ['i'], Layer.GENERAL)"),
    ]);
    expect(faults.map(({ code }) => code)).toEqual(['METERLARK_MAL_CONFLICT']);
  });

  it('in two files may differ in kind, and a note says so', () => {
    const { faults, plans, notes } = compileRuleFiles([
      file('one.yaml', service("'s'")),
      file('two.yaml', "b.sum(['s']).rate('PT1M').service(['s'], Layer.GENERAL)"),
    ]);
    expect(faults).toEqual([]);
    expect(plans.map(({ definition }) => definition.kind)).toEqual(['total', 'sum']);
    expect(notes).toEqual([
      'two.yaml: same: a sum, while one.yaml:2 makes it a total: readers show the rule that was loaded last',
    ]);
  });

  it('in one file share all their labels', () => {
    const text = `metricsRules:\n  - {name: same, exp: "${service("'s', 'code'")}"}\n  - {name: same, exp: "${service("'s', 'code', 'node'")}"}\n`;
    const { faults, plans } = compileText(text);
    expect(faults).toEqual([]);
    expect(plans.map(({ definition }) => definition.labels)).toEqual([
      ['code', 'node'],
      ['code', 'node'],
    ]);
    expect([
      ...(plans[0]?.place(
        new Map([
          ['s', 'x'],
          ['code', '200'],
        ]),
      )?.labels ?? []),
    ]).toEqual([
      ['code', '200'],
      ['node', ''],
    ]);
  });

  it('in one file may not differ in scope', () => {
    const text = `metricsRules:\n  - {name: same, exp: "${service("'s'")}"}\n  - {name: same, exp: "a.instance(['s'], ['i'], Layer.GENERAL)"}\n`;
    expect(compileText(text).faults.map(({ code }) => code)).toEqual(['METERLARK_MAL_CONFLICT']);
  });

  const differing: readonly (readonly [what: string, one: string, two: string])[] = [
    ['perSecond', "a.sum(['s']).increase('PT1M')", "a.sum(['s']).rate('PT1M')"],
    ['plain', "a.sum(['s']).increase('PT1M')", "a.sum(['s']).increase('PT1M').downsampling(SUM)"],
    ['a window of 5 min', "a.sum(['s']).increase('PT1M')", "a.sum(['s']).increase('PT5M')"],
    ['factor 100', "a.sum(['s']) / b.sum(['s'])", "a.sum(['s']) / b.sum(['s']) * 100"],
    ['percentiles [50]', 'a.histogram().histogram_percentile([50, 99])', 'a.histogram().histogram_percentile([50])'],
    ['percentiles []', 'a.histogram().histogram_percentile([50])', 'a.histogram()'],
  ];
  const scoped = (exp: string) => `(${exp}).service(['s'], Layer.GENERAL)`;

  it.each(differing)('and one kind may not differ in how they are read (%s), in two files', (what, one, two) => {
    const { faults, plans } = compileRuleFiles([file('one.yaml', scoped(one)), file('two.yaml', scoped(two))]);
    expect(faults.map(({ code }) => code)).toEqual(['METERLARK_MAL_CONFLICT']);
    expect(faults[0]?.fields).toMatchObject({ file: 'two.yaml', line: 2, otherFile: 'one.yaml', otherLine: 2 });
    expect(faults[0]?.message.split('but one.yaml:2')[0]).toContain(what);
    expect(plans).toHaveLength(1);
  });

  it.each(differing)('nor in one file (%s)', (_, one, two) => {
    const text = `metricsRules:\n  - {name: same, exp: "${scoped(one)}"}\n  - {name: same, exp: "${scoped(two)}"}\n`;
    const { faults } = compileText(text, {}, 'one.yaml');
    expect(faults.map(({ code }) => code)).toEqual(['METERLARK_MAL_CONFLICT']);
    expect(faults[0]?.fields).toMatchObject({ file: 'one.yaml', line: 3, otherFile: 'one.yaml', otherLine: 2 });
  });

  it('and one kind may not differ in precision', () => {
    const exp = scoped("a.sum(['s'])");
    const { faults } = compileText(
      `metricsRules:\n  - {name: same, exp: "${exp}"}\n  - {name: same, exp: "${exp}", precision: decimal}\n`,
    );
    expect(faults[0]?.message).toMatch(/decimal, but rules\.yaml:2 gave it .*integer$/);
  });

  it('are compared with that of their own kind, whatever lies between', () => {
    const { faults, plans } = compileRuleFiles([
      file('one.yaml', scoped("a.sum(['s']).increase('PT1M')")),
      file('two.yaml', scoped("a.sum(['s'])")),
      file('three.yaml', scoped("a.sum(['s']).rate('PT1M')")),
      file('four.yaml', scoped("b.sum(['s']).increase('PT1M')")),
    ]);
    expect(faults.map(({ fields }) => [fields['file'], fields['otherFile']])).toEqual([['three.yaml', 'one.yaml']]);
    expect(plans.map(({ definition }) => definition.origin)).toEqual(['one.yaml', 'two.yaml', 'four.yaml']);
  });

  it('and one definition are all kept, without a note', () => {
    const { faults, plans, notes } = compileRuleFiles([
      file('one.yaml', scoped("a.sum(['s']).increase('PT1M')")),
      file('two.yaml', scoped("b.sum(['s']).increase('PT1M') * 1")),
    ]);
    expect([faults, notes, plans.length]).toEqual([[], [], 2]);
  });
});
