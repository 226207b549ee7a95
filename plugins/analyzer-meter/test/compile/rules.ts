/** Small rule files for tests. */
import { compileRuleFiles, type Compilation, type CompileOptions } from '../../src/compile/compile.js';
import type { MetricPlan } from '../../src/plan.js';

export const serviceSuffix = "service(['service'], Layer.GENERAL)";

/** One file with one rule `m_x`. */
export function ruleFile(exp: string, suffix = serviceSuffix, extra = ''): string {
  return `metricPrefix: m\nexpSuffix: ${JSON.stringify(suffix)}\n${extra}metricsRules:\n  - name: x\n    exp: ${JSON.stringify(exp)}\n`;
}

export function compileText(text: string, options: CompileOptions = {}, path = 'rules.yaml'): Compilation {
  return compileRuleFiles([{ path, text }], options);
}

export function planOf(
  exp: string,
  suffix = serviceSuffix,
  options: CompileOptions = {},
  path = 'rules.yaml',
): MetricPlan {
  const { plans, faults } = compileText(ruleFile(exp, suffix), options, path);
  const [plan] = plans;
  if (plan === undefined || faults.length > 0)
    throw new Error(faults.map(({ message }) => message).join('\n') || 'no plan');
  return plan;
}
