import { defineErrors } from '@meterlark/core';

const where = '{file}:{line}:{column}: ';

/** Faults of LAL rule files. Fields common to all: file, line, column. Faults of syntax are METERLARK_LANGUAGE_…. */
export const lalErrors = defineErrors({
  METERLARK_LAL_FILE: {
    class: 'permanent',
    message: `${where}{reason}`,
    cure: 'A LAL file is a map with rules, a list of {name, layer, dsl}; see docs/rules.md.',
  },
  METERLARK_LAL_UNKNOWN_KEY: {
    class: 'permanent',
    message: `${where}unknown key "{key}"`,
    cure: 'Remove it or correct it; known here: {known}.',
  },
  METERLARK_LAL_UNKNOWN_NAME: {
    class: 'permanent',
    message: `${where}unknown {what} {name}`,
    cure: 'Did you mean {nearest}? docs/rules.md lists what rules for logs may say.',
  },
  METERLARK_LAL_ARGUMENTS: {
    class: 'permanent',
    message: `${where}{function}() {reason}`,
    cure: 'Write {form}.',
  },
  METERLARK_LAL_TYPE: {
    class: 'permanent',
    message: `${where}{operator} needs numbers, not {found}`,
    cure: 'Cast what is compared or computed with, for example (tag("status") as Integer).',
  },
  METERLARK_LAL_PATTERN: {
    class: 'permanent',
    message: `${where}the pattern {pattern} cannot be used: {reason}`,
    cure: 'Patterns are regular expressions without look-around and back-references, of at most {limit} characters.',
  },
  METERLARK_LAL_TIME_PATTERN: {
    class: 'permanent',
    message: `${where}the time pattern {pattern} cannot be used: {reason}`,
    cure: "Write it as Java's SimpleDateFormat does, for example \"yyyy-MM-dd'T'HH:mm:ss.SSSZ\".",
  },
  METERLARK_LAL_STATEMENT: {
    class: 'permanent',
    message: `${where}{reason}`,
    cure: 'Write {form}.',
  },
  METERLARK_LAL_CONFLICT: {
    class: 'permanent',
    message: `${where}{what} clashes with {other}`,
    cure: 'Rename one of the two.',
  },
});

/** What a rule's run may throw: the rule keeps nothing of this log, other rules go on. */
export const lalRunErrors = defineErrors({
  METERLARK_LAL_RUN: {
    class: 'permanent',
    message: 'The rule {rule} failed: {reason}',
    cure: 'Guard the statement with a condition, or cast what it reads.',
  },
});

/** Loading of rules, and trials of them. */
export const logErrors = defineErrors({
  METERLARK_LOG_RULES: {
    class: 'permanent',
    message: 'The rules for logs have {count} fault(s)',
    cure: 'Correct each; `meterlark rules check` shows them without a start.',
  },
  METERLARK_LOG_RULES_UNREADABLE: {
    class: 'permanent',
    message: 'The rules for logs at {path} cannot be read: {reason}',
    cure: 'Name an existing file or folder with .yaml files in the setting rules of analyzer/log, relative to the root folder.',
  },
  METERLARK_LOG_TRIAL: {
    class: 'permanent',
    message: 'The log to try a rule on cannot be read: {reason}',
    cure: "Give SkyWalking's LogData as JSON or YAML: service, body, tags, and what else the rule reads.",
  },
});
