/** What searches may cost. Counted is what is really done, not the time it takes, so that the same text always ends the same. */

/** Why a pattern could not be used on a text. */
export class PatternFailure extends Error {}

/** A search was given up: `text`: it costs more with this pattern than texts of its length may; `batch`: what many texts may take together was taken. */
export class PatternTooCostly extends PatternFailure {
  constructor(
    message: string,
    readonly reason: 'text' | 'batch' = 'text',
  ) {
    super(message);
  }
}

/** About five nanoseconds each. A character takes some for each place in the pattern that it may stand at. */
const unitsPerText = 4_000_000;
const unitsPerCharacter = 160;
/** About 80 milliseconds, whatever the texts are, and 20 microseconds for each of them. */
const unitsPerBatch = 16_000_000;
const unitsPerUsualText = 4000;

/** What the searches of many budgets really take, all together. */
export class PatternBatch {
  private left = unitsPerBatch;

  /** For the next batch. */
  refill(): void {
    this.left = unitsPerBatch;
  }

  /** What a text of usual length needs, so that a batch may hold any number of those. */
  bring(): void {
    this.left += unitsPerUsualText;
  }

  /** Throws PatternTooCostly. */
  spend(units: number): void {
    this.left -= units;
    if (this.left < 0) throw new PatternTooCostly('the patterns took so much work on the texts of this batch that this one was given up', 'batch');
  }
}

/**
 * One search, or several that share it. Each brings what its text allows; what all of them may take beside that,
 * about 20 milliseconds, they have together.
 */
export class PatternBudget {
  /** Units. */
  left = unitsPerText;

  /** `batch`: what others draw on as well. */
  constructor(private readonly batch?: PatternBatch) {
    batch?.bring();
  }

  /** For searches that have nothing to do with those before. */
  refill(): void {
    this.left = unitsPerText;
  }

  /** Throws PatternTooCostly where a search could not even begin. */
  check(): void {
    this.batch?.spend(0);
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
    this.batch?.spend(units);
  }
}
