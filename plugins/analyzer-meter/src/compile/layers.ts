/** The layers that rules of one load may name: the built-in ones, those given, and those of the files. */
import { builtInLayers, type MeterlarkError } from '@meterlark/core';
import { malErrors } from '../errors.js';
import type { LayerDefinition, LayerText, RuleFile } from './rule-file.js';
import type { LayerTable } from './scope.js';

interface Known extends LayerDefinition {
  /** For people. */
  readonly place: string;
  /** undefined: not of a file. */
  readonly file: string | undefined;
}

export interface Layers {
  readonly table: LayerTable;
  /** Those of the files, each once. */
  readonly defined: readonly LayerDefinition[];
  readonly faults: readonly MeterlarkError[];
}

/** Files that define one layer alike share it: each must be usable without the others. */
export function layersOf(files: readonly RuleFile[], given: readonly LayerDefinition[]): Layers {
  const known: Known[] = [
    ...builtInLayers.map(({ id, name, normal }) => builtIn({ name, ordinal: id, normal })),
    ...given.map((layer) => ({ ...layer, place: 'a layer known before', file: undefined })),
  ];
  const defined: LayerDefinition[] = [];
  const faults: MeterlarkError[] = [];
  for (const file of files) {
    for (const layer of file.layers) {
      const own = { ...layer, place: `${file.path}:${layer.at.line}`, file: file.path };
      const rival = known.find((other) => clash(own, other));
      if (rival !== undefined) faults.push(conflict(layer, file.path, rival));
      else if (known.every(({ name }) => name !== layer.name)) defined.push(plain(layer));
      known.push(own);
    }
  }
  return { table: tableOf(known), defined, faults };
}

function builtIn(layer: LayerDefinition): Known {
  return { ...layer, place: 'a built-in layer', file: undefined };
}

function clash(layer: Known, other: Known): boolean {
  const alike = layer.name === other.name && layer.ordinal === other.ordinal && layer.normal === other.normal;
  if (alike) return layer.file === other.file;
  return layer.name === other.name || layer.ordinal === other.ordinal;
}

/** The first definition of a name counts; names of refused ones are known too, so that rules bring no further faults. */
function tableOf(known: readonly Known[]): LayerTable {
  return new Map([...known].reverse().map(({ name, normal }) => [name, normal]));
}

function plain({ name, ordinal, normal }: LayerText): LayerDefinition {
  return { name, ordinal, normal };
}

function conflict(layer: LayerText, file: string, rival: Known): MeterlarkError {
  const other = `${shown(rival)}, ${rival.place}`;
  return malErrors.METERLARK_MAL_LAYER_CONFLICT({ file, ...layer.at, layer: shown(layer), other });
}

function shown({ name, ordinal, normal }: LayerDefinition): string {
  return `${name} (ordinal ${ordinal}, ${normal ? 'normal' : 'not normal'})`;
}
