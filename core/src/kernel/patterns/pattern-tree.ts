/** A pattern as it was read: what both engines are given is written from it, so that they mean the same. */
import type { CharSet } from './char-set.js';

export type Engine = 'linear' | 'v8';

export type PatternNode =
  /** One character. `named`: classes of Unicode in it (`\p{L}`), which `set` then does not hold. */
  | { readonly type: 'set'; readonly set: CharSet; readonly negated: boolean; readonly named: readonly NamedClass[] }
  /**
   * `end`: of the text. `last-line`: `$`, which holds before a line end that ends the text as well; `text`: that line
   * end, known once the text is. `other`: `\b`, `\B`, and all under the flag m.
   */
  | { readonly type: 'assertion'; readonly kind: 'begin' | 'end' | 'last-line' | 'other'; readonly text: string }
  | { readonly type: 'group'; readonly body: PatternNode; readonly captures: boolean; readonly name: string | undefined; readonly flags: string }
  /** `(?i)` from here to the end of the group. */
  | { readonly type: 'flags'; readonly text: string }
  | { readonly type: 'repeat'; readonly body: PatternNode; readonly min: number; readonly max: number; readonly text: string }
  | { readonly type: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly options: readonly PatternNode[] };

export type SetNode = Extract<PatternNode, { type: 'set' }>;

export interface NamedClass {
  readonly name: string;
  readonly negated: boolean;
}

export interface PatternTree {
  readonly root: PatternNode;
  readonly ignoresCase: boolean;
}
