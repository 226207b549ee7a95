/** A tree that a grammar made, as JSON: plain data, whose places name the text that was read. */
import type { ReadingForm } from '../kernel/readings.js';
import type { SourceText } from './source-text.js';

/** In JSON, null stands for undefined, of which trees have many, and `"source": true` for the text. */
export function treeReading<T>(kind: string, source: SourceText): ReadingForm<T> {
  return {
    kind,
    pack: (tree) => JSON.stringify(tree, (_key, value: unknown) => (value === source ? true : (value ?? null))),
    unpack: (json) => revived(JSON.parse(json), source) as T,
  };
}

/** In place, so that nothing is copied. */
function revived(node: unknown, source: SourceText): unknown {
  if (typeof node !== 'object') return node;
  if (node === null) return undefined;
  const fields = node as Record<string, unknown>;
  for (const name in fields) fields[name] = name === 'source' && fields[name] === true ? source : revived(fields[name], source);
  return node;
}
