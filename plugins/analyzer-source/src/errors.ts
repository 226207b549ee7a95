import { defineErrors } from '@meterlark/core';

const where = '{file}:{line}:{column}: ';

/** Faults of OAL rule files. Fields common to all: file, line, column. Faults of syntax are METERLARK_LANGUAGE_…. */
export const oalErrors = defineErrors({
  METERLARK_OAL_UNKNOWN_SOURCE: {
    class: 'permanent',
    message: `${where}unknown source {source}`,
    cure: 'Did you mean {nearest}? docs/rules.md says where the sources are listed.',
  },
  METERLARK_OAL_UNKNOWN_COLUMN: {
    class: 'permanent',
    message: `${where}the source {source} has no column {name}`,
    cure: 'Did you mean {nearest}?',
  },
  METERLARK_OAL_UNKNOWN_FUNCTION: {
    class: 'permanent',
    message: `${where}unknown function {function}()`,
    cure: 'Did you mean {nearest}()? docs/rules.md lists all functions.',
  },
  METERLARK_OAL_ARGUMENTS: {
    class: 'permanent',
    message: `${where}{function}() {reason}`,
    cure: 'Write {form}.',
  },
  METERLARK_OAL_VALUE: {
    class: 'permanent',
    message: `${where}{function}() needs a column of numbers in from(…), not {found}`,
    cure: 'Write from({source}.<column>); text is cast by from((str->long){source}.<column>).',
  },
  METERLARK_OAL_TYPE: {
    class: 'permanent',
    message: `${where}{name} is {type} and cannot be compared by {operator} with {found}`,
    cure: 'Compare it with {expected}.',
  },
  METERLARK_OAL_UNKNOWN_MEMBER: {
    class: 'permanent',
    message: `${where}{enum} has no {member}`,
    cure: 'Did you mean {nearest}?',
  },
  METERLARK_OAL_CONFLICT: {
    class: 'permanent',
    message: `${where}{metric} is {what}, but {otherFile}:{otherLine} makes it {otherWhat}`,
    cure: 'Rename one of the two rules, or give both the same scope, labels and kind.',
  },
  METERLARK_OAL_TOO_LARGE: {
    class: 'permanent',
    message: `${where}the file has {actual} {unit}, more than {limit}`,
    cure: 'Split it into several files.',
  },
});

export const sourceErrors = defineErrors({
  METERLARK_SOURCE_RULES: {
    class: 'permanent',
    message: 'The source rules have {count} faults.',
    cure: 'Correct the faults listed with it; `meterlark rules check FILE` shows them without a start.',
  },
  METERLARK_SOURCE_RULES_UNREADABLE: {
    class: 'permanent',
    message: 'The source rules at {path} cannot be read: {reason}',
    cure: 'Correct the path in the setting "rules" (relative to the root folder); a folder must hold .oal files.',
  },
  METERLARK_SOURCE_UNKNOWN: {
    class: 'permanent',
    message: 'There is no source {source}.',
    cure: 'Open one of the catalog; the nearest is {nearest}.',
  },
  METERLARK_SOURCE_UNKNOWN_COLUMN: {
    class: 'permanent',
    message: 'The source {source} has no column {name}.',
    cure: 'Open columns of the catalog; the nearest is {nearest}.',
  },
  METERLARK_SOURCE_APDEX: {
    class: 'permanent',
    message: 'The setting "apdexThresholds" gives {service} the threshold {value}.',
    cure: 'A threshold is a number of milliseconds, 1 or more.',
  },
});
