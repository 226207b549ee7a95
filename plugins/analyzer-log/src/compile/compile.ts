/** LAL files to rules: all faults of all files at once. */
import { plainSource, type MeterlarkError, type RuleChecker, type RuleFileText, type RuleReport } from '@meterlark/core';
import { lalErrors } from '../errors.js';
import type { LogRule } from '../plan.js';
import { lastKept, readJson, readYaml } from './bodies.js';
import { definedLayers, unknownLayer } from './layers.js';
import { compileRule } from './rule-compiler.js';
import { isLogRuleFile, readLogRuleFile, type RuleText } from './rule-file.js';
import { anyConstants, type Constants, type RuleContext } from './scope.js';

type SomeConstants = RuleContext['constants'];

export interface LogRuleFileText {
  /** As people know it; shown in errors. */
  readonly file: string;
  readonly text: string;
  /** What rules read as `settings.<name>`. */
  readonly constants: SomeConstants;
}

export interface LogRuleCompilation {
  /** In the order of the files. */
  readonly rules: readonly LogRule[];
  /** Names of layers that the files define. */
  readonly layers: readonly string[];
  readonly faults: readonly MeterlarkError[];
}

/** Files of one set of constants; `path` is the file's name in errors. */
export function compileLogRules(files: readonly { readonly path: string; readonly text: string }[], constants: Constants = {}): LogRuleCompilation {
  return compileFiles(files.map(({ path, text }) => ({ file: path, text, constants })));
}

export function compileFiles(files: readonly LogRuleFileText[]): LogRuleCompilation {
  const read = files.map(({ file, text }) => readLogRuleFile(file, text));
  const layers = definedLayers(read);
  const faults = read.flatMap((file) => file.faults);
  const rules: LogRule[] = [];
  const names = new Map<string, RuleText>();
  const readers = bodyReaders();
  for (const [index, { constants }] of files.entries()) {
    for (const text of read[index]?.rules ?? []) {
      const outside = unknownLayer(text, layers) ?? taken(text, names);
      const outcome = compileRule({ ...text, constants, readers });
      if ('faults' in outcome) faults.push(...outcome.faults);
      if (outside !== undefined) faults.push(outside);
      else if ('rule' in outcome) rules.push(outcome.rule);
    }
  }
  return { rules, layers: layers.map(({ name }) => name), faults };
}

/** One rule without a file around it, for logs of every layer. */
export function compileTrial(dsl: string): LogRuleCompilation {
  const name = 'trial';
  const outcome = compileRule({
    name, file: 'dsl', layer: 'GENERAL', outputType: 'Log', inputType: '', dsl: plainSource('dsl', dsl), constants: {}, readers: bodyReaders(),
  });
  return 'rule' in outcome ? { rules: [outcome.rule], layers: [], faults: [] } : { rules: [], layers: [], faults: outcome.faults };
}

/** Shared by all rules: those of one layer often read the same body one after the other. */
function bodyReaders(): RuleContext['readers'] {
  return { json: lastKept(readJson, () => true), yaml: lastKept(readYaml, (text, tools) => tools.mayReadYaml(text)) };
}

/** A layer has one rule of a name. */
function taken(rule: RuleText, names: Map<string, RuleText>): MeterlarkError | undefined {
  const key = JSON.stringify([rule.layer, rule.name]);
  const first = names.get(key);
  names.set(key, first ?? rule);
  if (first === undefined) return undefined;
  const what = `the rule "${rule.name.slice(0, 60)}" of the layer ${rule.layer}`;
  return lalErrors.METERLARK_LAL_CONFLICT({ file: rule.file, ...rule.at, what, other: `that of ${first.file}:${first.at.line}` });
}

/** Behind `meterlark rules check`; knows LAL files by rules that have a `dsl`. What two files clash in is told with the later. */
export function createLogRuleChecker(): RuleChecker {
  return {
    endings: ['.yaml', '.yml'],
    check: (files) => report(files.filter(({ file, text }) => isLogRuleFile(file, text))),
  };
}

function report(files: readonly RuleFileText[]): RuleReport[] {
  const { rules, faults } = compileFiles(files.map((file) => ({ ...file, constants: anyConstants })));
  return files.map(({ file }) => ({
    file,
    metrics: [],
    logRules: rules.filter((rule) => rule.file === file).map(({ name, layer, outputType, runs, notes }) => ({ name, layer, outputType, runs, notes })),
    faults: faults.filter(({ fields }) => fields['file'] === file),
  }));
}
