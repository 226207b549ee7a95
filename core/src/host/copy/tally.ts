/** What a comparison counted. */
export interface Tally {
  /** What the source has in the time that was copied. */
  readonly source: number;
  /** What the target has of it, or of its own. */
  readonly target: number;
  /** Of the source: what the target no longer keeps, for its lifetimes are shorter. */
  readonly expired: number;
  /** Missing in the target, with another value there, or only there. */
  readonly different: number;
  /** Starts of the days that have a difference, each once, in order; none of what has no time. */
  readonly days: readonly number[];
}

export const noTally: Tally = { source: 0, target: 0, expired: 0, different: 0, days: [] };

export function addTallies(left: Tally, right: Tally): Tally {
  return {
    source: left.source + right.source,
    target: left.target + right.target,
    expired: left.expired + right.expired,
    different: left.different + right.different,
    days: united(left.days, right.days),
  };
}

function united(left: readonly number[], right: readonly number[]): readonly number[] {
  if (right.length === 0) return left;
  return left.length === 0 ? right : [...new Set([...left, ...right])].sort((one, other) => one - other);
}
