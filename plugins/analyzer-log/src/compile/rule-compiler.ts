/** One rule's text to a rule, with all its faults. */
import { isMeterlarkError, type MeterlarkError, type SourceText } from '@meterlark/core';
import type { FilterNode } from '../language/ast.js';
import { parseFilter } from '../language/lal.js';
import type { LogInput, LogRule, RuleOutcome, RuleTools } from '../plan.js';
import { compileValue } from './expressions.js';
import { compileFilter } from './filter.js';
import { RuleRun, type Step } from './run.js';
import { Scope, type RuleContext } from './scope.js';

export interface RuleHead extends RuleContext {
  readonly file: string;
  readonly layer: string;
  /** Class of the message it reads; "" when nobody says. */
  readonly inputType: string;
  readonly dsl: SourceText;
}

export type RuleResult = { readonly rule: LogRule } | { readonly faults: readonly MeterlarkError[] };

export function compileRule(head: RuleHead): RuleResult {
  const body = parsed(head.dsl);
  if ('faults' in body) return body;
  const scope = new Scope(head, body.nodes, compileValue);
  const step = compileFilter(body.nodes, scope);
  if (scope.faults.length > 0) return { faults: scope.faults };
  return { rule: ruleOf(head, scope, step) };
}

function parsed(dsl: SourceText): { readonly nodes: readonly FilterNode[] } | { readonly faults: readonly MeterlarkError[] } {
  try {
    return { nodes: parseFilter(dsl) };
  } catch (error) {
    if (!isMeterlarkError(error)) throw error;
    return { faults: [error] };
  }
}

function ruleOf({ name, file, layer, outputType, inputType }: RuleHead, scope: Scope, step: Step): LogRule {
  const foreign = foreignInput(layer, inputType, scope);
  const locals = scope.locals.size;
  return {
    name,
    file,
    layer,
    outputType,
    runs: foreign === undefined,
    notes: [...(foreign === undefined ? scope.notes : [foreign])],
    run: (input: LogInput, tools: RuleTools): RuleOutcome => {
      const run = new RuleRun(input, tools, locals);
      step(run);
      return run;
    },
  };
}

/** Upstream gives rules of MESH without a parser the entries of Envoy's access-log service. */
const layerOfEnvoyEntries = 'MESH';
const logData = /(?:^|\.)LogData(?:[.$]Builder)?$/;

/** Why the rule is never run; undefined when it is. A parser makes any rule one that reads the body. */
function foreignInput(layer: string, inputType: string, { hasParser, readsMessage }: Scope): string | undefined {
  if (hasParser) return undefined;
  const never = 'it is never run: no receiver here brings';
  if (inputType !== '' && !logData.test(inputType)) return `${never} ${inputType}`;
  const readsEnvoy = inputType === '' && layer === layerOfEnvoyEntries && readsMessage;
  return readsEnvoy ? `${never} the entries of Envoy's access-log service, which rules of ${layer} without a parser read` : undefined;
}
