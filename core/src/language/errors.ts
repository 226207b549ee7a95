import { defineErrors } from '../kernel/error.js';

const where = '{file}:{line}:{column}: ';

/** Fields common to all: file, line, column. */
export const languageErrors = defineErrors({
  METERLARK_LANGUAGE_SYNTAX: {
    class: 'permanent',
    message: `${where}{language}: found {found}, expected {expected}`,
    cure: 'Write {expected} at line {line}, column {column}.',
  },
  METERLARK_LANGUAGE_CHARACTER: {
    class: 'permanent',
    message: `${where}{language}: no token begins with {found}`,
    cure: 'Remove or quote {found}; text belongs in single or double quotes that are closed on the same line.',
  },
  METERLARK_LANGUAGE_TOO_LONG: {
    class: 'permanent',
    message: `${where}{language}: the text has {actual} {unit}, more than {limit}`,
    cure: 'Split it into several shorter ones.',
  },
  METERLARK_LANGUAGE_TOO_DEEP: {
    class: 'permanent',
    message: `${where}{language}: nested more than {limit} levels deep`,
    cure: 'Take parentheses, brackets or blocks apart.',
  },
  METERLARK_LANGUAGE_YAML: {
    class: 'permanent',
    message: `${where}not readable as YAML: {reason}`,
    cure: 'Correct the YAML at line {line}, column {column}.',
  },
});
