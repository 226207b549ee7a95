/**
 * What every construct and function of MAL compiles to, pinned rule by rule in corpus.yaml: kind, scope, labels, source,
 * and how the numbers are read. Keys that a rule of the corpus leaves out have the value in `unsaid`.
 */
import { readFileSync } from 'node:fs';
import { readYaml, type MetricKind, type YamlValue } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { createMeterRuleChecker } from '../../src/compile/checker.js';
import { compileRuleFiles } from '../../src/compile/compile.js';
import { enumMembers, downsamplings, functionSignatures, methodSignatures } from '../../src/compile/signatures.js';
import type { PlanBody } from '../../src/plan.js';

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };
type Fields = Readonly<Record<string, Plain>>;

interface Group {
  readonly about: string;
  readonly path?: string;
  readonly file: Fields;
  readonly rules: readonly (Fields & { readonly exp: string })[];
}

function plain(value: YamlValue): Plain {
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'list') return value.items.map(plain);
  return Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.value)]));
}

function readCorpus(): readonly Group[] {
  const { root, faults } = readYaml('corpus.yaml', readFileSync(new URL('corpus.yaml', import.meta.url), 'utf8'));
  if (root === undefined || faults.length > 0) throw new AggregateError(faults);
  return plain(root) as unknown as readonly Group[];
}

const groups = readCorpus();
const rules = groups.flatMap((group) => group.rules);

const unsaid = {
  kind: '', scope: 'Service', labels: [], source: '', evaluated: false,
  form: 'plain', window: 1, factor: 1, percentiles: [], precision: 'integer', unit: '', layer: 'GENERAL',
};

function ruleFileOf({ file, rules: own }: Group): string {
  // Histograms get their unit by themselves.
  const metricsRules = own.map(({ exp, kind, precision = 'integer', unit = '' }, index) => ({
    name: `x${index}`, exp, precision, unit: kind === 'histogram' ? '' : unit,
  }));
  return JSON.stringify({ ...file, metricsRules });
}

function outcomes(group: Group): readonly unknown[] {
  const text = ruleFileOf(group);
  const path = group.path ?? 'corpus.yaml';
  const [report] = createMeterRuleChecker().check([{ file: path, text }]);
  if (report === undefined || report.faults.length > 0) throw new AggregateError(report?.faults ?? []);
  const { plans } = compileRuleFiles([{ path, text }]);
  return plans.map(({ definition, body }, index) => {
    const { form, windowMinutes, factor, percentiles, precision, unit, layer } = definition;
    const { kind, scope, labels, source } = report.metrics[index] ?? {};
    const evaluated = body.kind === 'evaluated';
    return { kind, scope, labels, source, evaluated, form, window: windowMinutes, factor, percentiles, precision, unit, layer };
  });
}

describe.each(groups)('$about', (group) => {
  const found = outcomes(group);

  it.each(group.rules.map((rule, index) => [rule.exp, index] as const))('%s', (exp, index) => {
    expect({ exp, ...(found[index] as object) }).toEqual({ ...unsaid, ...group.rules[index] });
  });
});

describe('the corpus', () => {
  const texts = JSON.stringify(groups);

  it('has sixty rules at least, each once in its group', () => {
    expect(rules.length).toBeGreaterThanOrEqual(60);
    for (const group of groups) expect(new Set(group.rules.map(({ exp }) => exp)).size).toBe(group.rules.length);
  });

  it.each([...methodSignatures.keys()])('calls %s()', (method) => {
    expect(texts).toMatch(new RegExp(`[. "]${method}\\(`));
  });

  it.each([...functionSignatures.keys(), ...downsamplings.keys(), ...Object.values(enumMembers).flatMap((members) => [...members])])(
    'says %s',
    (word) => {
      expect(texts).toMatch(new RegExp(`\\b${word}\\b`));
    },
  );

  it('holds every kind, and evaluated rules of each kind that they can have', () => {
    const kinds = (evaluated: boolean) =>
      new Set(rules.filter((rule) => (rule['evaluated'] ?? false) === evaluated).map((rule) => rule['kind']));
    const all: readonly MetricKind[] = [
      'gauge', 'histogram', 'latest', 'max', 'min', 'ratio', 'sum', 'total', 'totalLatest', 'totalMax', 'totalMin',
    ];
    expect([...kinds(false)].sort()).toEqual(all);
    expect([...kinds(true)].sort()).toEqual(['gauge', 'latest', 'max', 'min', 'sum']);
  });

  it('holds every body that a plan can have', () => {
    const plans = groups.flatMap((group) => compileRuleFiles([{ path: 'corpus.yaml', text: ruleFileOf(group) }]).plans);
    const all: readonly PlanBody['kind'][] = [
      'count', 'evaluated', 'gauge', 'histogram', 'latest', 'max', 'min', 'ratio', 'sum', 'total', 'totalLatest',
      'totalMax', 'totalMin',
    ];
    expect([...new Set(plans.map(({ body }) => body.kind))].sort()).toEqual(all);
  });
});
