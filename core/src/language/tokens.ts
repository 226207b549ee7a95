/** The only words of chevrotain that a language needs; languages import these, never chevrotain itself. */
import { createToken, Lexer, type TokenType } from 'chevrotain';

export type { IToken as Token, TokenType } from 'chevrotain';

/** A token by pattern. `label` is what errors call it. */
export function token(name: string, label: string, pattern: RegExp | string, options: TokenOptions = {}): TokenType {
  return createToken({ name, label, pattern, line_breaks: false, ...options });
}

export interface TokenOptions {
  /** A keyword's identifier token: `ifx` is then not read as `if` and `x`. */
  readonly longer_alt?: TokenType;
  /** Tokens this one may stand in for (a keyword that may also be a name). */
  readonly categories?: TokenType[];
  readonly push_mode?: string;
  readonly pop_mode?: boolean;
  readonly start_chars_hint?: string[];
  readonly line_breaks?: boolean;
}

/** A punctuation mark or operator, called by itself in errors. */
export function mark(name: string, text: string): TokenType {
  return createToken({ name, label: `'${text}'`, pattern: text });
}

/** A reserved word; `name` is the identifier token it must not cut short. */
export function keyword(text: string, identifier: TokenType, options: TokenOptions = {}): TokenType {
  return createToken({
    name: `Keyword_${text}`,
    label: `'${text}'`,
    pattern: text,
    longer_alt: identifier,
    ...options,
  });
}

/** Matches nothing itself: a common name for tokens that list it in `categories`. */
export function category(name: string, label: string): TokenType {
  return createToken({ name, label, pattern: Lexer.NA });
}

export const identifier = token('Identifier', 'a name', /[A-Za-z_][A-Za-z0-9_]*/);
export const numberLiteral = token('Number', 'a number', /\d+(?:\.\d+)?/);
export const stringLiteral = token(
  'String',
  'a quoted text',
  /'(?:[^'\\\r\n]|\\[^\r\n])*'|"(?:[^"\\\r\n]|\\[^\r\n])*"/,
  {
    start_chars_hint: ["'", '"'],
  },
);

const skip = { group: Lexer.SKIPPED, line_breaks: true };
export const whiteSpace = createToken({ name: 'WhiteSpace', pattern: /\s+/, ...skip });
export const lineComment = createToken({ name: 'LineComment', pattern: /\/\/[^\r\n]*/, ...skip, line_breaks: false });
export const hashComment = createToken({ name: 'HashComment', pattern: /#[^\r\n]*/, ...skip, line_breaks: false });
export const blockComment = createToken({ name: 'BlockComment', pattern: /\/\*[^]*?\*\//, ...skip });

const escapes: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' };

/** Content of a `stringLiteral`: `\b \t \n \f \r`, up to three octal digits, any other escaped character itself. */
export function unquote(image: string): string {
  return image.slice(1, -1).replace(/\\([0-3]?[0-7]{1,2}|.)/g, (_, escaped: string) => {
    if (/^[0-7]/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped, 8));
    return escapes[escaped] ?? escaped;
  });
}
