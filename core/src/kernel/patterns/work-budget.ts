/** What searches may cost. Counted is what is really done, not the time it takes, so that the same text always ends the same. */

/** Why a pattern could not be used on a text. */
export class PatternFailure extends Error {}

/** A search was given up: this text costs more with this pattern than texts of its length may. */
export class PatternTooCostly extends PatternFailure {}

/** About five nanoseconds each. A character takes some for each place in the pattern that it may stand at. */
const unitsPerText = 4_000_000;
const unitsPerCharacter = 160;

/**
 * One search, or several that share it. Each brings what its text allows; what all of them may take beside that,
 * about 20 milliseconds, they have together.
 */
export class PatternBudget {
  /** Units. */
  left = unitsPerText;

  /** For searches that have nothing to do with those before. */
  refill(): void {
    this.left = unitsPerText;
  }

  /** Throws PatternTooCostly. What a cheap search did not take of its own is not for the next one. */
  during<T>(characters: number, search: () => T): T {
    const shared = this.left;
    this.left += characters * unitsPerCharacter;
    try {
      return search();
    } finally {
      this.left = Math.max(0, Math.min(this.left, shared));
    }
  }

  spend(units: number): void {
    this.left -= units;
    if (this.left < 0) throw new PatternTooCostly('the pattern finds so many ways through this text that it was given up');
  }
}
