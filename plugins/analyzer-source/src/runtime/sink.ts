import { nearest, type SourceEmitter, type SourceSink } from '@meterlark/core';
import { columnOf, isValue, sources } from '../catalog/catalog.js';
import { sourceErrors } from '../errors.js';
import { type EmitterServices, RuleEmitter } from './emitter.js';
import type { SlotStream } from './recorder.js';

/** Opens emitters of the catalog's sources; rules that are loaded later reach those that are open. */
export class RuleSink implements SourceSink {
  constructor(private readonly services: EmitterServices) {}

  open(source: string, columns: readonly string[]): SourceEmitter {
    const definition = sources.get(source);
    if (definition === undefined) throw sourceErrors.METERLARK_SOURCE_UNKNOWN({ source, nearest: nearest(source, sources.keys()) ?? 'Service' });
    for (const name of columns) {
      const column = columnOf(definition, name);
      if (column !== undefined && isValue(column)) continue;
      const known = [...definition.columns.keys()];
      throw sourceErrors.METERLARK_SOURCE_UNKNOWN_COLUMN({ source, name, nearest: nearest(name, known) ?? known[0] ?? '' });
    }
    return new RuleEmitter(source, new Map(columns.map((name, place) => [name, place])), this.services);
  }

  onto(stream: SlotStream): SourceSink {
    return new RuleSink({ ...this.services, stream, corrects: true });
  }
}
