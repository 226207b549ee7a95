/**
 * Rules over one value: first those for the whole value, then those with a path, then those that are a pattern, each
 * kind in the order of the settings. What cannot be searched in time or is nested too deep is masked whole.
 */
import type { AttributeValue } from '../../model/telemetry.js';
import { timedOut, type DeadlineGuard } from './deadline-guard.js';
import { looksLikeJson, parseJson, toJson, tooDeep } from './json-path.js';
import { hashMark, type TextHash } from './keyed-hash.js';
import { maskAtPath } from './mask-at-path.js';
import { dropped, type Masked } from './masked.js';
import type { MaskRule } from './rules.js';

/** Told the names of rules. */
export interface MaskEvents {
  hit(rule: string): void;
  /** A text was masked whole because it could not be searched. */
  gaveUp(rule: string): void;
}

export interface ValueMaskerParts {
  readonly hash: TextHash;
  readonly guard: DeadlineGuard;
  readonly events: MaskEvents;
  /** Hashes in the text were made by these rules before: to be passed over. For checks of stored text only. */
  readonly passesHashes: boolean;
}

/** Structures below this are masked whole. */
const deepest = 64;

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
  private current: MaskRule | undefined;
  private readonly hits = new Set<string>();

  constructor(private readonly parts: ValueMaskerParts) {}

  /** `all`: every rule, for keys within; `rules`: those whose keys fit this value. The given object when nothing was hit. */
  value(value: AttributeValue, rules: readonly MaskRule[], all: readonly MaskRule[], key: string): Masked<AttributeValue> {
    if (value === undefined || (rules.length === 0 && typeof value !== 'object')) return value;
    return this.bounded(value, rules.length === 0 ? all : rules, () => this.masked(value, { rules, all, key, depth: 0 }));
  }

  /** A text that is no attribute; "" when a rule drops it. */
  field(text: string, rules: readonly MaskRule[]): string {
    if (text === '') return text;
    const masked = this.bounded(text, rules, () => this.patterns(text, rules, 0));
    return masked === dropped ? '' : textOf(masked);
  }

  /** A key may carry a secret as well: patterns without a key look at it. */
  key(name: string, all: readonly MaskRule[]): Masked<string> {
    const masked = this.bounded(name, all, () => this.keyWithin(name, all, 0));
    return masked === dropped ? dropped : textOf(masked);
  }

  private bounded(value: AttributeValue, rules: readonly MaskRule[], work: () => Masked<AttributeValue>): Masked<AttributeValue> {
    const size = sizeOf(value);
    const masked = rules.some((rule) => size > directLength(rule)) ? this.parts.guard.run(work) : work();
    const [first] = rules;
    const shown = masked === timedOut ? this.giveUp(this.current ?? first) : masked;
    this.current = undefined;
    for (const rule of this.hits) this.parts.events.hit(rule);
    this.hits.clear();
    return shown;
  }

  private masked(value: AttributeValue, look: Look): Masked<AttributeValue> {
    const { rules, depth } = look;
    const whole = rules.find(({ pattern, path }) => pattern === undefined && path === undefined);
    if (whole !== undefined) return this.whole(value, whole);
    if (typeof value === 'string') return this.text(value, rules, depth);
    if (typeof value !== 'object') return this.scalar(value, rules, depth);
    if (value instanceof Uint8Array) return this.bytes(value, rules, depth);
    if (depth >= deepest) return this.giveUp(look.all[0]);
    const reached = this.paths(value, rules, depth);
    if (reached === dropped || typeof reached !== 'object' || reached instanceof Uint8Array) return reached;
    // A path begins at the whole value, not at each part of it.
    const inner = { ...look, rules: rules.filter(({ path }) => path === undefined), depth: depth + 1 };
    return Array.isArray(reached)
      ? this.list(reached as readonly AttributeValue[], inner)
      : this.map(reached as ReadonlyMap<string, AttributeValue>, inner);
  }

  /** Rules with a key also look at keys within, by their own name or with that of the way to them. */
  private map(value: ReadonlyMap<string, AttributeValue>, { rules, all, key, depth }: Look): AttributeValue {
    let changed = false;
    const copy = new Map<string, AttributeValue>();
    for (const [name, inner] of value) {
      const path = `${key}.${name}`;
      const fitting = all.filter((rule) => rules.includes(rule) || rule.keys?.(name) === true || rule.keys?.(path) === true);
      const shown = this.keyWithin(name, all, depth);
      const masked = shown === dropped ? dropped : this.masked(inner, { rules: fitting, all, key: path, depth });
      if (!Object.is(masked, inner) || shown !== name) changed = true;
      if (masked !== dropped && shown !== dropped) copy.set(shown, masked);
    }
    return changed ? copy : value;
  }

  private list(value: readonly AttributeValue[], look: Look): AttributeValue {
    let changed = false;
    const copy: AttributeValue[] = [];
    for (const inner of value) {
      const masked = this.masked(inner, look);
      if (!Object.is(masked, inner)) changed = true;
      if (masked !== dropped) copy.push(masked);
    }
    return changed ? copy : value;
  }

  private keyWithin(name: string, all: readonly MaskRule[], depth: number): Masked<string> {
    const masked = this.patterns(name, all.filter(({ keys, path }) => keys === undefined && path === undefined), depth);
    return masked === dropped ? dropped : textOf(masked);
  }

  private text(value: string, rules: readonly MaskRule[], depth: number): Masked<AttributeValue> {
    let text = value;
    if (rules.some(({ path }) => path !== undefined) && looksLikeJson(text)) {
      const parsed = parseJson(text);
      if (parsed === tooDeep) return this.giveUp(rules.find(({ path }) => path !== undefined));
      const reached = parsed === undefined ? undefined : this.paths(parsed.value, rules, depth);
      if (reached === dropped) return dropped;
      if (parsed !== undefined && reached !== parsed.value) text = typeof reached === 'string' ? reached : toJson(reached);
    }
    return this.patterns(text, rules.filter(({ path }) => path === undefined), depth);
  }

  private paths(value: AttributeValue, rules: readonly MaskRule[], depth: number): Masked<AttributeValue> {
    let reached = value;
    for (const rule of rules) {
      if (rule.path === undefined) continue;
      this.current = rule;
      const masked = maskAtPath(reached, rule.path, (node) => this.atPath(node, rule, depth));
      if (masked === dropped) return dropped;
      reached = masked;
    }
    return reached;
  }

  private atPath(node: AttributeValue, rule: MaskRule, depth: number): Masked<AttributeValue> {
    const { within } = rule;
    return within === undefined ? this.whole(node, rule) : this.masked(node, { rules: [within], all: [within], key: '', depth: depth + 1 });
  }

  private whole(value: AttributeValue, rule: MaskRule): Masked<AttributeValue> {
    if (value === undefined) return undefined;
    const text = typeof value === 'object' ? toJson(value) : String(value);
    if (rule.action === 'hash' && this.parts.passesHashes && /^#[\w-]{22}$/.test(text)) return value;
    if (rule.action === 'replace' && text === rule.replacement) return value;
    this.hits.add(rule.name);
    if (rule.action === 'drop') return dropped;
    return rule.action === 'hash' ? this.parts.hash(text) : rule.replacement;
  }

  private scalar(value: number | bigint | boolean | undefined, rules: readonly MaskRule[], depth: number): Masked<AttributeValue> {
    if (typeof value !== 'number' && typeof value !== 'bigint') return value;
    const text = String(value);
    const masked = this.patterns(text, rules.filter(({ path }) => path === undefined), depth);
    return masked === text ? value : masked;
  }

  private bytes(value: Uint8Array, rules: readonly MaskRule[], depth: number): Masked<AttributeValue> {
    const text = Buffer.from(value).toString();
    const masked = this.patterns(text, rules.filter(({ path }) => path === undefined), depth);
    if (masked === text) return value;
    return masked === dropped ? dropped : Buffer.from(textOf(masked));
  }

  private patterns(value: string, rules: readonly MaskRule[], depth: number): Masked<AttributeValue> {
    let text = value;
    for (const rule of rules) {
      if (rule.pattern === undefined) continue;
      this.current = rule;
      const masked = this.pattern(text, rule);
      if (masked === undefined) return dropped;
      text = masked;
    }
    // A secret in JSON may be written with escapes: \u0073, \", \/.
    if (rules.length === 0 || !text.includes('\\') || !/^\s{0,64}[{["]/.test(text)) return text;
    return this.escaped(text, rules, depth);
  }

  private escaped(text: string, rules: readonly MaskRule[], depth: number): Masked<AttributeValue> {
    const parsed = parseJson(text);
    if (parsed === undefined) return text;
    if (parsed === tooDeep || depth >= deepest) return this.giveUp(rules[0]);
    const masked = this.masked(parsed.value, { rules, all: rules, key: '', depth: depth + 1 });
    if (masked === dropped) return dropped;
    return masked === parsed.value ? text : toJson(masked);
  }

  /** undefined when the text has to go. */
  private pattern(text: string, rule: MaskRule): string | undefined {
    const { pattern, action, replacement } = rule;
    if (pattern === undefined || (pattern.prefix !== '' && !text.includes(pattern.prefix))) return text;
    const searched = this.parts.passesHashes ? text.replaceAll(hashMark, '\0') : text;
    const { expression } = pattern;
    const masked = action === 'hash' ? searched.replace(expression, (match) => this.parts.hash(match)) : searched.replace(expression, replacement);
    if (masked === searched) return text;
    this.hits.add(rule.name);
    return action === 'drop' ? undefined : masked;
  }

  private giveUp(rule: MaskRule | undefined): Masked<AttributeValue> {
    if (rule === undefined) return dropped;
    this.parts.events.gaveUp(rule.name);
    this.hits.add(rule.name);
    return rule.action === 'drop' ? dropped : rule.replacement;
  }
}

/** What patterns make of a text is a text. */
function textOf(masked: AttributeValue): string {
  return typeof masked === 'string' ? masked : toJson(masked);
}

/** Texts up to this length are searched without a deadline. */
function directLength({ pattern, path }: MaskRule): number {
  return pattern?.directLength ?? (path === undefined ? Infinity : 65_536);
}

/** Characters of all texts within, about. */
function sizeOf(value: AttributeValue): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object') return 0;
  if (value instanceof Uint8Array) return value.length;
  let size = 0;
  for (const inner of (value as readonly AttributeValue[] | ReadonlyMap<string, AttributeValue>).values()) size += 8 + sizeOf(inner);
  return size;
}
