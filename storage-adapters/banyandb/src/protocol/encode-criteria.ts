/** Conditions as the server's binary tree: lists become balanced ones, so that a thousand entities are ten levels deep. */
import type { Criteria } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import type { TagKind, TagSpec } from '../schema/model.js';
import { encodeStrings, encodeTag } from './encode-values.js';
import type { WireEncoder } from './wire-encoder.js';

type Comparison = Exclude<Criteria, { readonly of: unknown }>;

const operators = { equal: 1, atMost: 5, atLeast: 6, having: 7, in: 9 } as const;
const and = 1;
const or = 2;

/** true: every row meets them; false: none can. Otherwise what is left to ask; the server refuses empty lists. */
export function simplified(criteria: Criteria): Criteria | boolean {
  switch (criteria.is) {
    case 'in':
      return criteria.values.length > 0 && criteria;
    case 'having':
      return criteria.values.length === 0 || criteria;
    case 'allOf':
      return simplifiedList(criteria, true);
    case 'anyOf':
      return simplifiedList(criteria, false);
    default:
      return criteria;
  }
}

/** `neutral` adds nothing to the list, its opposite decides all of it. */
function simplifiedList({ is, of }: Extract<Criteria, { readonly of: unknown }>, neutral: boolean): Criteria | boolean {
  const left: Criteria[] = [];
  for (const one of of) {
    const simple = simplified(one);
    if (simple === !neutral) return simple;
    if (typeof simple !== 'boolean') left.push(simple);
  }
  if (left.length === 0) return neutral;
  return left.length === 1 ? left[0]! : { is, of: left };
}

export class CriteriaEncoder {
  private readonly kinds: ReadonlyMap<string, TagKind>;

  constructor(
    private readonly out: WireEncoder,
    private readonly what: string,
    tags: readonly TagSpec[],
  ) {
    this.kinds = new Map(tags.map(({ name, kind }) => [name, kind]));
  }

  /** Of simplified criteria. */
  encode(tag: number, criteria: Criteria): void {
    if ('of' in criteria) this.encodeList(tag, criteria.is === 'allOf' ? and : or, criteria.of);
    else this.encodeComparison(tag, criteria);
  }

  private encodeList(tag: number, operator: number, of: readonly Criteria[]): void {
    if (of.length === 1) {
      this.encode(tag, of[0]!);
      return;
    }
    const { out } = this;
    const middle = of.length >> 1;
    const whole = out.open(tag);
    const expression = out.open(10);
    out.tag(8);
    out.tag(operator);
    this.encodeList(18, operator, of.slice(0, middle));
    this.encodeList(26, operator, of.slice(middle));
    out.close(expression);
    out.close(whole);
  }

  private encodeComparison(tag: number, comparison: Comparison): void {
    const { out } = this;
    const kind = this.kinds.get(comparison.tag);
    if (kind === undefined) throw this.refused(`it has no tag ${comparison.tag}`);
    const whole = out.open(tag);
    const condition = out.open(18);
    out.text(10, comparison.tag);
    out.tag(16);
    out.tag(operators[comparison.is]);
    if (comparison.is === 'in' || comparison.is === 'having') this.encodeValues(kind, comparison.values);
    else this.encodeValue(kind, comparison.tag, comparison.value);
    out.close(condition);
    out.close(whole);
  }

  private encodeValue(kind: TagKind, name: string, value: string | number): void {
    const fits = kind === 'string' ? typeof value === 'string' : (kind === 'int' || kind === 'timestamp') && Number.isSafeInteger(value);
    if (!fits) throw this.refused(`${name} is compared with a value that is not of the kind ${kind}`);
    encodeTag(this.out, 26, kind, typeof value === 'string' ? value.toWellFormed() : value);
  }

  private encodeValues(kind: TagKind, values: readonly string[] | readonly number[]): void {
    const { out } = this;
    const value = out.open(26);
    if (kind === 'int') this.encodeInts(values);
    else encodeStrings(out, values.map((text) => String(text).toWellFormed()));
    out.close(value);
  }

  private encodeInts(values: readonly (string | number)[]): void {
    const { out } = this;
    const list = out.open(42);
    const packed = out.open(10);
    for (const value of values) {
      if (!Number.isSafeInteger(value)) throw this.refused(`${value} is not a whole number`);
      out.int(value as number);
    }
    out.close(packed);
    out.close(list);
  }

  private refused(reason: string): Error {
    return banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what: `the question to ${this.what}`, reason });
  }
}
