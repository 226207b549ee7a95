/**
 * What the server is told to leave out. Each condition may send too much, never too little: the reader looks at every row again.
 *
 * Only entities and tags with an inverted index. The server filters other tags after it has cut the answer to its limit, so that a
 * page of them looks like the last one; and it knows no search for parts of a text: bodies are searched by the reader.
 */
import type { RecordColumn, RecordCondition, RecordModel } from '@meterlark/core';
import { columnOf } from '@meterlark/core';
import type { Criteria } from '../connection/client.js';
import { entityText } from '../schema/entity-text.js';
import { entityCell, entityColumns, entityTag, isLookedUpMap, isLookedUpText, pairsTag, pairText, tenantTag } from './stream-spec.js';

/** Entities are written out in full: so many at most. */
const mostEntities = 64;
/** The server looks up each value in each series, which takes it about a millisecond. */
const mostValues = 128;

type InList = Extract<RecordCondition, { readonly is: 'in' | 'notIn' }> & { readonly is: 'in' };

export interface StreamQuestion {
  readonly criteria: Criteria;
  /** How few rows it leaves: some of one id, those of one pair, or all of the entities. */
  readonly leaves: 'few' | 'some' | 'many';
}

/** undefined: no row meets the conditions. */
export function streamQuestion(model: RecordModel, tenant: string, where: readonly RecordCondition[]): StreamQuestion | undefined {
  const lists = where.filter((condition): condition is InList => condition.is === 'in');
  const parts: Criteria[] = [];
  let leaves: StreamQuestion['leaves'] = 'many';
  for (const list of lists) {
    const column = columnOf(model, list.column);
    const values = possibleValues(column, list);
    if (values.length === 0) return undefined;
    const lookUp = lookUpOf(column, list.key, values);
    if (lookUp === undefined) continue;
    parts.push(lookUp);
    leaves = isLookedUpText(column) ? 'few' : leaves === 'few' ? leaves : 'some';
  }
  return { criteria: joined('allOf', [entitiesOf(model, tenant, lists), ...parts]), leaves };
}

/** Values of the type that the column, or the key of the map, has; each once. */
function possibleValues({ type }: RecordColumn, { values }: InList): readonly (string | number | boolean)[] {
  const wanted = type === 'word' || type === 'text' || type === 'textMap' ? 'string' : type === 'flag' ? 'boolean' : 'number';
  return [...new Set(values.filter((value) => typeof value === wanted))];
}

/** A row of before the column was there has null, which is "" to readers and nothing to an index. */
function lookUpOf(column: RecordColumn, key: string | undefined, values: readonly (string | number | boolean)[]): Criteria | undefined {
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length === 0 || texts.length > mostValues || texts.includes('')) return undefined;
  if (key === undefined && isLookedUpText(column)) {
    return texts.length === 1 ? { is: 'equal', tag: column.name, value: texts[0]! } : { is: 'in', tag: column.name, values: texts };
  }
  if (key === undefined || !isLookedUpMap(column)) return undefined;
  const pairs = [...new Set(texts.map((text) => pairText(key, text)))];
  return joined('anyOf', pairs.map((pair): Criteria => ({ is: 'having', tag: pairsTag(column.name), values: [pair] })));
}

/** See the trap at Criteria: each entity is written out in full. Words that are not asked for are left open. */
function entitiesOf(model: RecordModel, tenant: string, lists: readonly InList[]): Criteria {
  let entities: Criteria[][] = [[{ is: 'equal', tag: tenantTag, value: entityText(tenant) }]];
  for (const name of entityColumns(model)) {
    const list = lists.find(({ column }) => column === name);
    if (list === undefined) continue;
    const cells = [...new Set(list.values.filter((value) => typeof value === 'string').map(entityCell))];
    if (cells.length * entities.length > mostEntities) continue;
    entities = entities.flatMap((entity) => cells.map((value): Criteria[] => [...entity, { is: 'equal', tag: entityTag(name), value }]));
  }
  return joined('anyOf', entities.map((entity) => joined('allOf', entity)));
}

function joined(is: 'allOf' | 'anyOf', of: readonly Criteria[]): Criteria {
  return of.length === 1 ? of[0]! : { is, of };
}
