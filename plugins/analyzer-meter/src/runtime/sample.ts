import { canonicalLabels, entityId } from '@meterlark/core';
import type { Scope } from '@meterlark/core';
import type { LabelFilter, LabelStep, Labels, Placement, Placer } from '../plan.js';
import { filterLabels } from './labels.js';
import { placeOf } from './series-table.js';

/** A placement with the texts that name its series. */
export interface Placed {
  readonly placement: Placement;
  readonly entityId: string;
  /** Canonical. */
  readonly labels: string;
  /** `placeOf` both. */
  readonly place: string;
}

/**
 * Labels on their way through the rules. Lives while one route is made and remembers what each step, reduction and
 * placer gave, because most rules of a file begin and end alike. What throws is not remembered.
 */
export class Sample {
  private readonly steps = new Map<LabelStep, readonly Sample[]>();
  private readonly reductions = new Map<string, Sample>();
  private readonly places = new Map<Placer, Placed | undefined>();

  constructor(readonly labels: Labels) {}

  through(step: LabelStep): readonly Sample[] {
    let results = this.steps.get(step);
    if (results === undefined) {
      results = step(this.labels).map((labels) => (labels === this.labels ? this : new Sample(labels)));
      this.steps.set(step, results);
    }
    return results;
  }

  /** Exactly these labels, missing as "". */
  only(names: readonly string[]): Sample {
    if (names.length === this.labels.size && names.every((name) => this.labels.has(name))) return this;
    return this.reduced(JSON.stringify(names), () => new Map(names.map((name) => [name, this.labels.get(name) ?? ''])));
  }

  without(name: string): Sample {
    if (!this.labels.has(name)) return this;
    return this.reduced(name, () => new Map([...this.labels].filter(([label]) => label !== name)));
  }

  placedBy(placer: Placer): Placed | undefined {
    if (this.places.has(placer)) return this.places.get(placer);
    const placement = placer(this.labels);
    const placed = placement === undefined ? undefined : named(placement);
    this.places.set(placer, placed);
    return placed;
  }

  private reduced(key: string, make: () => Labels): Sample {
    const known = this.reductions.get(key);
    if (known !== undefined) return known;
    const sample = new Sample(make());
    this.reductions.set(key, sample);
    return sample;
  }
}

function named(placement: Placement): Placed {
  const name = { entityId: entityId(placement.entity), labels: canonicalLabels([...placement.labels]) };
  return { placement, ...name, place: placeOf(name) };
}

/** Labels of a point before any step, as the rule files' filters see them. */
export class RootSample extends Sample {
  private readonly verdicts = new Map<LabelFilter, boolean>();
  private seen: Labels | undefined;

  constructor(
    labels: Labels,
    private readonly scope: Scope,
  ) {
    super(labels);
  }

  passes(filter: LabelFilter | undefined): boolean {
    if (filter === undefined) return true;
    let verdict = this.verdicts.get(filter);
    if (verdict === undefined) {
      this.seen ??= filterLabels(this.labels, this.scope);
      verdict = filter(this.seen);
      this.verdicts.set(filter, verdict);
    }
    return verdict;
  }
}
