/** Who made a call: attributes that settings name, of the span first, else of its resource. */
import type { AttributeShape, AttributeValue, ModelCall, Resource } from '@meterlark/core';
import { readers, textOf } from './readings.js';

export interface WhoSettings {
  readonly userAttributes: readonly string[];
  readonly sessionAttributes: readonly string[];
  readonly teamAttributes: readonly string[];
  readonly routeAttributes: readonly string[];
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
}

/** Attribute keys in order of precedence, by the name of what they tell. */
export type WhoKeys = ReadonlyMap<string, readonly string[]>;

/** Of one shape: the places to look at, per name in the order of the keys. */
export type WhoPlan = readonly (readonly number[])[];

const noDimensions: ModelCall['dimensions'] = {};
/** Names before the dimensions. */
const firstDimension = 4;
/** What gateways write for a value that is not there. */
const missing = '-';

/** User, session, team, route, then the dimensions in their order. */
export function whoKeys({ userAttributes, sessionAttributes, teamAttributes, routeAttributes, dimensions }: WhoSettings): WhoKeys {
  return new Map([
    ['user', userAttributes], ['session', sessionAttributes], ['team', teamAttributes], ['route', routeAttributes],
    ...Object.entries(dimensions).map(([name, keys]) => [`dimension ${name}`, keys] as const),
  ]);
}

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
    if (text !== undefined && text !== missing) return text;
  }
  return otherwise;
}

/** `otherwise`: what the resource says, in the order of the plan. */
export function dimensionsOf(
  names: readonly string[], plan: WhoPlan, values: readonly AttributeValue[], otherwise: readonly string[],
): ModelCall['dimensions'] {
  if (names.length === 0) return noDimensions;
  const found: Record<string, string> = {};
  names.forEach((name, place) => {
    const value = whoOf(plan[place + firstDimension]!, values, otherwise[place + firstDimension]!);
    if (value !== '') found[name] = value;
  });
  return found;
}

/** Headers of a request are lists: the first is its id. */
export function requestIdOf(places: readonly number[], values: readonly AttributeValue[]): string {
  for (const place of places) {
    const text = readers.first(values[place]);
    if (text !== undefined && text !== missing) return text as string;
  }
  return '';
}

function firstText(keys: readonly string[], value: (key: string) => AttributeValue): string {
  for (const key of keys) {
    const text = textOf(value(key));
    if (text !== undefined && text !== missing) return text;
  }
  return '';
}
