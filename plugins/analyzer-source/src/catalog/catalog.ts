/** Every source that rules may read: SkyWalking's, and those of model calls. */
import { agentSources } from './agents.js';
import type { ColumnDefinition, SourceDefinition } from './define.js';
import { genAiSources } from './gen-ai.js';
import { networkSources } from './network.js';
import { serviceSources } from './services.js';

export const sources: ReadonlyMap<string, SourceDefinition> = new Map(
  [...serviceSources, ...agentSources, ...networkSources, ...genAiSources].map((each) => [each.name, each]),
);

const mapEntry = /^([^[\]"]+)\[".*"\]$/s;

/** A column by its name; `tag["key"]` is text when `tag` is a map. */
export function columnOf(source: SourceDefinition, name: string): ColumnDefinition | undefined {
  const column = source.columns.get(name);
  if (column !== undefined) return column;
  const map = source.columns.get(mapEntry.exec(name)?.[1] ?? '');
  return map?.type === 'map' ? { ...map, name, type: 'text' } : undefined;
}

/** A map as a whole is no value. */
export function isValue({ type }: ColumnDefinition): boolean {
  return type !== 'map' && type !== 'tags';
}
