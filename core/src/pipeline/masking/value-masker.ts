/**
 * Rules over one value: first those for the whole value, then those with a path, then those that are a pattern, each
 * kind in the order of the settings. What is too long, nested too deep or too much work is masked whole.
 */
import { PatternTooCostly } from '../../kernel/linear-pattern.js';
import type { AttributeValue } from '../../model/telemetry.js';
import { beginsLikeJson, JsonNode, mapEntries, readJson, toJson, tooDeep, type Maskable } from './json-text.js';
import { KeysInText, mayHaveMembers } from './keys-in-text.js';
import type { TextHash } from './keyed-hash.js';
import { maskAtPath } from './mask-at-path.js';
import { MaskTrack, type MaskEvents } from './mask-track.js';
import { dropped, type Masked } from './masked.js';
import { PatternSearch } from './pattern-search.js';
import { bodyKey, type BodyRules, type MaskRule } from './rules.js';

export interface ValueMaskerParts {
  readonly hash: TextHash;
  /** Characters; a longer value is masked whole. */
  readonly maxTextLength: number;
  readonly events: MaskEvents;
  /** Hashes in the text were made by these rules before: to be passed over. For checks of stored text only. */
  readonly passesHashes: boolean;
}

/** Structures below this are masked whole. */
const deepest = 64;

type Parted = readonly AttributeValue[] | ReadonlyMap<string, AttributeValue> | JsonNode;

/** How a value is looked at. */
interface Look {
  /** Those whose keys fit. */
  readonly rules: readonly MaskRule[];
  readonly all: readonly MaskRule[];
  /** Names on the way to it, with dots. */
  readonly key: string;
  readonly depth: number;
}

export class ValueMasker {
  private readonly track: MaskTrack;
  private readonly search: PatternSearch;
  private readonly keysInText: KeysInText;

  constructor(private readonly parts: ValueMaskerParts) {
    this.track = new MaskTrack(parts.events);
    this.search = new PatternSearch(parts, this.track);
    this.keysInText = new KeysInText({
      mask: (value, rules, key) => this.masked(value, { rules, all: rules, key, depth: 0 }),
      giveUp: (rule) => this.track.giveUp(rule),
    });
  }

  /** `all`: every rule, for keys within; `rules`: those whose keys fit this value. The given object when nothing was hit. */
  value(value: AttributeValue, rules: readonly MaskRule[], all: readonly MaskRule[], key: string): Masked<AttributeValue> {
    if (value === undefined || (rules.length === 0 && typeof value !== 'object')) return value;
    // Nodes of JSON live within the reading of a text only.
    const work = (): Masked<AttributeValue> => this.masked(value, { rules, all, key, depth: 0 }) as Masked<AttributeValue>;
    // A rule for the whole value does not look into it, however long it is.
    const searching = rules.some((rule) => !searches(rule)) ? [] : rules;
    return this.bounded(value, rules.length === 0 ? all : searching, work);
  }

  /** The body of a log: an attribute as well as, when it is JSON, a structure whose keys count; "" when a rule drops it. */
  body(text: string, rules: BodyRules): string {
    if (text === '') return text;
    this.search.begin();
    const tooLong = text.length > this.parts.maxTextLength ? lookingInto(text, rules) : undefined;
    const masked = tooLong === undefined ? this.shortBody(text, rules) : this.track.giveUp(tooLong);
    this.track.tell();
    return masked === dropped ? '' : masked;
  }

  private shortBody(text: string, { whole, members, all }: BodyRules): Masked<string> {
    const masked = this.masked(text, { rules: whole, all, key: bodyKey, depth: 0 });
    // Of a text nothing but a text becomes.
    return typeof masked === 'string' ? this.keysInText.text(masked, { rules: members, key: bodyKey, depth: 0 }) : dropped;
  }

  /** A text that is no attribute; "" when a rule drops it. */
  field(text: string, rules: readonly MaskRule[]): string {
    if (text === '') return text;
    const masked = this.bounded(text, rules, () => this.patterns(text, rules, 0));
    return masked === dropped ? '' : masked;
  }

  /** A key may carry a secret as well: patterns without a key look at it. */
  key(name: string, all: readonly MaskRule[]): Masked<string> {
    return this.bounded(name, all, () => this.keyWithin(name, all, 0));
  }

  private bounded<T>(value: AttributeValue, rules: readonly MaskRule[], work: () => Masked<T>): Masked<T | string> {
    this.search.begin();
    const rule = sizeOf(value) > this.parts.maxTextLength ? rules.find(searches) : undefined;
    const shown = rule === undefined ? work() : this.track.giveUp(rule);
    this.track.tell();
    return shown;
  }

