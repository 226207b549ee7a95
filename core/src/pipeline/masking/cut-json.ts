/** The names of members in what may be the beginning of JSON only; in one pass over the text. */
import { beginsLikeJson, tooDeep } from './json-text.js';

const deepest = 200;
/** Longer ways are known by their beginning, so that what is under a long name costs no more than it is long. */
const maxWayLength = 4096;

export function boundedWay(way: string): string {
  return way.length > maxWayLength ? way.slice(0, maxWayLength) : way;
}

/** What `find` answers first to a name and the way to it (with dots, `way` in front), also within texts that are JSON again. */
export function firstMember<T>(text: string, way: string, find: (name: string, path: string) => T | undefined): T | typeof tooDeep | undefined {
  return new CutJson(text, find, 0).search(way);
}

class CutJson<T> {
  private at = 0;
  /** Ways to the containers around. */
  private readonly outer: string[] = [];

  constructor(
    private readonly text: string,
    private readonly find: (name: string, path: string) => T | undefined,
    /** Texts around this one. */
    private readonly depth: number,
  ) {}

  search(way: string): T | typeof tooDeep | undefined {
    let here = way;
    /** Of the member whose value comes. */
    let member: string | undefined;
    for (; this.at < this.text.length; this.at += 1) {
      const sign = this.text[this.at];
      if (sign === '{' || sign === '[') {
        if (this.outer.length >= deepest || this.depth >= deepest) return tooDeep;
        this.outer.push(here);
        here = boundedWay(member ?? here);
      } else if (sign === '}' || sign === ']') here = this.outer.pop() ?? way;
      if (sign !== '"') {
        if (sign === ',' || sign === '{' || sign === '[') member = undefined;
        continue;
      }
      const inner = this.string();
      const isName = this.beforeColon();
      if (isName) member = `${here}.${inner}`;
      const found = isName ? this.find(inner, member ?? '') : this.inText(inner, member ?? here);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private inText(text: string, way: string): T | typeof tooDeep | undefined {
    return beginsLikeJson(text) ? new CutJson(text, this.find, this.depth + 1).search(way) : undefined;
  }

  /** From its first quote to its last, or to the end of the text. */
  private string(): string {
    const from = this.at + 1;
    let to = from;
    while (to < this.text.length && this.text[to] !== '"') to += this.text[to] === '\\' ? 2 : 1;
    this.at = to;
    return unescaped(this.text.slice(from, to));
  }

  private beforeColon(): boolean {
    let next = this.at + 1;
    while (/\s/.test(this.text[next] ?? '')) next += 1;
    return this.text[next] === ':';
  }
}

function unescaped(source: string): string {
  if (!source.includes('\\')) return source;
  try {
    return JSON.parse(`"${source}"`) as string;
  } catch {
    // Cut off, or no JSON: the signs themselves are near enough.
    return source.replace(/\\(?:u([\da-fA-F]{4})|(.))/gs, (_all, code: string | undefined, sign: string | undefined) =>
      code === undefined ? (sign ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
    );
  }
}
