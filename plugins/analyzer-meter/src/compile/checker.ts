import type { RuleChecker, RuleFileText, RuleReport, RuleSummary } from '@meterlark/core';
import type { MetricPlan } from '../plan.js';
import { compileRuleFiles, type CompileOptions } from './compile.js';
import { isRuleFile } from './rule-file.js';

/** Behind `meterlark rules check`; knows MAL files by their `metricsRules`. */
export function createMeterRuleChecker(options: CompileOptions = {}): RuleChecker {
  return {
    endings: ['.yaml', '.yml'],
    check: (files) => report(files.filter(({ file, text }) => isRuleFile(file, text)), options),
  };
}

/** What two files make of one metric is told with the later of the two. */
function report(files: readonly RuleFileText[], options: CompileOptions): RuleReport[] {
  const { plans, faults } = compileRuleFiles(files.map(({ file, text }) => ({ path: file, text })), options);
  return files.map(({ file }) => ({
    file,
    metrics: plans.filter(({ definition }) => definition.origin === file).map(summary),
    faults: faults.filter(({ fields }) => fields['file'] === file),
  }));
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
