import type { MetricPlan, Term } from '../plan.js';
import { familiesOf } from './evaluated-families.js';

/** A term of a plan with its place in the state: a ratio's numerator is slot 0, its denominator slot 1. */
export interface PlanTerm {
  readonly plan: MetricPlan;
  readonly term: Term;
  readonly offset: 0 | 1;
  /** A further term of a gauge or total: adds to a and is not counted in n. */
  readonly extra: boolean;
  /** Unique among all terms. */
  readonly id: number;
  /**
   * Of a histogram: the label of its buckets, when nothing before its placing depends on it, so that all buckets of
   * a stream take one way.
   */
  readonly together: string | undefined;
}

/** Which plans read a sample family. */
export class PlanIndex {
  private readonly terms = new Map<string, PlanTerm[]>();
  private readonly evaluated = new Map<string, MetricPlan[]>();
  private nextId = 0;
  /** Grows with every change, so that routes made before are made again. */
  generation = 0;

  replace(plans: readonly MetricPlan[]): void {
    this.terms.clear();
    this.evaluated.clear();
    for (const plan of plans) this.index(plan);
    this.generation += 1;
  }

  termsOf(family: string): readonly PlanTerm[] {
    return this.terms.get(family) ?? [];
  }

  evaluatedOf(family: string): readonly MetricPlan[] {
    return this.evaluated.get(family) ?? [];
  }

  reads(family: string): boolean {
    return this.terms.has(family) || this.evaluated.has(family);
  }

  private index(plan: MetricPlan): void {
    const { body } = plan;
    switch (body.kind) {
      case 'sum':
        { this.indexTerms(plan, body.terms, 0); return; }
      case 'ratio':
        this.indexTerms(plan, body.numerator, 0);
        { this.indexTerms(plan, body.denominator, 1); return; }
      case 'evaluated':
        for (const family of familiesOf(body.expression)) append(this.evaluated, family, plan);
        return;
      default:
        this.indexTerms(plan, [body.term], 0);
        if ('others' in body) this.indexTerms(plan, body.others, 0, true);
    }
  }

  private indexTerms(plan: MetricPlan, terms: readonly Term[], offset: 0 | 1, extra = false): void {
    for (const term of terms) {
      append(this.terms, term.family, { plan, term, offset, extra, id: this.nextId, together: together(plan, term) });
      this.nextId += 1;
    }
  }
}

function together({ body, filter }: MetricPlan, { steps }: Term): string | undefined {
  if (body.kind !== 'histogram') return undefined;
  const { leLabel } = body;
  const indifferent = [...(filter === undefined ? [] : [filter]), ...steps].every(({ ignores }) => ignores?.(leLabel));
  return indifferent ? leLabel : undefined;
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
