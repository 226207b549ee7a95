/** The words of MQE. A keyword is one only at its full length: `sum_x` is a name. */
import { keyword, mark, token, whiteSpace, type TokenType } from '../../language/tokens.js';

export const name = token('Name', 'a name', /[a-zA-Z0-9_]+/);
export const decimal = token('Decimal', 'a number', /\d+\.\d+/);
export const integer = token('Integer', 'an integer', /\d+/, { longer_alt: name });
export const underscore = token('Underscore', "'_'", '_', { longer_alt: name });
export const text = token('Text', 'a quoted text', /'[^']*'|"[^"]*"/, { line_breaks: true, start_chars_hint: ["'", '"'] });

function word(written: string): TokenType {
  return keyword(written, name);
}

/** Order, `bool`: the only words whose case does not matter. */
function anyCase(written: string): TokenType {
  return token(`Keyword_${written}`, `'${written}'`, new RegExp(written, 'i'), { longer_alt: name });
}

export const words = {
  avg: word('avg'),
  count: word('count'),
  latest: word('latest'),
  max: word('max'),
  min: word('min'),
  sum: word('sum'),
  abs: word('abs'),
  ceil: word('ceil'),
  floor: word('floor'),
  round: word('round'),
  increase: word('increase'),
  rate: word('rate'),
  top: word('top_n'),
  topOf: word('top_n_of'),
  viewAsSeq: word('view_as_seq'),
  isPresent: word('is_present'),
  relabels: word('relabels'),
  aggregateLabels: word('aggregate_labels'),
  sortValues: word('sort_values'),
  sortLabelValues: word('sort_label_values'),
  baseline: word('baseline'),
  value: word('value'),
  upper: word('upper'),
  lower: word('lower'),
  asc: anyCase('asc'),
  des: anyCase('des'),
  bool: anyCase('bool'),
};

export const attributes = [0, 1, 2, 3, 4, 5].map((index) => word(`attr${index}`));

export const marks = {
  add: mark('Add', '+'),
  subtract: mark('Subtract', '-'),
  multiply: mark('Multiply', '*'),
  divide: mark('Divide', '/'),
  modulo: mark('Modulo', '%'),
  equal: mark('Equal', '=='),
  unequal: mark('Unequal', '!='),
  atMost: mark('AtMost', '<='),
  less: mark('Less', '<'),
  atLeast: mark('AtLeast', '>='),
  greater: mark('Greater', '>'),
  and: mark('And', '&&'),
  or: mark('Or', '||'),
  is: mark('Is', '='),
  comma: mark('Comma', ','),
  open: mark('Open', '('),
  close: mark('Close', ')'),
  openBrace: mark('OpenBrace', '{'),
  closeBrace: mark('CloseBrace', '}'),
};

/** Longer before shorter where one begins like the other. */
export const tokens: TokenType[] = [
  whiteSpace,
  text,
  decimal,
  integer,
  ...Object.values(words).sort((left, right) => right.name.length - left.name.length),
  ...attributes,
  underscore,
  name,
  ...Object.values(marks),
];
