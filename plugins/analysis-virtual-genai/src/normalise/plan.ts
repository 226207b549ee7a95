/**
 * Dialect tables compiled for one shape of attributes: which place holds what, and how it is read. A shape is looked at
 * once; a span then costs a few reads of an array.
 */
import type { AttributeShape, AttributeValue } from '@meterlark/core';
import { dialects, fields, modelKeys, sourcesByDialect, usualReading, type FieldSource } from '../dialects/index.js';
import { gates, noCallKeys } from '../dialects/gates.js';
import type { Dialect, Field, Recognition } from '../dialects/table.js';
import { entryOf, type JsonMemo } from './json-memo.js';
import { readers, type Value } from './readings.js';

type Step = (values: readonly AttributeValue[]) => Value | undefined;

export interface GatePlan {
  readonly place: number;
  readonly words: ReadonlyMap<string, string>;
  readonly others: ReadonlySet<string> | undefined;
}

export class CallPlan {
  readonly steps: Readonly<Record<Field, readonly Step[]>>;
  /** An attribute says that cached tokens are not within the input. */
  readonly toldExclusive: (values: readonly AttributeValue[]) => boolean;

  constructor(readonly dialect: Dialect, shape: AttributeShape, memo: JsonMemo) {
    const sources = sourcesByDialect.get(dialect)!;
    const steps = fields.map((field) => [field, stepsFor(sources[field], shape, { field, memo })] as const);
    this.steps = Object.fromEntries(steps) as Record<Field, readonly Step[]>;
    const told = dialect.exclusiveInput?.told;
    const place = told === undefined ? -1 : shape.indexOf(told.key);
    this.toldExclusive = told === undefined || place < 0 ? never : (values) => memo.has(values[place], told.path);
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
    this.recognised = dialectBits(({ keys = [] }) => hasAny(shape, keys));
    this.gates = this.recognised === 0 ? [] : gatePlans(shape);
    this.noCall = noCallKeys.some((key) => shape.indexOf(key) >= 0);
    const names = this.gates.length > 0 || modelKeys.some((key) => shape.indexOf(key) >= 0);
    this.candidate = this.recognised !== 0 && names;
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

interface Use {
  readonly field: Field;
  readonly memo: JsonMemo;
}

const noSteps: readonly Step[] = [];
const never = (): boolean => false;

function stepsFor(sources: readonly FieldSource[], shape: AttributeShape, use: Use): readonly Step[] {
  let steps: Step[] | undefined;
  for (const { key, source } of sources) {
    const place = shape.indexOf(key);
    if (place >= 0) (steps ??= []).push(stepOf(source, place, use));
  }
  return steps ?? noSteps;
}

function stepOf({ as, path, entry }: FieldSource['source'], place: number, { field, memo }: Use): Step {
  const readAs = readers[as ?? usualReading[field]];
  if (path !== undefined) return (values) => readAs(memo.at(values[place], path));
  if (entry !== undefined) return (values) => readAs(entryOf(values[place], entry));
  return (values) => readAs(values[place]);
}

const compiledGates = gates.map(({ key, words, others }) => ({ key, words: new Map(Object.entries(words)), others }));

function gatePlans(shape: AttributeShape): readonly GatePlan[] {
  const places = compiledGates.map(({ key, words, others }) => ({ place: shape.indexOf(key), words, others }));
  return places.filter(({ place }) => place >= 0);
}

function hasAny(shape: AttributeShape, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (!pattern.endsWith('*')) return shape.indexOf(pattern) >= 0;
    const beginning = pattern.slice(0, -1);
    return shape.keys.some((key) => key.startsWith(beginning));
  });
}

/** Bits of the dialects whose recognition holds. */
export function dialectBits(holds: (recognition: Recognition) => boolean): number {
  return dialects.reduce((bits, { recognised }, place) => (holds(recognised) ? bits | (1 << place) : bits), 0);
}
