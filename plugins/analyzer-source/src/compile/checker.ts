import type { RuleChecker, RuleFileText, RuleReport, RuleSummary } from '@meterlark/core';
import type { RulePlan } from '../plan.js';
import { compileSourceFiles } from './compile.js';

const ending = '.oal';

/** Behind `meterlark rules check`; knows OAL files by their ending. */
export function createSourceRuleChecker(): RuleChecker {
  return {
    endings: [ending],
    check: (files) => report(files.filter(({ file }) => file.toLowerCase().endsWith(ending))),
  };
}

/** What two files make of one metric is told with the later of the two. */
function report(files: readonly RuleFileText[]): RuleReport[] {
  const { plans, faults } = compileSourceFiles(files.map(({ file, text }) => ({ path: file, text })));
  return files.map(({ file }) => ({
    file,
    metrics: plans.filter(({ definition }) => definition.origin === file).map(summary),
    faults: faults.filter(({ fields }) => fields['file'] === file),
  }));
}

function summary({ definition: { name, kind, scope, labels }, notes }: RulePlan): RuleSummary {
  return { name, kind, scope, labels, source: '', notes };
}
