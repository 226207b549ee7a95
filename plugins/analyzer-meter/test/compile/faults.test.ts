import { describe, expect, it } from 'vitest';
import { compileRuleFiles } from '../../src/compile/compile.js';
import { compileText } from './rules.js';

const suffix = "expSuffix: service(['s'], Layer.GENERAL)\n";

/** A file whose rule stands in line 4, its exp beginning at column 10. */
function withExp(exp: string): string {
  return `metricPrefix: m\n${suffix}metricsRules:\n  - exp: ${exp}\n    name: x\n`;
}

function firstFault(text: string) {
  const [fault] = compileText(text, {}, 'broken.yaml').faults;
  return { code: fault?.code, line: fault?.fields['line'], column: fault?.fields['column'], message: fault?.message };
}

const brokenExpressions: readonly (readonly [exp: string, code: string, column: number])[] = [
  ['a.sum(', 'LANGUAGE_SYNTAX', 16],
  ['a.sum([service])', 'LANGUAGE_SYNTAX', 17],
  ["a.sum(['x')", 'LANGUAGE_SYNTAX', 20],
  ["a.sum(['x'] 'y')", 'LANGUAGE_SYNTAX', 22],
  ['a +', 'LANGUAGE_SYNTAX', 13],
  ['a b', 'LANGUAGE_SYNTAX', 12],
  ['a..sum()', 'LANGUAGE_SYNTAX', 12],
  ['/ a', 'LANGUAGE_SYNTAX', 10],
  ['a.5', 'LANGUAGE_SYNTAX', 12],
  ['(a', 'LANGUAGE_SYNTAX', 12],
  ["a.tagEqual('x', 'y)", 'LANGUAGE_CHARACTER', 26],
  ['a $ b', 'LANGUAGE_CHARACTER', 12],
  ['a.tag({ tags tags.x })', 'LANGUAGE_SYNTAX', 23],
  ['a.tag({ tags -> if tags.x { } })', 'LANGUAGE_SYNTAX', 29],
  ['a.tag({ tags -> tags.x = })', 'LANGUAGE_SYNTAX', 35],
  ['a.tag({ tags -> tags.x =~ x })', 'LANGUAGE_CHARACTER', 36],
  ['a.summ()', 'MAL_UNKNOWN_FUNCTION', 12],
  ['a.ext::sum()', 'MAL_UNKNOWN_FUNCTION', 12],
  ['topN(a)', 'MAL_UNKNOWN_FUNCTION', 10],
  ['a.safeDiv(b.averge())', 'MAL_UNKNOWN_FUNCTION', 22],
  ['a.sum(5)', 'MAL_ARGUMENTS', 16],
  ["a.sum('x')", 'MAL_ARGUMENTS', 16],
  ["a.sum(['x'], ['y'])", 'MAL_ARGUMENTS', 12],
  ["a.tagEqual('x')", 'MAL_ARGUMENTS', 12],
  ["a.tagEqual('x', 'y', 'z')", 'MAL_ARGUMENTS', 12],
  ['a.tagEqual()', 'MAL_ARGUMENTS', 12],
  ["a.tagEqual('x', 5)", 'MAL_ARGUMENTS', 26],
  ["a.valueEqual('x')", 'MAL_ARGUMENTS', 23],
  ['a.valueEqual(b)', 'MAL_ARGUMENTS', 23],
  ["a.increase('1M')", 'MAL_ARGUMENTS', 21],
  ["a.increase('PT0S')", 'MAL_ARGUMENTS', 21],
  ["a.rate('P2D')", 'MAL_ARGUMENTS', 17],
  ['a.rate()', 'MAL_ARGUMENTS', 12],
  ["a.irate('PT1M')", 'MAL_ARGUMENTS', 12],
  ["a.safeDiv(['x'])", 'MAL_ARGUMENTS', 20],
  ['a.downsampling(MEDIAN)', 'MAL_ARGUMENTS', 25],
  ["a.tag('x')", 'MAL_ARGUMENTS', 16],
  ['a.histogram_percentile([50, 101])', 'MAL_ARGUMENTS', 33],
  ["a.histogram('le', TimeUnit.WEEKS)", 'MAL_ARGUMENTS', 28],
  ["a.service('s', Layer.GENERAL)", 'MAL_ARGUMENTS', 20],
  ["a.service(['s'], Scope.GENERAL)", 'MAL_ARGUMENTS', 27],
  ["a.service(['s'], Layer.NOWHERE)", 'MAL_UNKNOWN_LAYER', 27],
  ["a.serviceRelation(DetectPoint.MIDDLE, ['a'], ['b'], Layer.GENERAL)", 'MAL_ARGUMENTS', 28],
  ['time() + 5', 'MAL_NO_METRIC', 11],
  ['12', 'MAL_NO_METRIC', 11],
  ['a.histogram_percentile([50])', 'MAL_HISTOGRAM', 12],
  ["a.sum(['s']).histogram()", 'MAL_HISTOGRAM', 23],
  ['(a + b).histogram()', 'MAL_HISTOGRAM', 18],
  ["a.histogram().sum(['s'])", 'MAL_HISTOGRAM', 24],
  ['a.histogram() + b', 'MAL_HISTOGRAM', 12],
  ["a.max(['s', 'le']).rate('PT1M').histogram()", 'MAL_HISTOGRAM', 42],
  ["a.sum(['t'])", 'MAL_SCOPE_LABEL', 12],
  ['a.sum()', 'MAL_SCOPE_LABEL', 12],
  ['a.tag({ x, tags -> x })', 'MAL_CLOSURE', 16],
  ['a.tag({ tags -> elsewhere })', 'MAL_CLOSURE', 26],
  ['a.tag({ tags -> tags.exec() })', 'MAL_CLOSURE', 31],
  ["a.forEach(['x'], { tags -> tags })", 'MAL_CLOSURE', 27],
  ["a.tagMatch('x', '(')", 'MAL_PATTERN', 12],
  [`a.tagMatch('x', '${'y'.repeat(1001)}')`, 'MAL_PATTERN', 12],
  ["a.tag({ tags -> tags.x.replaceAll('[', '') })", 'MAL_PATTERN', 33],
];

