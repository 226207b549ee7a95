import type { EntityRecord, MetadataReader, MetadataWriter, MetricDefinition } from '@meterlark/core';

/**
 * Of a store that no other process writes: definitions that are stored already, as they are at every start but the first,
 * are not written again. It knows as many as the store holds.
 */
export class ChangedDefinitions implements MetadataWriter {
  private stored: Promise<Map<string, string>> | undefined;

  constructor(
    private readonly writer: MetadataWriter,
    private readonly reader: Pick<MetadataReader, 'metrics'>,
  ) {}

  /** So that the first who defines need not wait as long. */
  readAhead(): void {
    this.stored ??= this.read();
  }

  upsertEntities(records: readonly EntityRecord[]): Promise<void> {
    return this.writer.upsertEntities(records);
  }

  async defineMetrics(definitions: readonly MetricDefinition[]): Promise<void> {
    this.readAhead();
    const stored = await this.stored;
    const latest = [...new Map(definitions.map((definition) => [definition.name, definition])).values()];
    const changed = latest.filter((definition) => stored?.get(definition.name) !== JSON.stringify(definition));
    if (changed.length === 0) return;
    // What is under way may or may not be stored when it fails.
    for (const { name } of changed) stored?.delete(name);
    await this.writer.defineMetrics(changed);
    for (const definition of changed) stored?.set(definition.name, JSON.stringify(definition));
  }

  /** What cannot be read is written again. */
  private async read(): Promise<Map<string, string>> {
    const definitions = await this.reader.metrics().catch(() => []);
    return new Map(definitions.map((definition) => [definition.name, JSON.stringify(definition)]));
  }
}
