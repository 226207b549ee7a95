/** Bodies as JSON and YAML, within bounds: they come from strangers. */
import { parseDocument } from 'yaml';
import type { RuleTools } from '../plan.js';
import { isMap } from './values.js';

const maxAliases = 100;
/** Anchors, aliases, tags and explicit keys; each that is a mistake costs an error with a stack. */
const marks = /(?:^|[\s,[{])[&*!?]/g;
const maxMarks = 200;
const maxDepth = 64;

/** The map that the text is; undefined when it is none, or may not be read. */
export type BodyReader = (text: string, tools: RuleTools) => object | undefined;

/** Rules of one layer often read the same body one after the other: the last one that was read is kept. */
export function lastKept(read: (text: string) => object | undefined, mayRead: (text: string, tools: RuleTools) => boolean): BodyReader {
  let last: string | undefined;
  let found: object | undefined;
  return (text, tools) => {
    if (text === last) return found;
    if (!mayRead(text, tools)) return undefined;
    found = read(text);
    last = text;
    return found;
  };
}

export function readJson(text: string): object | undefined {
  const value = jsonValue(text);
  return isMap(value) ? value : undefined;
}

/** The map or list that a JSON text is; undefined when it is none. */
export function jsonValue(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const exact: unknown = longDigits.test(text) ? JSON.parse(text.replace(textsAndNumbers, withAllDigits)) : value;
    return typeof exact === 'object' && exact !== null ? exact : undefined;
  } catch {
    return undefined;
  }
}

const longDigits = /\d{16}/;
/** Of a text that is known to be JSON, so that every quote is closed. */
const textsAndNumbers = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Whole numbers that would lose digits become texts: ids and nanoseconds are of this length. */
function withAllDigits(token: string): string {
  const isLong = token.length > 15 && /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
  return isLong ? `"${token}"` : token;
}

export function readYaml(text: string): object | undefined {
  if (tooCostly(text)) return undefined;
  try {
    const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent', stringKeys: true });
    if (document.errors.length > 0) return undefined;
    const value: unknown = document.toJS({ maxAliasCount: maxAliases });
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The YAML library recurses once per bracket and per indentation. */
function tooCostly(text: string): boolean {
  let open = 0;
  if ((text.match(marks)?.length ?? 0) > maxMarks) return true;
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    open = Math.max(0, open + (bracket === '[' || bracket === '{' ? 1 : -1));
    if (open > maxDepth) return true;
  }
  return /^ {256}|^(?:- ?){65}/m.test(text);
}
