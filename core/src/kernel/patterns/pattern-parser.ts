/** Reads a pattern as Java and JavaScript write them, as far as it can run in linear time. */
import { everything, lineEnds } from './char-set.js';
import { readClass, readEscape } from './class-reader.js';
import { PatternText } from './pattern-text.js';
import type { PatternNode, PatternTree } from './pattern-tree.js';

/** Brackets within brackets. */
const deepest = 100;

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** Throws an Error whose message goes on from "pattern …". */
export function parsePattern(source: string, ignoresCase: boolean): PatternTree {
  return new PatternParser(source, ignoresCase).tree();
}

class PatternParser {
  private readonly text: PatternText;
  private readonly names = new Set<string>();
  private flags: Flags;
  private depth = 0;

  constructor(source: string, ignoreCase: boolean) {
    this.text = new PatternText(source);
    this.flags = { ignoreCase, multiline: false, dotAll: false };
  }

  tree(): PatternTree {
    const head = this.text.take(/^\(\?([a-zA-Z]+)\)/)?.[1] ?? '';
    this.setFlags(head);
    const ignoresCase = this.flags.ignoreCase;
    const root = this.choice();
    if (!this.text.atEnd) throw new Error('has a ) without its (');
    return { root, ignoresCase };
  }

  private choice(): PatternNode {
    const options = [this.sequence()];
    while (this.text.take(/^\|/) !== undefined) options.push(this.sequence());
    return options.length === 1 ? (options[0] as PatternNode) : { type: 'choice', options };
  }

