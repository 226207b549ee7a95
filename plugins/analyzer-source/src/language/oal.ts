/** A rule file to its statements. Each is parsed by itself, so that a fault in one does not hide those behind it. */
import { defineLanguage, isMeterlarkError, plainSource, type MeterlarkError, type SourceText } from '@meterlark/core';
import { oalErrors } from '../errors.js';
import type { StatementNode } from './ast.js';
import { OalParser } from './parser.js';
import { oalTokens } from './tokens.js';

export interface OalFile {
  readonly statements: readonly StatementNode[];
  readonly faults: readonly MeterlarkError[];
}

const maxLength = 1024 * 1024;
const maxStatements = 10_000;

const oal = defineLanguage({ name: 'OAL', tokens: oalTokens, parser: (maxDepth) => new OalParser(maxDepth), limits: { length: 16 * 1024 } });

export function readOal(file: string, text: string): OalFile {
  const whole = plainSource(file, text);
  if (text.length > maxLength) return tooLarge(whole, { actual: text.length, unit: 'characters', limit: maxLength });
  const parts = statementTexts(text);
  if (parts.length > maxStatements) return tooLarge(whole, { actual: parts.length, unit: 'statements', limit: maxStatements });
  const statements: StatementNode[] = [];
  const faults: MeterlarkError[] = [];
  for (const [start, end] of parts) {
    try {
      statements.push(parse(part(whole, start, end)));
    } catch (error) {
      if (!isMeterlarkError(error)) throw error;
      faults.push(error);
    }
  }
  return { statements, faults };
}

function parse(source: SourceText): StatementNode {
  const read = (parser: OalParser): StatementNode => {
    parser.source = source;
    return parser.statement();
  };
  return oal.parse(source, read, 'statement');
}

function tooLarge(whole: SourceText, size: { actual: number; unit: string; limit: number }): OalFile {
  return { statements: [], faults: [oalErrors.METERLARK_OAL_TOO_LARGE({ file: whole.file, ...whole.locate(0), ...size })] };
}

function part(whole: SourceText, start: number, end: number): SourceText {
  return { file: whole.file, text: whole.text.slice(start, end), locate: (offset) => whole.locate(start + offset) };
}

/** From and to of each statement, its semicolon included; stretches of comments and spaces alone are none. */
function statementTexts(text: string): (readonly [start: number, end: number])[] {
  const found: (readonly [number, number])[] = [];
  let start = 0;
  let hasText = false;
  for (let at = 0; at < text.length; ) {
    const end = commentEnd(text, at);
    if (end === undefined) hasText ||= !/\s|;/.test(text.charAt(at));
    at = end ?? quoteEnd(text, at) ?? at + 1;
    if (end !== undefined || text.charAt(at - 1) !== ';') continue;
    if (hasText) found.push([start, at]);
    start = at;
    hasText = false;
  }
  if (hasText) found.push([start, text.length]);
  return found;
}

/** End of the comment that begins here; one that is never closed is none. */
function commentEnd(text: string, at: number): number | undefined {
  if (text.startsWith('//', at)) return lineEnd(text, at);
  if (!text.startsWith('/*', at)) return undefined;
  const close = text.indexOf('*/', at + 2);
  return close < 0 ? undefined : close + 2;
}

/** End of the quoted text that begins here; one that is not closed on its line ends with it. */
function quoteEnd(text: string, at: number): number | undefined {
  const quote = text.charAt(at);
  if (quote !== '"' && quote !== "'") return undefined;
  for (let index = at + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') index += 1;
    else if (character === quote) return index + 1;
    else if (character === '\n') return index;
  }
  return text.length;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
