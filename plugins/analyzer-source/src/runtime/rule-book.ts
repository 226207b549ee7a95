import type { RulePlan } from '../plan.js';

/** The rules in force, by source; emitters that see another version bind anew. */
export class RuleBook {
  version = 0;
  private bySource: ReadonlyMap<string, readonly RulePlan[]> = new Map();

  replace(plans: readonly RulePlan[]): void {
    const bySource = new Map<string, RulePlan[]>();
    for (const plan of plans) {
      const known = bySource.get(plan.source.name);
      if (known === undefined) bySource.set(plan.source.name, [plan]);
      else known.push(plan);
    }
    this.bySource = bySource;
    this.version += 1;
  }

  of(source: string): readonly RulePlan[] {
    return this.bySource.get(source) ?? [];
  }
}
