import {
  blockComment,
  identifier,
  keyword,
  lineComment,
  mark,
  numberLiteral,
  stringLiteral,
  token,
  whiteSpace,
  type LexerModes,
  type TokenType,
} from '@meterlark/core';

export const arrow = mark('Arrow', '->');
export const plus = mark('Plus', '+');
export const minus = mark('Minus', '-');
export const star = mark('Star', '*');
export const slash = mark('Slash', '/');
export const doubleColon = mark('DoubleColon', '::');
export const colon = mark('Colon', ':');
export const semicolon = mark('Semicolon', ';');
export const comma = mark('Comma', ',');
export const dot = mark('Dot', '.');
export const leftParen = mark('LeftParen', '(');
export const rightParen = mark('RightParen', ')');
export const leftBracket = mark('LeftBracket', '[');
export const rightBracket = mark('RightBracket', ']');
export const leftBrace = mark('LeftBrace', '{');
export const rightBrace = mark('RightBrace', '}');
export const safeDot = mark('SafeDot', '?.');
export const elvis = mark('Elvis', '?:');
export const question = mark('Question', '?');
export const bang = mark('Bang', '!');
export const assign = mark('Assign', '=');
export const and = mark('And', '&&');
export const or = mark('Or', '||');
export const compare = token('Compare', 'a comparison', /==|!=|>=|<=|>|</, { start_chars_hint: ['=', '!', '<', '>'] });
export const match = token('Match', "'=~'", '=~', { push_mode: 'regex' });
export const regexLiteral = token('Regex', 'a /pattern/', /\/(?:[^/\\\r\n]|\\[^\r\n])+\//, { pop_mode: true });

export const inWord = keyword('in', identifier);
export const ifWord = keyword('if', identifier);
export const elseWord = keyword('else', identifier);
export const returnWord = keyword('return', identifier);
export const defWord = keyword('def', identifier);
export const nullWord = keyword('null', identifier);
export const trueWord = keyword('true', identifier);
export const falseWord = keyword('false', identifier);

const words: TokenType[] = [inWord, ifWord, elseWord, returnWord, defWord, nullWord, trueWord, falseWord];
const marks: TokenType[] = [
  arrow,
  match,
  compare,
  and,
  or,
  safeDot,
  elvis,
  doubleColon,
  plus,
  minus,
  star,
  slash,
  colon,
  semicolon,
  comma,
  dot,
  question,
  bang,
  assign,
  leftParen,
  rightParen,
  leftBracket,
  rightBracket,
  leftBrace,
  rightBrace,
];

/** After `=~` a slash begins a pattern, everywhere else it divides. */
export const malTokens: LexerModes = {
  defaultMode: 'main',
  modes: {
    main: [whiteSpace, lineComment, blockComment, ...marks, ...words, identifier, numberLiteral, stringLiteral],
    regex: [whiteSpace, regexLiteral],
  },
};
