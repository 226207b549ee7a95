/** Logs and rules for tests of the language. */
import { PatternBudget } from '@meterlark/core';
import { compileFiles, type LogRuleCompilation } from '../../src/compile/compile.js';
import type { Constants } from '../../src/compile/scope.js';
import type { LogInput, LogRule, RuleOutcome, RuleTools } from '../../src/plan.js';

export interface LogText extends Partial<Omit<LogInput, 'tag' | 'tags' | 'sourceAttribute'>> {
  readonly tagged?: Readonly<Record<string, string>>;
  readonly resource?: Readonly<Record<string, string>>;
}

/** A log of the service `shop` that says little else. */
export function logOf({ tagged = {}, resource = {}, ...said }: LogText = {}): LogInput {
  return {
    service: 'shop', instance: 'shop-1', endpoint: '/cart', layer: 'GENERAL', timeMs: 1_700_000_000_000, timed: true, traceId: 'trace-1',
    segmentId: 'segment-1', spanId: 3, contentType: 'text', body: '', ...said,
    tag: (key) => tagged[key] ?? '',
    tags: () => tagged,
    sourceAttribute: (key) => resource[key] ?? '',
  };
}

export const freeTools: RuleTools = {
  allow: () => true, chance: () => 0, isWritable: () => true, mayReadYaml: () => true, patternBudget: () => new PatternBudget(), patternRefused: () => undefined,
};

export interface Head {
  readonly layer?: string;
  readonly outputType?: string;
  readonly inputType?: string;
  readonly constants?: Constants;
}

/** The text indented as the value of `dsl: |`, from line 5 column 7 on. */
export function fileOf(dsl: string, { layer = 'GENERAL', outputType, inputType }: Head = {}): string {
  const more = [outputType === undefined ? '' : `, outputType: ${outputType}`, inputType === undefined ? '' : `, inputType: ${inputType}`].join('');
  const rows = dsl.split('\n').map((row) => `      ${row}`).join('\n');
  return `rules:\n  - name: r\n    layer: ${layer}\n    dsl: |\n${rows}\n${more.split(', ').filter((row) => row !== '').map((row) => `    ${row}\n`).join('')}`;
}

export function compiled(dsl: string, head: Head = {}): LogRuleCompilation {
  return compileFiles([{ file: 'f.yaml', text: fileOf(dsl, head), constants: head.constants ?? {} }]);
}

export function ruleOf(dsl: string, head: Head = {}): LogRule {
  const { rules: [rule], faults } = compiled(dsl, head);
  if (rule === undefined) throw new Error(faults.map(({ message }) => message).join('\n'));
  return rule;
}

export function run(dsl: string, log: LogText = {}, head: Head & { readonly tools?: RuleTools } = {}): RuleOutcome {
  return ruleOf(dsl, head).run(logOf(log), head.tools ?? freeTools);
}

/** What `tag x: V` gives; undefined when V is nothing. */
export function valueOf(value: string, log: LogText = {}, before = '', head: Head = {}): string | undefined {
  return run(`filter { ${before} extractor { tag x: ${value} } }`, log, head).tags[0]?.[1];
}

/** What a condition says. */
export function holds(condition: string, log: LogText = {}, before = '', head: Head = {}): boolean {
  return run(`filter { ${before} if (${condition}) { sink {} } }`, log, head).kept;
}

/** `parsed` is this. */
export function json(value: unknown): LogText {
  return { body: JSON.stringify(value), contentType: 'json' };
}
