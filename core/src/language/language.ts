/**
 * How MAL, LAL, OAL and MQE are read. A language is built from
 *
 * 1. tokens: `token`, `mark`, `keyword` and the common ones of tokens.ts, most specific first;
 * 2. a grammar: a subclass of `LanguageParser` whose rules return nodes of its AST, each with the offset `at` of its
 *    first token; rules that can reach themselves wrap their body in `nested`;
 * 3. `defineLanguage`, which makes lexer and parser on the first `parse` (their analysis costs milliseconds, and a
 *    server that never meets the language should not pay), checks the limits, and throws coded errors with positions.
 *
 * Faults of meaning, found later while walking the AST, are located by `source.locate(node.at)`.
 */
import {
  EOF,
  Lexer,
  type ILexingResult,
  type IMultiModeLexerDefinition,
  type IRecognitionException,
  type TokenType,
} from 'chevrotain';
import { findReading, keepReading } from '../kernel/readings.js';
import { languageErrors } from './errors.js';
import { TooDeep, type LanguageLimits, type LanguageParser } from './parser.js';
import type { SourceText } from './source-text.js';
import { treeReading } from './tree-form.js';

export type LexerModes = IMultiModeLexerDefinition;

export interface LanguageDefinition<P extends LanguageParser> {
  /** Shown in errors: "MAL". */
  readonly name: string;
  readonly tokens: TokenType[] | LexerModes;
  readonly parser: (maxDepth: number) => P;
  readonly limits?: Partial<LanguageLimits>;
}

export interface Language<P extends LanguageParser> {
  /**
   * Runs a start rule over the whole text. Throws a MeterlarkError `METERLARK_LANGUAGE_…`. `rule`: name of the start rule
   * when its tree depends on nothing but the text; then a tree that the build has made of the same text serves as well.
   */
  parse<T>(source: SourceText, start: (parser: P) => T, rule?: string): T;
}

const defaultLimits: LanguageLimits = { length: 64 * 1024, tokens: 2000, depth: 60 };

export function defineLanguage<P extends LanguageParser>(definition: LanguageDefinition<P>): Language<P> {
  const limits = { ...defaultLimits, ...definition.limits };
  let made: { readonly lexer: Lexer; readonly parser: P } | undefined;
  const make = (): { readonly lexer: Lexer; readonly parser: P } => ({
    lexer: new Lexer(definition.tokens, { positionTracking: 'onlyOffset', skipValidations: true }),
    parser: definition.parser(limits.depth),
  });
  const parse = <T>(source: SourceText, start: (parser: P) => T): T => {
    checkSize(definition.name, source, { unit: 'characters', actual: source.text.length, limit: limits.length });
    const { lexer, parser } = (made ??= make());
    const lexed = lexer.tokenize(source.text);
    checkLexed(definition.name, source, lexed);
    checkSize(definition.name, source, { unit: 'tokens', actual: lexed.tokens.length, limit: limits.tokens });
    parser.input = lexed.tokens;
    const context = { language: definition.name, source, depth: limits.depth };
    return run(context, parser, () => start(parser));
  };
  return {
    parse: <T>(source: SourceText, start: (parser: P) => T, rule?: string): T => {
      if (rule === undefined) return parse(source, start);
      const form = treeReading<T>(`${definition.name} ${rule}`, source);
      const known = findReading(form, source.text);
      if (known !== undefined) return known;
      const tree = parse(source, start);
      keepReading(form, source.text, tree);
      return tree;
    },
  };
}

function checkSize(language: string, source: SourceText, size: { unit: string; actual: number; limit: number }): void {
  if (size.actual <= size.limit) return;
  throw languageErrors.METERLARK_LANGUAGE_TOO_LONG({ file: source.file, ...source.locate(0), language, ...size });
}

function checkLexed(language: string, source: SourceText, lexed: ILexingResult): void {
  const fault = lexed.errors[0];
  if (fault === undefined) return;
  const found = JSON.stringify(source.text.slice(fault.offset, fault.offset + 1));
  throw languageErrors.METERLARK_LANGUAGE_CHARACTER({
    file: source.file,
    ...source.locate(fault.offset),
    language,
    found,
  });
}

function run<T>(
  context: { language: string; source: SourceText; depth: number },
  parser: LanguageParser,
  start: () => T,
): T {
  const { language, source, depth } = context;
  let result: T;
  try {
    result = start();
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    const place = source.locate(error.token.startOffset);
    throw languageErrors.METERLARK_LANGUAGE_TOO_DEEP({ file: source.file, ...place, language, limit: depth });
  }
  const fault = parser.errors[0];
  if (fault !== undefined) throw syntaxError(language, source, fault);
  return result;
}

function syntaxError(language: string, source: SourceText, fault: IRecognitionException): Error {
  const atEnd = fault.token.tokenType === EOF;
  const offset = atEnd ? source.text.trimEnd().length : fault.token.startOffset;
  return languageErrors.METERLARK_LANGUAGE_SYNTAX({
    file: source.file,
    ...source.locate(offset),
    language,
    found: atEnd ? 'the end of the text' : `"${fault.token.image.slice(0, 60)}"`,
    expected: fault.message,
  });
}
