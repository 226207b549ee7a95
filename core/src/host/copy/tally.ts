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
}

export const noTally: Tally = { source: 0, target: 0, expired: 0, different: 0 };

export function addTallies(left: Tally, right: Tally): Tally {
  return {
    source: left.source + right.source,
    target: left.target + right.target,
    expired: left.expired + right.expired,
    different: left.different + right.different,
  };
}

/** Of things that are only counted. A target with data of its own may have more. */
export function tallyOfCounts(source: number, target: number, shared: boolean): Tally {
  return { source, target, expired: 0, different: shared ? Math.max(0, source - target) : Math.abs(source - target) };
}