  private sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (!this.text.atEnd && this.text.take(/^(?=[|)])/) === undefined) {
      if (this.text.take(/^\\Q/) !== undefined) items.push(...this.quoted());
      else items.push(this.repeated(this.atom()));
    }
    return items.length === 1 ? (items[0] as PatternNode) : { type: 'sequence', items };
  }

  /** A quantifier behind is for the last character. */
  private quoted(): PatternNode[] {
    const nodes = Array.from(this.text.until('\\E'), (character) => one(character));
    const last = nodes.pop();
    return last === undefined ? [] : [...nodes, this.repeated(last)];
  }

  private repeated(body: PatternNode): PatternNode {
    const found = this.text.take(/^(?:[*+?]|\{(\d{1,5})(,)?(\d{1,5})?\})/);
    if (found === undefined) return body;
    const lazy = this.text.take(/^\?/) === undefined ? '' : '?';
    if (this.text.take(/^\+/) !== undefined) throw new Error('has a possessive quantifier (*+, ++, ?+), which is not supported; leave the second + out');
    if (this.text.take(/^(?:[*?]|\{\d+,?\d*\})/) !== undefined) throw new Error('repeats a repetition; put the inner one in (?:…)');
    if (body.type === 'flags') throw new Error('repeats flags');
    const [quantifier, low, comma, high] = found;
    const text = `${quantifier}${lazy}`;
    if (low === undefined) return { type: 'repeat', body, min: quantifier === '+' ? 1 : 0, max: quantifier === '?' ? 1 : Infinity, text };
    const max = high === undefined ? (comma === undefined ? Number(low) : Infinity) : Number(high);
    if (max < Number(low)) throw new Error(`repeats from ${low} to ${max} times`);
    return { type: 'repeat', body, min: Number(low), max, text };
  }

  private atom(): PatternNode {
    if (this.text.take(/^[*+?]/) !== undefined) throw new Error('has a *, + or ? that nothing stands before; write a backslash before it for the character');
    const character = this.text.next();
    switch (character) {
      case '(':
        return this.bracket();
      case '[':
        return readClass(this.text, this.flags.ignoreCase);
      case '\\':
        return this.escape();
      case '.':
        return this.flags.dotAll ? any : anyInLine;
      case '^':
        return this.flags.multiline ? { type: 'assertion', kind: 'other', text: '(?m:^)' } : begin;
      case '$':
        return this.flags.multiline ? { type: 'assertion', kind: 'other', text: '(?m:$)' } : lastLine;
      default:
        return one(character);
    }
  }

  private escape(): PatternNode {
    const assertion = this.text.take(/^[bBAzZ]/)?.[0];
    if (assertion === 'A') return begin;
    if (assertion === 'z') return end;
    if (assertion === 'Z') return lastLine;
    if (assertion !== undefined) return { type: 'assertion', kind: 'other', text: `\\${assertion}` };
    const { set, named } = readEscape(this.text, this.flags.ignoreCase);
    return { type: 'set', set, negated: false, named: named === undefined ? [] : [named] };
  }

  private bracket(): PatternNode {
    if (this.text.take(/^\?/) === undefined) return this.group(true, undefined, '');
    if (this.text.take(/^<?[=!]/) !== undefined) throw new Error('looks ahead or behind ((?=…), (?!…), (?<=…), (?<!…)), which cannot run in linear time; write it without');
    if (this.text.take(/^>/) !== undefined) throw new Error('has an atomic group ((?>…)), which is not supported; write (?:…)');
    if (this.text.take(/^:/) !== undefined) return this.group(false, undefined, '');
    const name = this.text.take(/^P?<(\w{1,100})>/)?.[1];
    if (name !== undefined) return this.namedGroup(name);
    const found = this.text.take(/^([a-zA-Z]*(?:-[a-zA-Z]+)?)([:)])/);
    if (found === undefined) throw new Error('has (? and then nothing that is known; group names are letters, digits and _');
    const [, flags = '', last] = found;
    if (last === ':') return this.group(false, undefined, flags);
    this.setFlags(flags);
    return { type: 'flags', text: onlyCase(flags) };
  }

  private namedGroup(name: string): PatternNode {
    if (this.names.has(name)) throw new Error(`has two groups of the name ${name}`);
    this.names.add(name);
    return this.group(true, name, '');
  }

  private group(captures: boolean, name: string | undefined, flags: string): PatternNode {
    const outer = this.flags;
    this.depth += 1;
    if (this.depth > deepest) throw new Error(`has more than ${deepest} brackets within one another`);
    this.setFlags(flags);
    const body = this.choice();
    if (this.text.take(/^\)/) === undefined) throw new Error('has a ( without its )');
    this.depth -= 1;
    this.flags = outer;
    return { type: 'group', body, captures, name, flags: onlyCase(flags) };
  }

  private setFlags(text: string): void {
    const [on = '', off = ''] = text.split('-');
    const strange = /[^ims]/.exec(on + off)?.[0];
    if (strange !== undefined) throw new Error(`has the flag ${strange}, which is not supported; i, m and s are`);
    const after = (flag: string, before: boolean): boolean => (before || on.includes(flag)) && !off.includes(flag);
    const { ignoreCase, multiline, dotAll } = this.flags;
    this.flags = { ignoreCase: after('i', ignoreCase), multiline: after('m', multiline), dotAll: after('s', dotAll) };
  }
}

/** The same for the whole text. */
export function wholeOf({ root, ignoresCase }: PatternTree): PatternTree {
  const body: PatternNode = { type: 'group', body: root, captures: false, name: undefined, flags: '' };
  return { root: { type: 'sequence', items: [begin, body, end] }, ignoresCase };
}

const begin: PatternNode = { type: 'assertion', kind: 'begin', text: '^' };
const end: PatternNode = { type: 'assertion', kind: 'end', text: '$' };
const lastLine: PatternNode = { type: 'assertion', kind: 'last-line', text: '' };

/** m and s are worked into the tree. */
function onlyCase(flags: string): string {
  const [on = '', off = ''] = flags.split('-');
  if (off.includes('i')) return '-i';
  return on.includes('i') ? 'i' : '';
}

const any: PatternNode = { type: 'set', set: everything, negated: false, named: [] };
/** As Java has it: a carriage return ends the line too. */
const anyInLine: PatternNode = { type: 'set', set: lineEnds, negated: true, named: [] };

function one(character: string): PatternNode {
  const code = character.codePointAt(0) ?? 0;
  return { type: 'set', set: [[code, code]], negated: false, named: [] };
}
