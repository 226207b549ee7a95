import { EmbeddedActionsParser, type IToken, type ParserMethod, type TokenVocabulary } from 'chevrotain';
import { expectedTokens } from './expected.js';

export interface LanguageLimits {
  /** Characters of the text. */
  readonly length: number;
  /** Tokens, which bounds the depth of left-leaning trees (`a + b + c …`) for all who walk them. */
  readonly tokens: number;
  /** Levels of `nested`. */
  readonly depth: number;
}

/** Thrown by `nested`; `Language` turns it into an error with a position. */
export class TooDeep extends Error {
  constructor(readonly token: IToken) {
    super('nested too deep');
  }
}

/**
 * Base of every grammar. Rules are fields (`private readonly sum = this.RULE('sum', () => …)`) that return AST nodes;
 * the constructor of the subclass ends with `this.performSelfAnalysis()`.
 */
export abstract class LanguageParser extends EmbeddedActionsParser {
  private depth = 0;

  protected constructor(
    vocabulary: TokenVocabulary,
    private readonly maxDepth: number,
    lookahead = 2,
    /** Checks the grammar for ambiguities and left recursion: for a test of the grammar; users should not wait for it. */
    validate = false,
  ) {
    super(vocabulary, {
      maxLookahead: lookahead,
      recoveryEnabled: false,
      errorMessageProvider: expectedTokens,
      nodeLocationTracking: 'none',
      skipValidations: !validate,
    });
  }

  /** Wrap the body of every rule that can reach itself, or hostile input overflows the stack. */
  protected nested<T>(body: () => T): T {
    if (this.RECORDING_PHASE) return body();
    if (this.depth >= this.maxDepth) throw new TooDeep(this.LA(1));
    this.depth += 1;
    try {
      return body();
    } finally {
      this.depth -= 1;
    }
  }

  /** A rule; alias of RULE with a type that leaves no room for `any`. */
  protected rule<T>(name: string, body: () => T): ParserMethod<[], T> {
    return this.RULE(name, body);
  }
}