  private masked(value: Maskable, look: Look): Masked<Maskable> {
    const { rules, depth } = look;
    const whole = rules.find(({ pattern, path }) => pattern === undefined && path === undefined);
    if (whole !== undefined) return this.whole(value, whole);
    if (typeof value === 'string') return this.text(value, rules, depth);
    if (typeof value !== 'object') return this.scalar(value, rules, depth);
    if (value instanceof Uint8Array) return this.bytes(value, rules, depth);
    if (value instanceof JsonNode && value.kind === 'number') return this.scalar(value, rules, depth);
    if (depth >= deepest) return this.track.giveUp(look.all[0]);
    const reached = this.paths(value, rules, depth);
    if (reached === dropped || typeof reached !== 'object' || reached instanceof Uint8Array) return reached;
    // A path begins at the whole value, not at each part of it.
    return this.parted(reached, { ...look, rules: rules.filter(({ path }) => path === undefined), depth: depth + 1 });
  }

  private parted(value: Parted, look: Look): Maskable {
    if (value instanceof JsonNode) {
      return mapEntries(value, (key, inner) => {
        if (typeof key === 'string') return this.member(key, inner, look);
        const masked = this.masked(inner, look);
        return masked === dropped ? dropped : [key, masked];
      });
    }
    return Array.isArray(value)
      ? this.list(value as readonly AttributeValue[], look)
      : this.map(value as ReadonlyMap<string, AttributeValue>, look);
  }

  private map(value: ReadonlyMap<string, AttributeValue>, look: Look): AttributeValue {
    let changed = false;
    const copy = new Map<string, AttributeValue>();
    for (const [name, inner] of value) {
      const masked = this.member(name, inner, look);
      if (masked === dropped || masked[0] !== name || !Object.is(masked[1], inner)) changed = true;
      if (masked !== dropped) copy.set(masked[0], masked[1] as AttributeValue);
    }
    return changed ? copy : value;
  }

  /** Rules with a key also look at keys within, by their own name or with that of the way to them. */
  private member(name: string, inner: Maskable, { rules, all, key, depth }: Look): Masked<readonly [string, Maskable]> {
    const path = `${key}.${name}`;
    const fitting = all.filter((rule) => rules.includes(rule) || rule.keys?.(name) === true || rule.keys?.(path) === true);
    const shown = this.keyWithin(name, all, depth);
    const masked = shown === dropped ? dropped : this.masked(inner, { rules: fitting, all, key: path, depth });
    return shown === dropped || masked === dropped ? dropped : [shown, masked];
  }

  private list(value: readonly AttributeValue[], look: Look): AttributeValue {
    let changed = false;
    const copy: AttributeValue[] = [];
    for (const inner of value) {
      const masked = this.masked(inner, look) as Masked<AttributeValue>;
      if (!Object.is(masked, inner)) changed = true;
      if (masked !== dropped) copy.push(masked);
    }
    return changed ? copy : value;
  }

  private keyWithin(name: string, all: readonly MaskRule[], depth: number): Masked<string> {
    return this.patterns(name, all.filter(({ keys, path }) => keys === undefined && path === undefined), depth);
  }

