/** Each function: the state it keeps and how it is shown. */
import { describe, expect, it } from 'vitest';
import type { MetricDefinition } from '@meterlark/core';
import { createSourceRuleChecker } from '../../src/compile/checker.js';
import { compileSourceFiles } from '../../src/compile/compile.js';
import { sources } from '../../src/catalog/catalog.js';
import { enums } from '../../src/catalog/enums.js';

function definitionOf(rule: string, layer?: string): MetricDefinition {
  const { plans, faults } = compileSourceFiles([{ path: 'f.oal', text: `m = ${rule};`, ...(layer === undefined ? {} : { layer }) }]);
  expect(faults.map(({ message }) => message)).toEqual([]);
  return plans[0]?.definition as MetricDefinition;
}

const plain = {
  name: 'm', scope: 'Service', labels: [], form: 'plain', factor: 1, precision: 'integer', percentiles: [], edge: 'upper', windowMinutes: 1,
  unit: '', layer: 'GENERAL', origin: 'f.oal',
};
const ranks = [50, 75, 90, 95, 99];

describe('a function', () => {
  it.each<readonly [rule: string, expected: Partial<MetricDefinition>]>([
    ['from(Service.latency).longAvg()', { kind: 'ratio', unit: 'ms' }],
    ['from(Service.latency).doubleAvg()', { kind: 'ratio', unit: 'ms', precision: 'decimal' }],
    ['from(Service.latency).sum()', { kind: 'sum', unit: 'ms' }],
    ['from(Service.*).count()', { kind: 'sum' }],
    ['from(Service.latency).count()', { kind: 'sum' }],
    ['from(Service.*).cpm()', { kind: 'sum', form: 'perMinute', unit: 'calls/min' }],
    ['from(Service.*).percent(status == true)', { kind: 'ratio', factor: 10_000, unit: '1/100 percent' }],
    ['from(Service.*).rate(status == true, latency > 5)', { kind: 'ratio', factor: 10_000, unit: '1/100 percent' }],
    ['from(Service.latency).max()', { kind: 'max', unit: 'ms' }],
    ['from(Service.latency).min()', { kind: 'min', unit: 'ms' }],
    ['from(Service.latency).maxDouble()', { kind: 'max', unit: 'ms', precision: 'decimal' }],
    ['from(Service.latency).minDouble()', { kind: 'min', unit: 'ms', precision: 'decimal' }],
    ['from(Service.latency).percentile2(10)', { kind: 'histogram', unit: 'ms', percentiles: ranks, edge: 'lower' }],
    ['from(Service.latency).percentile(10)', { kind: 'histogram', unit: 'ms', percentiles: ranks, edge: 'lower' }],
    ['from(Service.latency).histogram(100, 20)', { kind: 'histogram', unit: 'ms', edge: 'lower' }],
    ['from(Service.latency).apdex(name, status)', { kind: 'ratio', factor: 10_000 }],
    ['from(Service.*).labelCount(name, 100)', { kind: 'sum', labels: ['n'] }],
    ['from(Service.*).labelAvg(name, latency)', { kind: 'ratio', labels: ['n'], unit: 'ms' }],
    ['from(Service.*).countIf(status == false)', { kind: 'sum' }],
    ['from(Service.*).labelSum(type, name, latency)', { kind: 'sum', labels: ['name', 'type'], unit: 'ms' }],
    ['from(Service.*).labelCalls(name)', { kind: 'sum', labels: ['name'] }],
    ['from(Service.*).labelPercent(name)', { kind: 'sum', form: 'share', factor: 100, precision: 'decimal', labels: ['name'], unit: 'percent' }],
    ['from(GenAIProviderAccess.*).percentOf(cacheReadTokens, inputTokens)', { kind: 'ratio', factor: 100, precision: 'decimal', unit: 'percent' }],
    ['from(GenAIProviderAccess.*).perSecond(outputTokens, generationMs)', { kind: 'ratio', factor: 1000, precision: 'decimal', unit: 'tokens/s' }],
    ['from(GenAIProviderAccess.totalEstimatedCost).sum()', { kind: 'sum', factor: 1e-6, precision: 'decimal', unit: 'µUSD' }],
    ['from(GenAIProviderAccess.totalEstimatedCost).longAvg()', { kind: 'ratio', factor: 1e-6, precision: 'decimal', unit: 'µUSD' }],
    ['from((str->long)Service.tag["a"]).longAvg()', { kind: 'ratio' }],
  ])('%s', (rule, expected) => {
    expect(definitionOf(rule)).toEqual({ ...plain, ...expected });
  });

  it.each([
    ['ServiceInstance.*', 'ServiceInstance'], ['Endpoint.*', 'Endpoint'], ['ServiceRelation.*', 'ServiceRelation'], ['EndpointRelation.*', 'EndpointRelation'],
    ['ServiceInstanceRelation.*', 'ServiceInstanceRelation'], ['GenAIModelAccess.*', 'ServiceInstance'], ['GenAICallerAccess.*', 'Service'], ['DatabaseAccess.*', 'Service'],
  ])('of %s is about a %s', (from, scope) => {
    expect(definitionOf(`from(${from}).cpm()`, 'VIRTUAL_GENAI')).toMatchObject({ scope, layer: 'VIRTUAL_GENAI' });
  });
});

describe('the catalog', () => {
  it('names only enumerations that it knows, and gives every source a column', () => {
    for (const { name, columns } of sources.values()) {
      expect(columns.size, name).toBeGreaterThan(0);
      for (const { type } of columns.values()) if (type.startsWith('enum:')) expect(enums.has(type.slice(5)), `${name} ${type}`).toBe(true);
    }
    expect(sources.size).toBeGreaterThan(50);
  });
});

describe('the rule checker', () => {
  it('knows files by their ending, and reports metrics, remarks and faults of each', () => {
    const checker = createSourceRuleChecker();
    expect(checker.endings).toEqual(['.oal']);
    const reports = checker.check([
      { file: 'a.OAL', text: 'x = from(Service.*).cpm().decorator("D");' },
      { file: 'b.yaml', text: 'metricsRules: []' },
      { file: 'c.oal', text: 'x = from(Endpoint.*).cpm();\ny = 1;' },
    ]);
    expect(reports.map(({ file, metrics, faults }) => [file, metrics.map(({ name, kind, scope, notes }) => [name, kind, scope, notes]), faults.map(({ code }) => code)])).toEqual([
      ['a.OAL', [['x', 'sum', 'Service', ['the decorator "D" is accepted and changes nothing']]], []],
      ['c.oal', [], ['METERLARK_LANGUAGE_SYNTAX', 'METERLARK_OAL_CONFLICT']],
    ]);
  });
});
