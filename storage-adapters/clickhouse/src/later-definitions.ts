import type { MetricDefinition } from '@meterlark/core';

/** Metric definitions of a new store that wait for its tables, one of each name, and are written together. */
export class LaterDefinitions {
  private readonly waiting = new Map<string, MetricDefinition>();
  private attempt: Promise<void> | undefined;

  constructor(private readonly write: (definitions: readonly MetricDefinition[]) => Promise<void>) {}

  add(definitions: readonly MetricDefinition[]): void {
    for (const definition of definitions) this.waiting.set(definition.name, definition);
  }

  /** Resolves when none waits; what failed before is tried again. */
  done(): Promise<void> {
    this.attempt ??= this.writeAll().finally(() => {
      this.attempt = undefined;
    });
    return this.attempt;
  }

  /** Resolves when no try is under way. */
  async idle(): Promise<void> {
    await this.attempt?.catch(() => undefined);
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.size > 0) {
      const batch = [...this.waiting.values()];
      await this.write(batch);
      for (const definition of batch) if (this.waiting.get(definition.name) === definition) this.waiting.delete(definition.name);
    }
  }
}
