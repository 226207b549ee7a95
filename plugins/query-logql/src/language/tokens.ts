import { hashComment, keyword, mark, numberLiteral, stringLiteral, token, whiteSpace, type TokenType } from '@meterlark/core';

export const name = token('Name', 'a name', /[A-Za-z_][A-Za-z0-9_]*/);
export const duration = token('Duration', 'a duration as 5m', /(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w|y))+/);
export const rawString = token('RawString', 'a text in backticks', /`[^`]*`/, { line_breaks: true, start_chars_hint: ['`'] });
export const matchOperator = token('MatchOperator', "'='", /=~|!~|!=|=/, { start_chars_hint: ['=', '!'] });
export const pipe = token('Pipe', 'a line filter', /\|=|\|~|\|>|!>/, { start_chars_hint: ['|', '!'] });
export const stage = mark('Stage', '|');
export const plus = mark('Plus', '+');
export const comma = mark('Comma', ',');
export const leftBrace = mark('LeftBrace', '{');
export const rightBrace = mark('RightBrace', '}');
export const leftParen = mark('LeftParen', '(');
export const rightParen = mark('RightParen', ')');
export const leftBracket = mark('LeftBracket', '[');
export const rightBracket = mark('RightBracket', ']');

export const sumWord = keyword('sum', name);
export const byWord = keyword('by', name);
export const countWord = keyword('count_over_time', name);
export const rateWord = keyword('rate', name);
export const vectorWord = keyword('vector', name);
export const dropWord = keyword('drop', name);
export { numberLiteral, stringLiteral };

export const logqlTokens: TokenType[] = [
  whiteSpace, hashComment, rawString, stringLiteral, duration, numberLiteral, pipe, matchOperator, stage, plus, comma,
  leftBrace, rightBrace, leftParen, rightParen, leftBracket, rightBracket,
  sumWord, byWord, countWord, rateWord, vectorWord, dropWord, name,
];
