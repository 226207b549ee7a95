/**
 * How many steps an engine that goes back may take at most, by the length of the text. A repetition whose way on
 * cannot begin with what it repeats (`[^"]*"`) ends in one place only; every other may end anywhere, and what
 * follows is tried from each of these places.
 */
import { charSet, complement, everything, lineEnds, meet, withCases, type CharSet } from './char-set.js';
import type { PatternNode, PatternTree } from './pattern-tree.js';

/** What may come behind a part. `ends`: nothing needs to, so that the part is never tried again. */
interface Follow {
  readonly set: CharSet;
  readonly ends: boolean;
}

/** At most, from one place in the text. `exits`: in how many places the part may end. */
interface Bound {
  readonly steps: number;
  readonly exits: number;
}

type Repeat = Extract<PatternNode, { type: 'repeat' }>;
type Sequence = Extract<PatternNode, { type: 'sequence' }>;

/** Too many: told apart from every bound. */
const unbounded: Bound = { steps: Infinity, exits: Infinity };

export class StepBound {
  private readonly firsts = new Map<PatternNode, Follow>();
  /** Each node stands in one place, so that what follows it is the same for texts of every length. */
  private readonly follows = new Map<PatternNode, readonly Follow[]>();
  private readonly ends = new Map<PatternNode, { readonly inner: Follow; readonly once: boolean }>();

  constructor(private readonly tree: PatternTree) {}

  /** The longest text, up to `longest`, that takes at most so many steps; 0 when there is none worth it. */
  longestWithin(maxSteps: number, longest: number): number {
    let [low, high] = [0, longest];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.steps(middle) <= maxSteps) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private steps(length: number): number {
    const { root } = this.tree;
    const [first] = root.type === 'sequence' ? root.items : [root];
    const starts = first?.type === 'assertion' && first.kind === 'begin' ? 1 : length + 1;
    return starts * this.bound(root, { set: [], ends: true }, length).steps;
  }

  private bound(node: PatternNode, follow: Follow, length: number): Bound {
    switch (node.type) {
      case 'set':
      case 'assertion':
        return this.isAlike(node) ? { steps: 1, exits: 1 } : unbounded;
      case 'flags':
        return unbounded;
      case 'group':
        return node.flags === '' ? this.bound(node.body, follow, length) : unbounded;
      case 'sequence':
        return this.sequence(node, follow, length);
      case 'choice':
        return node.options
          .map((option) => this.bound(option, follow, length))
          .reduce((sum, each) => ({ steps: sum.steps + each.steps, exits: sum.exits + each.exits }));
      case 'repeat':
        return this.repeat(node, follow, length);
    }
  }

  /** Classes and words are not the same to both engines when case is ignored; V8 finds \B within a character and has no flag m for a part. */
  private isAlike(node: Extract<PatternNode, { type: 'set' | 'assertion' }>): boolean {
    if (node.type === 'set') return node.named.length === 0 || !this.tree.ignoresCase;
    return node.kind !== 'other' || (node.text === '\\b' && !this.tree.ignoresCase);
  }

  private sequence(node: Sequence, follow: Follow, length: number): Bound {
    const follows = entry(this.follows, node, () => this.followsOf(node, follow));
    let whole: Bound = { steps: 0, exits: 1 };
    node.items.forEach((item, place) => {
      const part = this.bound(item, follows[place] as Follow, length);
      whole = { steps: whole.steps + whole.exits * part.steps, exits: whole.exits * part.exits };
    });
    return whole;
  }

  private followsOf({ items }: Sequence, follow: Follow): readonly Follow[] {
    const follows: Follow[] = [];
    let behind = follow;
    for (let place = items.length - 1; place >= 0; place -= 1) {
      follows[place] = behind;
      behind = joined(this.first(items[place] as PatternNode), behind);
    }
    return follows;
  }

  private repeat(node: Repeat, follow: Follow, length: number): Bound {
    const { body, min, max } = node;
    // The engines differ in what a repetition of nothing is, and in the groups of a repeated one.
    if (mayBeEmpty(body) || (max > 1 && captures(body))) return unbounded;
    // Reached once a match is certain, and what it reads is part of the match.
    if (follow.ends && min <= 1 && body.type === 'set') return { steps: 1, exits: 1 };
    const { inner: within, once } = entry(this.ends, node, () => this.endOf(node, follow));
    const inner = this.bound(body, within, length);
    if (max === 1) return { steps: inner.steps + 1, exits: inner.exits + (once ? 0 : 1) };
    if (max === Infinity && inner.exits > 1) return unbounded;
    // Each round takes a character at least.
    const rounds = Math.min(max, length + 1);
    const ways = inner.exits ** rounds;
    return { steps: ways * (rounds * inner.steps + 1), exits: ways * (once ? 1 : Math.min(max - min, length) + 1) };
  }

  /** `once`: the repetition ends in one place only. */
  private endOf({ body, min, max }: Repeat, follow: Follow): { readonly inner: Follow; readonly once: boolean } {
    const { set } = this.first(body);
    const inner = max > 1 ? { set: charSet([...set, ...follow.set]), ends: follow.ends && min <= 1 } : follow;
    return { inner, once: follow.ends || min === max || !meet(set, follow.set) };
  }

  /** What a part begins with. `ends`: it may be nothing. */
  private first(node: PatternNode): Follow {
    return entry(this.firsts, node, () => this.firstOf(node));
  }

  private firstOf(node: PatternNode): Follow {
    switch (node.type) {
      case 'set': {
        if (node.named.length > 0) return { set: everything, ends: false };
        const set = node.negated ? complement(node.set) : node.set;
        return { set: this.tree.ignoresCase ? withCases(set) : set, ends: false };
      }
      case 'assertion':
        // Behind a repetition that gave a character back the text is not at its end.
        if (node.kind === 'end') return { set: [], ends: false };
        return { set: node.kind === 'last-line' ? lineEnds : everything, ends: false };
      case 'flags':
        return { set: everything, ends: true };
      case 'group':
        return this.first(node.body);
      case 'repeat':
        return { set: this.first(node.body).set, ends: node.min === 0 || this.first(node.body).ends };
      case 'sequence':
        return node.items.reduceRight<Follow>((behind, item) => joined(this.first(item), behind), { set: [], ends: true });
      case 'choice':
        return node.options.map((option) => this.first(option)).reduce((sum, each) => ({ set: charSet([...sum.set, ...each.set]), ends: sum.ends || each.ends }));
    }
  }
}

function entry<V>(map: Map<PatternNode, V>, node: PatternNode, make: () => V): V {
  let value = map.get(node);
  if (value === undefined) map.set(node, (value = make()));
  return value;
}

function joined(first: Follow, behind: Follow): Follow {
  return first.ends ? { set: charSet([...first.set, ...behind.set]), ends: behind.ends } : first;
}

/** Of no width, such as an assertion alone. */
function mayBeEmpty(node: PatternNode): boolean {
  switch (node.type) {
    case 'set':
      return false;
    case 'assertion':
    case 'flags':
      return true;
    case 'group':
      return mayBeEmpty(node.body);
    case 'repeat':
      return node.min === 0 || mayBeEmpty(node.body);
    case 'sequence':
      return node.items.every(mayBeEmpty);
    case 'choice':
      return node.options.some(mayBeEmpty);
  }
}

function captures(node: PatternNode): boolean {
  switch (node.type) {
    case 'group':
      return node.captures || captures(node.body);
    case 'repeat':
      return captures(node.body);
    case 'sequence':
      return node.items.some(captures);
    case 'choice':
      return node.options.some(captures);
    default:
      return false;
  }
}