describe('a broken expression', () => {
  it.each(brokenExpressions)('%s is METERLARK_%s at column %i', (exp, code, column) => {
    const fault = firstFault(withExp(`${exp} # end`));
    const scopeFault = ['MAL_SCOPE_LABEL'].includes(code);
    const place = scopeFault ? { line: 2, column: 12 } : { line: code === 'MAL_NO_METRIC' ? 5 : 4, column };
    expect(fault).toMatchObject({ code: `METERLARK_${code}`, ...place });
    expect(fault.message).toContain(`broken.yaml:${place.line}:${place.column}: `);
  });

  it('is found inside folded and quoted scalars', () => {
    const folded = `${suffix}metricsRules:\n  - name: x\n    exp: >-\n      a.sum(['s'])\n      .increse('PT1M')\n`;
    expect(firstFault(folded)).toMatchObject({ code: 'METERLARK_MAL_UNKNOWN_FUNCTION', line: 6, column: 8 });
    const quoted = `${suffix}metricsRules:\n  - name: x\n    exp: 'a.tagEqual(''s'', 1)'\n`;
    expect(firstFault(quoted)).toMatchObject({ code: 'METERLARK_MAL_ARGUMENTS', line: 4, column: 29 });
  });

  it('names the nearest function and the form to write', () => {
    const [unknown] = compileText(withExp('a.increse()')).faults;
    expect(unknown?.cure).toContain('increase()');
    const [wrong] = compileText(withExp("a.increase('x')")).faults;
    expect(wrong?.cure).toBe("Write increase('PT1M').");
  });
});

