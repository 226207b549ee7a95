import type { MetricDefinition } from '@meterlark/core';
import type { BanyanClient } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import type { PropertySpec } from '../schema/model.js';

/** Definitions are some hundreds; the server cuts without a word. */
const mostDefinitions = 100_000;
/** The server takes properties one by one. */
const appliedAtOnce = 16;

export function definitionProperty(group: string): PropertySpec {
  return { catalog: 'property', group, name: 'metric_definition', tags: [{ name: 'definition', kind: 'string' }] };
}

/** Definitions of metrics, one property by name: they have no time and no end. */
export class BanyanDefinitions {
  constructor(
    private readonly client: Pick<BanyanClient, 'applyProperty' | 'queryProperties'>,
    private readonly property: PropertySpec,
  ) {}

  /** Only what is not there as it is: each is a request, and at every start all come again. */
  async define(definitions: readonly MetricDefinition[]): Promise<void> {
    if (definitions.length === 0) return;
    const stored = await this.stored();
    const wanted = new Map(definitions.map((definition) => [definition.name, JSON.stringify(definition)]));
    const changed = [...wanted].filter(([name, text]) => stored.get(name) !== text);
    for (let at = 0; at < changed.length; at += appliedAtOnce) {
      const some = changed.slice(at, at + appliedAtOnce);
      await Promise.all(some.map(([name, text]) => this.client.applyProperty(this.property, name, [text])));
    }
  }

  async all(): Promise<readonly MetricDefinition[]> {
    return [...(await this.stored()).values()].map((text) => JSON.parse(text) as MetricDefinition);
  }

  private async stored(): Promise<ReadonlyMap<string, string>> {
    const found = await this.client.queryProperties(this.property, { limit: mostDefinitions });
    return new Map(found.map(({ id, cells: [text] }) => [id, checked(id, text)]));
  }
}

function checked(id: string, text: unknown): string {
  if (typeof text === 'string') return text;
  throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: `the definition of ${id} is no text` });
}
