/** Which layers rules may be for: those of logs that can come. */
import { builtInLayers, nearest, type MeterlarkError } from '@meterlark/core';
import { lalErrors } from '../errors.js';
import type { LayerDefinition, LogRuleFile, RuleText } from './rule-file.js';

const builtIn: ReadonlySet<string> = new Set(builtInLayers.map(({ name }) => name));

/** Layers that the files define besides the built-in ones; files that define one alike share it. */
export function definedLayers(files: readonly LogRuleFile[]): readonly LayerDefinition[] {
  const found = new Map<string, LayerDefinition>();
  for (const layer of files.flatMap(({ layers }) => layers)) {
    if (!builtIn.has(layer.name) && !found.has(layer.name)) found.set(layer.name, layer);
  }
  return [...found.values()];
}

/** Logs of a layer that nobody knows are those of GENERAL, so a rule for one would never run. */
export function unknownLayer({ file, layer, layerAt }: RuleText, defined: readonly LayerDefinition[]): MeterlarkError | undefined {
  if (layer === 'auto' || builtIn.has(layer) || defined.some(({ name }) => name === layer)) return undefined;
  const known = [...builtIn, ...defined.map(({ name }) => name), 'auto'];
  const near = nearest(layer, known) ?? 'GENERAL, or to define it under layerDefinitions';
  return lalErrors.METERLARK_LAL_UNKNOWN_NAME({ file, ...layerAt, what: 'layer', name: layer.slice(0, 60), nearest: near });
}
