/** The fixtures of the conformance table: what a metric named in an expression holds. */
import { serviceId } from '../../src/model/entity.js';
import type { LabelPair } from '../../src/model/labels.js';
import { definition, minute, state, t0, type FakeStorage } from './kit.js';

type Value = number | undefined;
export type Fixture = (storage: FakeStorage, name: string) => void;

/** An unlabeled series from t0 on, or from `first` minutes later. */
export function S(values: readonly Value[] = [100, 300], first = 0): Fixture {
  return (storage, name) => {
    storage.define(definition(name));
    putAll(storage, name, values, first);
  };
}

/** Labeled series: label text `k=v,k=v` to values. */
export function series(all: Readonly<Record<string, readonly Value[]>>, first = 0): Fixture {
  return (storage, name) => {
    const pairs = Object.keys(all).map((text) => text.split(',').map((pair) => pair.split('=') as unknown as LabelPair));
    storage.define(definition(name, { labels: [...new Set(pairs.flat().map(([key]) => key))].sort() }));
    Object.values(all).forEach((values, index) => putAll(storage, name, values, first, pairs[index] ?? []));
  };
}

function putAll(storage: FakeStorage, name: string, values: readonly Value[], first: number, labels: readonly LabelPair[] = []): void {
  values.forEach((value, index) => {
    if (value !== undefined) storage.put(name, state(value), { at: t0 + (first + index) * minute, labels });
  });
}

export function L(a = 100, b = 300, c = 101, d = 301): Fixture {
  return series({ 'label=1,label2=21': [a, b], 'label=2,label2=21': [c, d] });
}

/** Labeled singles: an aggregation over it gives a and b. */
export function VL(a: number, b: number): Fixture {
  return L(a, a, b, b);
}

/** A ranking of services. */
export function K(a = 100, b = 300): Fixture {
  return (storage, name) => {
    storage.define(definition(name));
    storage.put(name, state(a), { entityId: serviceId({ name: 'service_A', normal: true }) });
    storage.put(name, state(b), { entityId: serviceId({ name: 'service_B', normal: true }) });
  };
}

/** Eight one-point series, 100 … 107. */
export const C: Fixture = series(
  Object.fromEntries(
    ['a', 'b'].flatMap((label) => ['2a', '2b'].flatMap((label2) => ['31', '32'].map((label3) => `label=${label},label2=${label2},label3=${label3}`)))
      .map((text, index) => [text, [100 + index]]),
  ),
);

export const P = series({ 'p=50': [1000, 2000], 'p=75': [2000, 3000] });
export const none: Fixture = (storage, name) => storage.define(definition(name));
export const noLabels: Fixture = (storage, name) => storage.define(definition(name, { labels: ['label'] }));
