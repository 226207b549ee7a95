/** Work that must succeed once: whoever needs it waits for the try under way, and begins another when the last one failed. */
export class OnceDone {
  private attempt: Promise<void> | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  done(): Promise<void> {
    this.attempt ??= this.work().catch((error: unknown) => {
      this.attempt = undefined;
      throw error;
    });
    return this.attempt;
  }

  /** Resolves when no try is under way. */
  async idle(): Promise<void> {
    await this.attempt?.catch(() => undefined);
  }
}
