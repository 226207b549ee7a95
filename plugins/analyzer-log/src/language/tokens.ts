import {
  blockComment, category, keyword, lineComment, mark, token, whiteSpace, type TokenType,
} from '@meterlark/core';

/** Any word that may name a field, a label or a method: all but the reserved ones. */
export const word = category('Word', 'a name');
export const identifier = token('Identifier', 'a name', /[A-Za-z_][A-Za-z0-9_]*/, { categories: [word] });

function named(text: string): TokenType {
  return keyword(text, identifier, { categories: [word] });
}

export const filterWord = named('filter');
export const textWord = named('text');
export const jsonWord = named('json');
export const yamlWord = named('yaml');
export const extractorWord = named('extractor');
export const sinkWord = named('sink');
export const abortWord = named('abort');
export const timestampWord = named('timestamp');
export const tagWord = named('tag');
export const metricsWord = named('metrics');
export const regexpWord = named('regexp');
export const abortOnFailureWord = named('abortOnFailure');
export const nameWord = named('name');
export const valueWord = named('value');
export const labelsWord = named('labels');
export const samplerWord = named('sampler');
export const rateLimitWord = named('rateLimit');
export const possibilityWord = named('possibility');
export const rpmWord = named('rpm');
export const enforcerWord = named('enforcer');
export const dropperWord = named('dropper');
export const defWord = named('def');

export const ifWord = keyword('if', identifier);
export const elseWord = keyword('else', identifier);
export const asWord = keyword('as', identifier);
export const nullWord = keyword('null', identifier);
export const trueWord = keyword('true', identifier);
export const falseWord = keyword('false', identifier);

export const and = mark('And', '&&');
export const or = mark('Or', '||');
export const compare = token('Compare', 'a comparison', /==|!=|>=|<=|>|</, { start_chars_hint: ['=', '!', '<', '>'] });
export const assign = mark('Assign', '=');
export const bang = mark('Bang', '!');
export const safeDot = mark('SafeDot', '?.');
export const dot = mark('Dot', '.');
export const comma = mark('Comma', ',');
export const colon = mark('Colon', ':');
export const semicolon = mark('Semicolon', ';');
export const plus = mark('Plus', '+');
export const minus = mark('Minus', '-');
export const star = mark('Star', '*');
export const slash = mark('Slash', '/');
export const leftParen = mark('LeftParen', '(');
export const rightParen = mark('RightParen', ')');
export const leftBracket = mark('LeftBracket', '[');
export const rightBracket = mark('RightBracket', ']');
export const leftBrace = mark('LeftBrace', '{');
export const rightBrace = mark('RightBrace', '}');

export const number = token('Number', 'a number', /(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[LlFfDd]?/, {
  start_chars_hint: ['.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
});
export const text = token('Text', 'a quoted text', /'(?:[^'\\\r\n]|\\[^\r\n])*'|"(?:[^"\\\r\n]|\\[^\r\n])*"/, {
  start_chars_hint: ["'", '"'],
});
/** `$/pattern/$`; may span lines. */
export const slashyText = token('SlashyText', 'a $/pattern/$', /\$\/[^]*?\/\$/, { start_chars_hint: ['$'], line_breaks: true });

const marks: readonly TokenType[] = [
  compare, and, or, safeDot, assign, bang, number, dot, comma, colon, semicolon, plus, minus, star, slash, leftParen, rightParen,
  leftBracket, rightBracket, leftBrace, rightBrace,
];
/** `abortOnFailure` stands before `abort`, which it begins with. */
const words: readonly TokenType[] = [
  filterWord, textWord, jsonWord, yamlWord, extractorWord, sinkWord, abortOnFailureWord, abortWord, timestampWord, tagWord, metricsWord,
  regexpWord, nameWord, valueWord, labelsWord, samplerWord, rateLimitWord, possibilityWord, rpmWord, enforcerWord,
  dropperWord, defWord, ifWord, elseWord, asWord, nullWord, trueWord, falseWord,
];

export const lalTokens: TokenType[] = [
  whiteSpace, lineComment, blockComment, slashyText, ...marks, ...words, identifier, text, word,
];
