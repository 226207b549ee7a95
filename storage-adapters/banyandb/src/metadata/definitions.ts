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

type Properties = Pick<BanyanClient, 'applyProperty' | 'queryProperties'>;

/** Definitions of metrics, one property by name: they have no time and no end. */
export class BanyanDefinitions {
  /** Of this process; as many as can be read. */
  private readonly own = new Map<string, string>();

  constructor(
    private readonly client: Properties,
    private readonly property: PropertySpec,
  ) {}

  /** Only what is not there as it is: each is a request, and at every start all come again. */
  async define(definitions: readonly MetricDefinition[]): Promise<void> {
    if (definitions.length === 0) return;
    const wanted = new Map(definitions.map((definition) => [definition.name, JSON.stringify(definition)]));
    for (const [name, text] of wanted) if (this.own.has(name) || this.own.size < mostDefinitions) this.own.set(name, text);
    const stored = await this.stored(this.client);
    await this.apply(this.client, [...wanted].filter(([name, text]) => stored.get(name) !== text));
  }

  /** For a store that may have forgotten some. Only what is missing: another server may have newer ones. */
  async restore(client: Properties): Promise<void> {
    if (this.own.size === 0) return;
    const stored = await this.stored(client);
    await this.apply(client, [...this.own].filter(([name]) => !stored.has(name)));
  }

  async all(): Promise<readonly MetricDefinition[]> {
    return [...(await this.stored(this.client)).values()].map((text) => JSON.parse(text) as MetricDefinition);
  }

  private async apply(client: Properties, definitions: readonly (readonly [string, string])[]): Promise<void> {
    for (let at = 0; at < definitions.length; at += appliedAtOnce) {
      const some = definitions.slice(at, at + appliedAtOnce);
      await Promise.all(some.map(([name, text]) => client.applyProperty(this.property, name, [text])));
    }
  }

  private async stored(client: Properties): Promise<ReadonlyMap<string, string>> {
    const found = await client.queryProperties(this.property, { limit: mostDefinitions });
    return new Map(found.map(({ id, cells: [text] }) => [id, checked(id, text)]));
  }
}

function checked(id: string, text: unknown): string {
  if (typeof text === 'string') return text;
  throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: `the definition of ${id} is no text` });
}
