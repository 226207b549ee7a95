import { defineErrors } from '@meterlark/core';

const where = '{file}:{line}:{column}: ';

/** Faults of MAL rule files. Fields common to all: file, line, column. Faults of syntax are METERLARK_LANGUAGE_…. */
export const malErrors = defineErrors({
  METERLARK_MAL_FILE: {
    class: 'permanent',
    message: `${where}{reason}`,
    cure: 'A rule file is a map with metricPrefix and metricsRules, a list of {name, exp}; see docs/rules.md.',
  },
  METERLARK_MAL_UNKNOWN_KEY: {
    class: 'permanent',
    message: `${where}unknown key "{key}"`,
    cure: 'Remove it or correct it; known here: {known}.',
  },
  METERLARK_MAL_UNKNOWN_FUNCTION: {
    class: 'permanent',
    message: `${where}unknown function {function}()`,
    cure: 'Did you mean {nearest}()? docs/rules.md lists all functions.',
  },
  METERLARK_MAL_ARGUMENTS: {
    class: 'permanent',
    message: `${where}{function}() {reason}`,
    cure: 'Write {form}.',
  },
  METERLARK_MAL_UNKNOWN_LAYER: {
    class: 'permanent',
    message: `${where}unknown layer "{layer}"`,
    cure: 'Use a built-in layer (docs/rules.md) or define it under layerDefinitions.',
  },
  METERLARK_MAL_LAYER_CONFLICT: {
    class: 'permanent',
    message: `${where}the layer {layer} clashes with {other}`,
    cure: 'Give each layer a name and an ordinal (from 10000) of its own, the same in every file that defines it, once per file.',
  },
  METERLARK_MAL_SCOPE_MISSING: {
    class: 'permanent',
    message: `${where}the rule {metric} says nowhere what it is about`,
    cure: "End exp or expSuffix with a scope, for example service(['service_name'], Layer.GENERAL).",
  },
  METERLARK_MAL_SCOPE_LABEL: {
    class: 'permanent',
    message: `${where}{metric} needs the label "{label}" for its entity, but {function}() has dropped it`,
    cure: 'Add "{label}" to the labels of {function}().',
  },
  METERLARK_MAL_NO_METRIC: {
    class: 'permanent',
    message: `${where}the rule {metric} reads no metric`,
    cure: 'Name at least one metric in exp.',
  },
  METERLARK_MAL_HISTOGRAM: {
    class: 'permanent',
    message: `${where}{reason}`,
    cure: "Write metric.sum(['le', …]).increase('PT1M').histogram().histogram_percentile([50, 99]).",
  },
  METERLARK_MAL_CLOSURE: {
    class: 'permanent',
    message: `${where}{reason}`,
    cure: 'See "Closures" in docs/rules.md for what a closure may say.',
  },
  METERLARK_MAL_CLOSURE_VALUE: {
    class: 'permanent',
    message: `${where}a closure failed on a sample: {reason}`,
    cure: 'Guard the value with ?. or ?: if it may be missing.',
  },
  METERLARK_MAL_PATTERN: {
    class: 'permanent',
    message: `${where}the pattern /{pattern}/ is not usable: {reason}`,
    cure: 'Write a regular expression of at most {limit} characters.',
  },
  METERLARK_MAL_CONFLICT: {
    class: 'permanent',
    message: `${where}{metric} has {what}, but {otherFile}:{otherLine} gave it {otherWhat}`,
    cure: 'Rename one of the two rules, or give both the same scope and labels and the same way to read their numbers.',
  },
});

export const meterErrors = defineErrors({
  METERLARK_METER_RULES: {
    class: 'permanent',
    message: 'The meter rules have {count} faults.',
    cure: 'Correct the faults listed with it; `meterlark rules check FILE` shows them without a start.',
  },
  METERLARK_METER_RULES_UNREADABLE: {
    class: 'permanent',
    message: 'The meter rules at {path} cannot be read: {reason}',
    cure: 'Correct the path in the setting "rules" (relative to the root folder); a folder must hold .yaml files.',
  },
});