  private text(value: string, rules: readonly MaskRule[], depth: number): Masked<string> {
    if (!rules.some(hasPath)) return this.patterns(value, rules, depth);
    const onPaths = rules.filter(hasPath);
    const others = rules.filter((rule) => !hasPath(rule));
    if (!/^\s*[{["]/.test(value) && onPaths.every(({ keys }) => keys === undefined)) return this.patterns(value, others, depth);
    const documents = readJson(value);
    if (documents === tooDeep) return this.unreadable(value, onPaths[0], rules);
    const broken = documents === undefined ? onPaths.find((rule) => expectsJson(rule, value)) : undefined;
    if (broken !== undefined) return this.unreadable(value, broken, rules);
    const reached = documents === undefined ? value : this.documents(documents, (root) => this.document(root, onPaths, depth));
    return reached === dropped ? dropped : this.patterns(reached, others, depth);
  }

  /** JSON that is a text as a whole may be JSON again. */
  private document(root: Maskable, onPaths: readonly MaskRule[], depth: number): Masked<Maskable> {
    if (typeof root !== 'string') return this.paths(root, onPaths, depth);
    return depth >= deepest ? this.track.giveUp(onPaths[0]) : this.text(root, onPaths, depth + 1);
  }

  /** What cannot be walked along a path is masked whole: it may be JSON that was cut off. */
  private unreadable(text: string, rule: MaskRule | undefined, rules: readonly MaskRule[]): Masked<string> {
    const written = this.parts.passesHashes ? rules.some(({ replacement }) => text === replacement) : text === rule?.replacement;
    return written ? text : this.track.giveUp(rule);
  }

  private documents(documents: JsonNode, mask: (root: Maskable) => Masked<Maskable>): Masked<string> {
    const masked = mapEntries(documents, (place, root) => {
      const shown = mask(root);
      return shown === dropped ? dropped : [place, shown];
    });
    return masked.entries.length === 0 ? dropped : masked.source;
  }

  private paths(value: Maskable, rules: readonly MaskRule[], depth: number): Masked<Maskable> {
    let reached = value;
    for (const rule of rules) {
      if (rule.path === undefined) continue;
      const masked = maskAtPath(reached, rule.path, {
        mask: (node) => this.atPath(node, rule, depth),
        unreadable: (text) => this.unreadable(text, rule, rules),
      });
      if (masked === dropped) return dropped;
      reached = masked;
    }
    return reached;
  }

  private atPath(node: Maskable, rule: MaskRule, depth: number): Masked<Maskable> {
    const { within } = rule;
    return within === undefined ? this.whole(node, rule) : this.masked(node, { rules: [within], all: [within], key: '', depth: depth + 1 });
  }

  private whole(value: Maskable, rule: MaskRule): Masked<Maskable> {
    if (value === undefined) return undefined;
    const text = typeof value === 'object' ? toJson(value) : String(value);
    if (rule.action === 'hash' && this.parts.passesHashes && /^#[\w-]{22}$/.test(text)) return value;
    if (rule.action === 'replace' && text === rule.replacement) return value;
    this.track.hit(rule);
    if (rule.action === 'drop') return dropped;
    return rule.action === 'hash' ? this.parts.hash(text) : rule.replacement;
  }

  private scalar(value: number | bigint | boolean | undefined | JsonNode, rules: readonly MaskRule[], depth: number): Masked<Maskable> {
    if (value === undefined || typeof value === 'boolean') return value;
    const text = value instanceof JsonNode ? value.source : String(value);
    const masked = this.patterns(text, rules.filter((rule) => !hasPath(rule)), depth);
    return masked === text ? value : masked;
  }

  private bytes(value: Uint8Array, rules: readonly MaskRule[], depth: number): Masked<AttributeValue> {
    const text = Buffer.from(value).toString();
    const masked = this.text(text, rules, depth);
    if (masked === text) return value;
    return masked === dropped ? dropped : Buffer.from(masked);
  }

  private patterns(value: string, rules: readonly MaskRule[], depth: number): Masked<string> {
    if (rules.length === 0) return value;
    try {
      return this.searched(value, rules, depth);
    } catch (error) {
      if (!(error instanceof PatternTooCostly)) throw error;
      return this.track.giveUp(this.search.last);
    }
  }

  private searched(value: string, rules: readonly MaskRule[], depth: number): Masked<string> {
    const text = this.search.masked(value, rules);
    if (text === undefined) return dropped;
    // A secret may be written with the escapes of JSON: \u0073, \", \/.
    return value.includes('\\') ? this.escaped(value, text, { rules, all: rules, key: '', depth: depth + 1 }) : text;
  }

  /** `text` is what the patterns left of `value`. */
  private escaped(value: string, text: string, look: Look): Masked<string> {
    const documents = /^\s*[{["]/.test(text) ? readJson(text) : undefined;
    if (documents === tooDeep || (documents !== undefined && look.depth > deepest)) return this.track.giveUp(look.rules[0]);
    if (documents !== undefined) return this.documents(documents, (root) => this.masked(root, look));
    const hidden = this.search.hidden(value, look.rules);
    return hidden === undefined ? text : this.track.giveUp(hidden);
  }
}

function hasPath({ path }: MaskRule): boolean {
  return path !== undefined;
}

/** Without a key only a text that begins as JSON is taken for it; under a key with `*` all but single words, such as names of models. */
function expectsJson({ keys, keysAreGlobs }: MaskRule, text: string): boolean {
  if (keys === undefined) return beginsLikeJson(text);
  return /\S/.test(text) && (!keysAreGlobs || /[\s{}[\]"]/.test(text));
}

/** Reads the text, whatever it is; others take it or leave it as a whole. */
function searches({ pattern, path }: MaskRule): boolean {
  return pattern !== undefined || path !== undefined;
}

/** The first rule that reads a body; none when one takes it as a whole. */
function lookingInto(text: string, { whole, members }: BodyRules): MaskRule | undefined {
  if (whole.some((rule) => !searches(rule))) return undefined;
  return whole[0] ?? (mayHaveMembers(text) ? members[0] : undefined);
}

/** Characters of all texts within, about. */
function sizeOf(value: AttributeValue): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object') return 0;
  if (value instanceof Uint8Array) return value.length;
  let size = 0;
  for (const inner of (value).values()) size += 8 + sizeOf(inner);
  return size;
}
