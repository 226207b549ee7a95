import { isMeterlarkError, type ErrorFields } from '../../kernel/error.js';
import { defineLanguage } from '../../language/language.js';
import { plainSource } from '../../language/source-text.js';
import type { Expression, Program } from './ast.js';
import { MqeParser } from './grammar.js';
import { tokens } from './tokens.js';

export type Parsed = { readonly program: Program } | { readonly error: string };

/** Longer texts are read each time: nobody repeats them often enough to keep them. */
const cachedLength = 4096;

const language = defineLanguage({
  name: 'MQE',
  tokens,
  parser: (maxDepth) => new MqeParser(maxDepth),
  limits: { length: 64 * 1024, tokens: 2000, depth: 60 },
});

/** Reads expressions and remembers those it met last. */
export class ProgramCache {
  private readonly programs = new Map<string, Program>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.programs.size;
  }

  parse(text: string): Parsed {
    const known = this.programs.get(text);
    if (known !== undefined) {
      this.keep(known);
      return { program: known };
    }
    const parsed = parseExpression(text);
    if ('program' in parsed && text.length <= cachedLength) this.keep(parsed.program);
    return parsed;
  }

  /** Puts it at the young end; the oldest leaves. */
  private keep(program: Program): void {
    this.programs.delete(program.text);
    this.programs.set(program.text, program);
    for (const oldest of this.programs.keys()) {
      if (this.programs.size <= this.limit) return;
      this.programs.delete(oldest);
    }
  }
}

/** Faults are told as upstream tells them: `line <from 1>:<column from 0> <what>`. */
export function parseExpression(text: string): Parsed {
  try {
    const root = language.parse(plainSource('expression', text), (parser): Expression => parser.expression());
    return { program: { text, root } };
  } catch (error) {
    if (!isMeterlarkError(error)) throw error;
    return { error: `line ${error.fields['line'] ?? 1}:${Number(error.fields['column'] ?? 1) - 1} ${describe(error.code, error.fields)}` };
  }
}

function describe(code: string, fields: ErrorFields): string {
  switch (code) {
    case 'METERLARK_LANGUAGE_SYNTAX':
      return `found ${fields['found']}, expected ${fields['expected']}`;
    case 'METERLARK_LANGUAGE_CHARACTER':
      return `no token begins with ${fields['found']}`;
    case 'METERLARK_LANGUAGE_TOO_LONG':
      return `the expression has ${fields['actual']} ${fields['unit']}, more than ${fields['limit']}`;
    default:
      return `the expression is nested more than ${fields['limit']} levels deep`;
  }
}
