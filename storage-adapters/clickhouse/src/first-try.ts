/** Batches with the rows that are to be stored: decided at the first try, so that no repetition sends or counts others. */
export class FirstTry<B extends object, R> {
  /** A batch that comes again is the same object; with it goes what was kept. */
  private readonly decided = new WeakMap<B, R>();

  constructor(private readonly decide: (batch: B) => R) {}

  of(batch: B): R {
    const known = this.decided.get(batch);
    if (known !== undefined) return known;
    const kept = this.decide(batch);
    this.decided.set(batch, kept);
    return kept;
  }
}
