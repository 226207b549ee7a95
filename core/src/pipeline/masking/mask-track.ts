/** What rules did to one value. */
import { dropped, type Masked } from './masked.js';
import type { MaskRule } from './rules.js';

/** Told the names of rules. */
export interface MaskEvents {
  hit(rule: string): void;
  /** A text was masked whole because it could not be searched. */
  gaveUp(rule: string): void;
}

export class MaskTrack {
  private readonly hits = new Set<string>();

  constructor(private readonly events: MaskEvents) {}

  hit(rule: MaskRule): void {
    this.hits.add(rule.name);
  }

  /** What stands for a value that is masked whole though the rule is for parts of it. */
  giveUp(rule: MaskRule | undefined): Masked<string> {
    if (rule === undefined) return dropped;
    this.events.gaveUp(rule.name);
    this.hits.add(rule.name);
    return rule.action === 'drop' ? dropped : rule.replacement;
  }

  /** Each rule once, and then nothing of the value is left here. */
  tell(): void {
    for (const rule of this.hits) this.events.hit(rule);
    this.hits.clear();
  }
}
