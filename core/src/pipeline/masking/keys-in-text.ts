/** Rules with keys over a text that is JSON: its members count as those of a structure do, also in JSON within JSON. */
import { boundedWay, firstMember } from './cut-json.js';
import { beginsLikeJson, JsonNode, mapEntries, readJson, tooDeep, type Maskable } from './json-text.js';
import { dropped, type Masked } from './masked.js';
import type { MaskRule } from './rules.js';

export interface KeysInTextParts {
  /** What the rules make of a member's value. */
  readonly mask: (value: Maskable, rules: readonly MaskRule[], key: string) => Masked<Maskable>;
  readonly giveUp: (rule: MaskRule | undefined) => Masked<string>;
}

/** Where in a text, and what is still looked for there. */
interface Way {
  /** Rules with keys that were not applied on the way. */
  readonly rules: readonly MaskRule[];
  /** Names on the way, with dots. */
  readonly key: string;
  /** Texts around this one. */
  readonly depth: number;
}

/** JSON within JSON below this is masked whole. */
const deepest = 16;

export class KeysInText {
  constructor(private readonly parts: KeysInTextParts) {}

  /** The text itself when no member of it has a key that a rule names. */
  text(text: string, way: Way): Masked<string> {
    if (way.rules.length === 0 || !mayHaveMembers(text)) return text;
    const documents = readJson(text);
    if (documents === undefined) return this.cut(text, way);
    if (documents === tooDeep || way.depth >= deepest) return this.parts.giveUp(way.rules[0]);
    const masked = mapEntries(documents, (place, root) => kept(place, this.within(root, way)));
    return masked.entries.length === 0 ? dropped : masked.source;
  }

  private within(value: Maskable, way: Way): Masked<Maskable> {
    if (typeof value === 'string') return this.text(value, { ...way, depth: way.depth + 1 });
    if (!(value instanceof JsonNode) || value.kind === 'number') return value;
    return mapEntries(value, (key, inner) => kept(key, typeof key === 'string' ? this.member(key, inner, way) : this.within(inner, way)));
  }

  private member(name: string, value: Maskable, { rules, key, depth }: Way): Masked<Maskable> {
    const path = `${key}.${name}`;
    const fitting = rules.filter((rule) => fits(rule, name, path));
    const masked = fitting.length === 0 ? value : this.parts.mask(value, fitting, path);
    if (masked === dropped) return dropped;
    // What a rule has looked at is not for the same rule again.
    const others = fitting.length === 0 ? rules : rules.filter((rule) => !fitting.includes(rule));
    return this.within(masked, { rules: others, key: boundedWay(path), depth });
  }

  /** Of JSON that was cut off, members cannot be masked one by one: it goes whole when a rule names one of them. */
  private cut(text: string, { rules, key }: Way): Masked<string> {
    if (!beginsLikeJson(text)) return text;
    const named = firstMember(text, key, (name, path) => rules.find((rule) => fits(rule, name, path)));
    if (named === undefined) return text;
    return this.parts.giveUp(named === tooDeep ? rules[0] : named);
  }
}

/** Begins as an object, a list, or a text that may be either. */
export function mayHaveMembers(text: string): boolean {
  return /^\s*[{["]/.test(text);
}

function fits({ keys }: MaskRule, name: string, path: string): boolean {
  return keys?.(name) === true || keys?.(path) === true;
}

function kept(key: string | number, value: Masked<Maskable>): Masked<readonly [string | number, Maskable]> {
  return value === dropped ? dropped : [key, value];
}
