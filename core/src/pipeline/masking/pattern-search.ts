/** Patterns over one text, as it stands and as what its JSON escapes say. */
import { PatternBudget } from '../../kernel/linear-pattern.js';
import { hashMark, type TextHash } from './keyed-hash.js';
import type { MaskTrack } from './mask-track.js';
import type { MaskRule } from './rules.js';

/** Escapes within escapes within escapes; each level doubles the backslashes, so nobody's texts have as many. */
const maxEscapeLevels = 16;

export interface PatternSearchParts {
  readonly hash: TextHash;
  readonly passesHashes: boolean;
}

/** Throws PatternTooCostly when the searches since `begin` were too much work. */
export class PatternSearch {
  private readonly budget = new PatternBudget();
  /** Whose pattern was looked for last. */
  private current: MaskRule | undefined;

  constructor(
    private readonly parts: PatternSearchParts,
    private readonly track: MaskTrack,
  ) {}

  /** The rule that was at work when a search was given up. */
  get last(): MaskRule | undefined {
    return this.current;
  }

  /** A value is looked at, in as many texts as it has. */
  begin(): void {
    this.budget.refill();
  }

  /** undefined when the text has to go. */
  masked(value: string, rules: readonly MaskRule[]): string | undefined {
    let text = value;
    for (const rule of rules) {
      if (rule.pattern === undefined) continue;
      const masked = this.byRule(text, rule);
      if (masked === undefined) return undefined;
      text = masked;
    }
    return text;
  }

  /**
   * The first rule that finds, once escapes (`\/`, `\u0073`) are resolved, what it does not find in the text as it
   * stands. Its place in the text is not known then.
   */
  hidden(text: string, rules: readonly MaskRule[]): MaskRule | undefined {
    let copy = this.withoutHits(text, rules);
    for (let level = 0; level < maxEscapeLevels; level += 1) {
      const resolved = resolveEscapes(copy);
      if (resolved === copy) return undefined;
      for (const rule of rules) {
        if (this.finds(rule, resolved)) return rule;
      }
      copy = resolved;
    }
    return rules[0];
  }

  private byRule(text: string, rule: MaskRule): string | undefined {
    const { pattern, action, replacement } = rule;
    if (pattern === undefined || (pattern.prefix !== '' && !text.includes(pattern.prefix))) return text;
    const searched = this.withoutHashes(text);
    this.current = rule;
    const masked = pattern.expression.replaceAll(searched, action === 'hash' ? this.parts.hash : replacement, this.budget);
    if (masked === searched) return text;
    this.track.hit(rule);
    return action === 'drop' ? undefined : masked;
  }

  private withoutHits(text: string, rules: readonly MaskRule[]): string {
    let copy = this.withoutHashes(text);
    for (const rule of rules) {
      if (rule.pattern !== undefined && this.finds(rule, copy)) copy = rule.pattern.expression.replaceAll(copy, '\0', this.budget);
    }
    return copy;
  }

  private withoutHashes(text: string): string {
    return this.parts.passesHashes ? text.replaceAll(hashMark, '\0') : text;
  }

  private finds(rule: MaskRule, text: string): boolean {
    const { pattern } = rule;
    if (pattern === undefined || (pattern.prefix !== '' && !text.includes(pattern.prefix))) return false;
    this.current = rule;
    return pattern.expression.test(text, this.budget);
  }
}

const meanings: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** One level of them. */
function resolveEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([\da-fA-F]{4})|(["\\/bfnrt]))/g, (_whole, code: string | undefined, plain: string) =>
    code === undefined ? (meanings[plain] ?? plain) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
