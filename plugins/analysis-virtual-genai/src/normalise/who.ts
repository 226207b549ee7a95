/** Who made a call: attributes that settings name, of the span first, else of its resource. */
import type { AttributeShape, AttributeValue, Resource } from '@meterlark/core';
import { textOf } from './readings.js';

/** Attribute keys in order of precedence, by the name of what they tell. */
export type WhoKeys = ReadonlyMap<string, readonly string[]>;

/** Of one shape: the places to look at, per name in the order of the keys. */
export type WhoPlan = readonly (readonly number[])[];

export function whoPlan(keys: WhoKeys, shape: AttributeShape): WhoPlan {
  return [...keys.values()].map((each) => each.map((key) => shape.indexOf(key)).filter((place) => place >= 0));
}

/** What the resource says, for spans that say nothing. */
export function whoOfResource(keys: WhoKeys, { attributes }: Resource): readonly string[] {
  return [...keys.values()].map((each) => firstText(each, (key) => attributes.get(key)));
}

export function whoOf(places: readonly number[], values: readonly AttributeValue[], otherwise: string): string {
  for (const place of places) {
    const text = textOf(values[place]);
    if (text !== undefined) return text;
  }
  return otherwise;
}

function firstText(keys: readonly string[], value: (key: string) => AttributeValue): string {
  for (const key of keys) {
    const text = textOf(value(key));
    if (text !== undefined) return text;
  }
  return '';
}
