/** Hot path: the attributes of a span as two maps, text and numbers, by a plan per shape. */
import {
  boundedName, boundedText, storedValue, type AttributeShape, type AttributeValue, type CutEvents, type RecordMap, type SpanAttributes, type TextLimits,
} from '@meterlark/core';

const absent = 0;
const text = 1;
const number = 2;

/** Which attributes of a shape were text and which numbers when it was last seen; mostly they stay what they are. */
interface SplitPlan {
  readonly kinds: Uint8Array;
  readonly textKeys: readonly string[];
  readonly numberKeys: readonly string[];
}

interface MutableMap {
  keys: readonly string[];
  readonly values: (string | number)[];
}

export class AttributeColumns {
  private readonly plans = new WeakMap<AttributeShape, SplitPlan>();
  private readonly textMap: MutableMap = { keys: [], values: [] };
  private readonly numberMap: MutableMap = { keys: [], values: [] };

  constructor(
    private readonly limits: TextLimits,
    private readonly cuts: CutEvents,
  ) {}

  /** Of the last span that was filled in; read at once. */
  get texts(): RecordMap {
    return this.textMap;
  }

  get numbers(): RecordMap {
    return this.numberMap;
  }

  fill({ shape, values }: SpanAttributes): void {
    let plan = this.plans.get(shape);
    if (plan === undefined || !fits(plan, values)) plan = this.learn(shape, values);
    this.textMap.keys = plan.textKeys;
    this.numberMap.keys = plan.numberKeys;
    this.copy(values, plan.kinds);
    const over = shape.keys.length - plan.kinds.length;
    if (over > 0) this.cuts.parts(over);
  }

  private copy(values: readonly AttributeValue[], kinds: Uint8Array): void {
    const texts = this.textMap.values;
    const numbers = this.numberMap.values;
    let textCount = 0;
    let numberCount = 0;
    for (let place = 0; place < kinds.length; place += 1) {
      const raw = values[place];
      const value = typeof raw === 'string' ? raw : storedValue(raw);
      if (typeof value === 'string') {
        texts[textCount] = boundedText(value, this.limits.maxValueBytes, this.cuts.value);
        textCount += 1;
      } else if (value !== undefined) {
        numbers[numberCount] = value;
        numberCount += 1;
      }
    }
    texts.length = textCount;
    numbers.length = numberCount;
  }

  private learn(shape: AttributeShape, values: readonly AttributeValue[]): SplitPlan {
    const kinds = new Uint8Array(Math.min(shape.keys.length, this.limits.maxAttributes));
    const textKeys: string[] = [];
    const numberKeys: string[] = [];
    for (let place = 0; place < kinds.length; place += 1) {
      const kind = kindOf(values[place]);
      kinds[place] = kind;
      if (kind === absent) continue;
      const key = boundedName(shape.keys[place] ?? '', this.cuts.name);
      (kind === text ? textKeys : numberKeys).push(key);
    }
    const plan = { kinds, textKeys, numberKeys };
    this.plans.set(shape, plan);
    return plan;
  }
}

/** false when a value is of another kind than the plan says. */
function fits({ kinds }: SplitPlan, values: readonly AttributeValue[]): boolean {
  for (let place = 0; place < kinds.length; place += 1) if (kinds[place] !== kindOf(values[place])) return false;
  return true;
}

/** What storedValue makes of it. */
function kindOf(value: AttributeValue): number {
  switch (typeof value) {
    case 'undefined':
      return absent;
    case 'number':
      return Number.isFinite(value) ? number : text;
    case 'bigint':
      return BigInt.asIntN(54, value) === value ? number : text;
    default:
      return text;
  }
}
