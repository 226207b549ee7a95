/** Rules over sets of attributes: those of resources, scopes and points by the identity of the set, those of spans by plans per shape. */
import { ShapeTable, type AttributeShape, type SpanAttributes } from '../../model/attribute-shape.js';
import type { Attributes, AttributeValue } from '../../model/telemetry.js';
import { dropped, type Masked } from './masked.js';
import type { MaskRule } from './rules.js';
import type { ValueMasker } from './value-masker.js';

interface ShapeMask {
  /** Per place: the rules whose keys fit. */
  readonly rules: readonly (readonly MaskRule[])[];
  /** Per place: the key to store. */
  readonly keys: readonly Masked<string>[];
  readonly keysChange: boolean;
}

/** Shapes that dropping attributes makes. */
const maxShapes = 10_000;
const maxKeys = 512;

export class AttributeMasker {
  private readonly shapes = new ShapeTable(maxShapes, maxKeys);
  private readonly plans = new WeakMap<AttributeShape, ShapeMask>();
  private readonly sets = new WeakMap<Attributes, Attributes>();

  constructor(
    private readonly values: ValueMasker,
    private readonly rules: readonly MaskRule[],
  ) {}

  /** The same object for the same object, so that identity stays a cache key behind it. */
  set(attributes: Attributes): Attributes {
    const known = this.sets.get(attributes);
    if (known !== undefined) return known;
    const masked = this.maskedSet(attributes);
    this.sets.set(attributes, masked);
    return masked;
  }

  span(attributes: SpanAttributes): SpanAttributes {
    const { shape, values } = attributes;
    if (values.length === 0) return attributes;
    const plan = this.planOf(shape);
    let masked: Masked<AttributeValue>[] | undefined;
    let drops = plan.keysChange;
    for (let place = 0; place < shape.keys.length; place += 1) {
      const value = values[place];
      const shown = this.values.value(value, plan.rules[place] ?? [], this.rules, shape.keys[place] ?? '');
      if (Object.is(shown, value)) continue;
      masked ??= [...values];
      masked[place] = shown;
      drops ||= shown === dropped;
    }
    if (drops) return this.withoutDropped(plan, masked ?? values);
    return masked === undefined ? attributes : { shape, values: masked as AttributeValue[] };
  }

  private withoutDropped({ keys }: ShapeMask, values: readonly Masked<AttributeValue>[]): SpanAttributes {
    const entries: (readonly [string, AttributeValue])[] = [];
    for (const [place, value] of values.entries()) {
      const key = keys[place] ?? dropped;
      if (key !== dropped && value !== dropped) entries.push([key, value]);
    }
    return this.shapes.attributes(entries);
  }

  private planOf(shape: AttributeShape): ShapeMask {
    const known = this.plans.get(shape);
    if (known !== undefined) return known;
    const keys = shape.keys.map((key) => this.values.key(key, this.rules));
    const rules = shape.keys.map((key) => this.rulesFor(key));
    const plan = { rules, keys, keysChange: keys.some((key, place) => key !== shape.keys[place]) };
    this.plans.set(shape, plan);
    return plan;
  }

  private rulesFor(key: string): readonly MaskRule[] {
    const fitting = this.rules.filter(({ keys }) => keys === undefined || keys(key));
    // One list for most keys, which only rules without a key look at.
    return fitting.length === this.rules.length ? this.rules : fitting;
  }

  private maskedSet(attributes: Attributes): Attributes {
    let changed = false;
    const copy = new Map<string, AttributeValue>();
    for (const [key, value] of attributes) {
      const shownKey = this.values.key(key, this.rules);
      const shown = this.values.value(value, this.rulesFor(key), this.rules, key);
      if (shownKey !== key || !Object.is(shown, value)) changed = true;
      // Of two keys that become one the first stays, as everywhere in such sets.
      if (shownKey !== dropped && shown !== dropped && !copy.has(shownKey)) copy.set(shownKey, shown);
    }
    return changed ? copy : attributes;
  }
}
