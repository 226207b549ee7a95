/** Hot path: conditions and columns bound to the places of an emitter's columns. */
import type { SourceValue } from '@meterlark/core';
import type { ColumnUse, Condition, ConditionValue } from '../plan.js';

export type Values = readonly SourceValue[];
export type Test = (values: Values) => boolean;
/** NaN: there is no number. */
export type NumberReader = (values: Values) => number;

/** Place of a column among those that were opened; -1 when it was not. */
export type Places = ReadonlyMap<string, number>;

export function placeOf({ name }: ColumnUse, places: Places): number {
  return places.get(name) ?? -1;
}

export function numberReader(column: ColumnUse, places: Places): NumberReader {
  const place = placeOf(column, places);
  if (column.cast) return (values) => parsed(values[place]);
  return (values) => {
    const value = values[place];
    return typeof value === 'number' ? value : Number.NaN;
  };
}

function parsed(value: SourceValue): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
}

/** Answers undefined for an event without a value that is never null: the rule passes it over. */
export type Match = (values: Values) => boolean | undefined;

export function matcher(condition: Condition, places: Places): Match {
  const { column } = condition;
  const holds = comparer(condition);
  if (column.cast) {
    const read = numberReader(column, places);
    return (values) => {
      const value = read(values);
      return value === value ? holds(value) : undefined;
    };
  }
  const place = placeOf(column, places);
  if (column.nullable) return (values) => holds(values[place]);
  return (values) => {
    const value = values[place];
    return value === undefined ? undefined : holds(value);
  };
}

function comparer({ operator, values }: Condition): (value: SourceValue) => boolean {
  const [wanted] = values;
  switch (operator) {
    case '==':
      return (value) => value === wanted;
    case '!=':
      return (value) => value !== wanted;
    case 'hasNot':
      return (value) => value !== undefined && value !== wanted;
    case 'in': {
      const set = new Set<ConditionValue>(values);
      return (value) => set.has(value);
    }
    case 'like':
      return likePattern(String(wanted));
    default:
      return ordering(operator, Number(wanted));
  }
}

function ordering(operator: '>' | '<' | '>=' | '<=', wanted: number): (value: SourceValue) => boolean {
  switch (operator) {
    case '>':
      return (value) => typeof value === 'number' && value > wanted;
    case '<':
      return (value) => typeof value === 'number' && value < wanted;
    case '>=':
      return (value) => typeof value === 'number' && value >= wanted;
    case '<=':
      return (value) => typeof value === 'number' && value <= wanted;
  }
}

/** `%end`, `start%` or `%part%`; case-sensitive. */
function likePattern(pattern: string): (value: SourceValue) => boolean {
  const atStart = pattern.startsWith('%');
  const atEnd = pattern.endsWith('%') && pattern.length > 1;
  const text = pattern.slice(atStart ? 1 : 0, atEnd ? -1 : undefined);
  if (atStart && atEnd) return (value) => typeof value === 'string' && value.includes(text);
  if (atStart) return (value) => typeof value === 'string' && value.endsWith(text);
  return (value) => typeof value === 'string' && value.startsWith(text);
}