const rules = `${suffix}metricsRules:\n`;
const brokenFiles: readonly (readonly [text: string, code: string, line: number, column: number])[] = [
  ['metricsRules:\n  - name: x\n    exp: a\n', 'MAL_SCOPE_MISSING', 2, 11],
  ['- a\n- b\n', 'MAL_FILE', 1, 1],
  ['metricPrefix: m\n', 'MAL_FILE', 1, 1],
  ['metricPrefix: m\nmetricsRules: x\n', 'MAL_FILE', 2, 15],
  ['metricPrefix: a b\nmetricsRules: []\n', 'MAL_FILE', 1, 15],
  ['metricPrefix: [a]\nmetricsRules: []\n', 'MAL_FILE', 1, 15],
  [`${rules}  - just text\n`, 'MAL_FILE', 3, 5],
  [`${rules}  - exp: a\n`, 'MAL_FILE', 3, 5],
  [`${rules}  - name: x\n`, 'MAL_FILE', 3, 5],
  [`${rules}  - name: x\n    exp:\n`, 'MAL_FILE', 4, 9],
  [`${rules}  - name: x\n    exp: [a]\n`, 'MAL_FILE', 4, 10],
  [`${rules}  - name: x-y\n    exp: a\n`, 'MAL_FILE', 3, 11],
  [`${rules}  - name: 5xx\n    exp: a\n`, 'MAL_FILE', 3, 11],
  [`${rules}  - name: x\n    exp: a\n    precision: exact\n`, 'MAL_FILE', 5, 16],
  [`${rules}  - name: x\n    exp: a\n    expr: b\n`, 'MAL_UNKNOWN_KEY', 5, 5],
  ['metricPrefx: m\nmetricsRules: []\n', 'MAL_UNKNOWN_KEY', 1, 1],
  ["filter: tags.x == 'y'\nmetricsRules: []\n", 'LANGUAGE_SYNTAX', 1, 9],
  ['filter: "{ tags -> nobody }"\nmetricsRules: []\n', 'MAL_CLOSURE', 1, 20],
  ['expPrefix: .tag({ t -> t })\nmetricsRules: []\n', 'LANGUAGE_SYNTAX', 1, 12],
  [`expSuffix: service(['s'])\nmetricsRules:\n  - {name: x, exp: a}\n  - {name: y, exp: b}\n`, 'MAL_ARGUMENTS', 1, 12],
  ['layerDefinitions: x\nmetricsRules: []\n', 'MAL_FILE', 1, 19],
  ['layerDefinitions:\n  - name: lower\n    ordinal: 1\nmetricsRules: []\n', 'MAL_FILE', 2, 5],
  ['metricsRules:\n  - name: x\n   exp: a\n', 'LANGUAGE_YAML', 3, 1],
  ['metricsRules: []\nmetricsRules: []\n', 'LANGUAGE_YAML', 2, 1],
];

describe('a broken file', () => {
  it.each(brokenFiles)('%j', (text, code, line, column) => {
    expect(firstFault(text)).toMatchObject({ code: `METERLARK_${code}`, line, column });
  });

  it('is reported once however many rules it spoils', () => {
    const { faults } = compileText(
      `expSuffix: service(['s'])\nmetricsRules:\n  - {name: x, exp: a}\n  - {name: y, exp: b}\n`,
    );
    expect(faults).toHaveLength(1);
  });

  it('does not hide the faults of others', () => {
    const { faults, plans } = compileRuleFiles([
      { path: 'one.yaml', text: withExp('a.nope()') },
      {
        path: 'two.yaml',
        text: `${suffix}metricsRules:\n  - {name: good, exp: a}\n  - {name: bad, exp: a +}\n  - {name: worse, exp: a.sum(1)}\n`,
      },
      { path: 'three.yaml', text: 'nonsense: 1\n' },
    ]);
    expect(faults.map(({ code, fields }) => `${String(fields['file'])} ${code}`)).toEqual([
      'one.yaml METERLARK_MAL_UNKNOWN_FUNCTION',
      'two.yaml METERLARK_LANGUAGE_SYNTAX',
      'two.yaml METERLARK_MAL_ARGUMENTS',
      'three.yaml METERLARK_MAL_UNKNOWN_KEY',
      'three.yaml METERLARK_MAL_FILE',
    ]);
    expect(plans.map(({ definition }) => definition.name)).toEqual(['good']);
  });
});
