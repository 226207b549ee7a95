/**
 * Dialect tables compiled for one shape of attributes: which place holds what, and how it is read. A shape is looked at
 * once; a span then costs a few reads of an array.
 */
import type { AttributeShape, AttributeValue } from '@meterlark/core';
import { dialects, sourcesOf, usualReading } from '../dialects/index.js';
import { gates, noCallKeys } from '../dialects/gates.js';
import type { Dialect, Field, Recognition, Source } from '../dialects/table.js';
import { entryOf, JsonMemo } from './json-memo.js';
import { readers, type Value } from './readings.js';

type Step = (values: readonly AttributeValue[]) => Value | undefined;

const fields = Object.keys(usualReading) as readonly Field[];

export interface GatePlan {
  readonly place: number;
  readonly words: ReadonlyMap<string, string>;
}

export class CallPlan {
  readonly steps: Readonly<Record<Field, readonly Step[]>>;

  constructor(readonly dialect: Dialect, shape: AttributeShape, memo: JsonMemo) {
    const steps = fields.map((field) => [field, stepsFor(sourcesOf(dialect, field), shape, readerOf(field, memo))] as const);
    this.steps = Object.fromEntries(steps) as Record<Field, readonly Step[]>;
  }
}

/** What a shape means, whoever sent it. */
export class ShapePlan {
  /** Bit n: dialect n recognises the keys. */
  readonly recognised: number;
  readonly gates: readonly GatePlan[];
  /** A tool's or a retrieval's key is there. */
  readonly noCall: boolean;
  /** false: no span of the shape can be a call. */
  readonly candidate: boolean;
  private readonly plans: (CallPlan | undefined)[] = [];

  constructor(private readonly shape: AttributeShape, private readonly memo: JsonMemo) {
    this.recognised = dialects.reduce((bits, { recognised }, place) => (hasAny(shape, recognised.keys ?? []) ? bits | (1 << place) : bits), 0);
    this.gates = this.recognised === 0 ? [] : gatePlans(shape);
    this.noCall = noCallKeys.some((key) => shape.indexOf(key) >= 0);
    this.candidate = this.recognised !== 0 && (this.gates.length > 0 || namesModel(shape));
  }

  /** `hints`: the bits of the dialects that the sender says it speaks. */
  planFor(hints: number): CallPlan {
    const bits = this.recognised | hints;
    const place = 31 - Math.clz32(bits & -bits);
    return (this.plans[place] ??= new CallPlan(dialects[place]!, this.shape, this.memo));
  }
}

/** The first answer in order of precedence. */
export function read(steps: readonly Step[], values: readonly AttributeValue[]): Value | undefined {
  for (const step of steps) {
    const value = step(values);
    if (value !== undefined) return value;
  }
  return undefined;
}

type SourceReader = (source: Source, place: number) => Step;

function stepsFor(sources: readonly Source[], shape: AttributeShape, reader: SourceReader): readonly Step[] {
  return sources.flatMap((source) => {
    const place = shape.indexOf(typeof source === 'string' ? source : source.key);
    return place < 0 ? [] : [reader(source, place)];
  });
}

function readerOf(field: Field, memo: JsonMemo): SourceReader {
  return (source, place) => {
    const { as, path, entry } = typeof source === 'string' ? ({ key: source } as Exclude<Source, string>) : source;
    const readAs = readers[as ?? usualReading[field]];
    if (path !== undefined) return (values) => readAs(memo.at(values[place], path));
    if (entry !== undefined) return (values) => readAs(entryOf(values[place], entry));
    return (values) => readAs(values[place]);
  };
}

const compiledGates = gates.map(({ key, words }) => ({ key, words: new Map(Object.entries(words)) }));

function gatePlans(shape: AttributeShape): readonly GatePlan[] {
  return compiledGates.map(({ key, words }) => ({ place: shape.indexOf(key), words })).filter(({ place }) => place >= 0);
}

function namesModel(shape: AttributeShape): boolean {
  return dialects.some(({ fields: { requestModel = [], responseModel = [] } }) =>
    [...requestModel, ...responseModel].some((source) => shape.indexOf(typeof source === 'string' ? source : source.key) >= 0),
  );
}

function hasAny(shape: AttributeShape, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (!pattern.endsWith('*')) return shape.indexOf(pattern) >= 0;
    const beginning = pattern.slice(0, -1);
    return shape.keys.some((key) => key.startsWith(beginning));
  });
}

/** Bits of the dialects that a sender's protocol, scope or resource names. */
export function hintsOf(says: (recognition: Recognition) => boolean): number {
  return dialects.reduce((bits, { recognised }, place) => (says(recognised) ? bits | (1 << place) : bits), 0);
}
