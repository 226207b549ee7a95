import {
  blockComment, keyword, lineComment, mark, stringLiteral, token, whiteSpace, type TokenType,
} from '@meterlark/core';

/** Java's letters, as SkyWalking's rules may use them. */
export const name = token('Name', 'a name', /[A-Za-z_$\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/);
export const number = token('Number', 'a number', /-?\d(?:[\d_]*\d)?(?:\.\d+)?[lL]?/);
export const cast = token('Cast', "'(str->long)'", /\([ \t]*(?:str[ \t]*->[ \t]*)?(?:long|int)[ \t]*\)/, { start_chars_hint: ['('] });
export const comparison = token('Comparison', 'a comparison', /==|!=|>=|<=|>|</, { start_chars_hint: ['=', '!', '<', '>'] });
export const notContain = token('NotContain', "'not contain'", /not[ \t]+contain(?![A-Za-z0-9_$])/, { start_chars_hint: ['n'] });

export const dot = mark('Dot', '.');
export const comma = mark('Comma', ',');
export const equals = mark('Equals', '=');
export const star = mark('Star', '*');
export const semicolon = mark('Semicolon', ';');
export const leftParen = mark('LeftParen', '(');
export const rightParen = mark('RightParen', ')');
export const leftBracket = mark('LeftBracket', '[');
export const rightBracket = mark('RightBracket', ']');

export const fromWord = keyword('from', name);
export const filterWord = keyword('filter', name);
export const disableWord = keyword('disable', name);
export const decoratorWord = keyword('decorator', name);
export const likeWord = keyword('like', name);
export const inWord = keyword('in', name);
export const containWord = keyword('contain', name);
export const nullWord = keyword('null', name);
export const trueWord = keyword('true', name);
export const falseWord = keyword('false', name);

const words: TokenType[] = [
  fromWord, filterWord, disableWord, decoratorWord, notContain, likeWord, inWord, containWord, nullWord, trueWord, falseWord,
];
const marks: TokenType[] = [
  cast, comparison, equals, dot, comma, star, semicolon, leftParen, rightParen, leftBracket, rightBracket,
];

export const oalTokens: TokenType[] = [whiteSpace, lineComment, blockComment, ...marks, ...words, number, name, stringLiteral];
