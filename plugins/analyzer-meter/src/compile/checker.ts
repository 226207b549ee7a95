import type { RuleChecker, RuleReport, RuleSummary } from '@meterlark/core';
import type { MetricPlan } from '../plan.js';
import { compileRuleFiles, type CompileOptions } from './compile.js';
import { isRuleFile } from './rule-file.js';

/** Behind `meterlark rules check`; knows MAL files by their `metricsRules`. */
export function createMeterRuleChecker(options: CompileOptions = {}): RuleChecker {
  return {
    check: (file, text) => (isRuleFile(file, text) ? report(file, text, options) : undefined),
  };
}

function report(file: string, text: string, options: CompileOptions): RuleReport {
  const { plans, faults } = compileRuleFiles([{ path: file, text }], options);
  return { metrics: plans.map(summary), faults };
}

function summary({ definition, body, notes }: MetricPlan): RuleSummary {
  const { name, kind, scope, labels } = definition;
  return { name, kind, scope, labels, source: sourceOf(body), notes };
}

function sourceOf(body: MetricPlan['body']): string {
  switch (body.kind) {
    case 'total':
    case 'totalMax':
    case 'totalMin':
    case 'totalLatest':
      return 'resource';
    case 'count':
      return body.counted.join(', ');
    default:
      return '';
  }
}
