/** What a search found. */

export interface LinearMatch {
  /** Of the first character, in UTF-16 units. */
  readonly index: number;
  readonly text: string;
  /** Group 1 at [0]; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>>;
}

export type GroupName = readonly [name: string, group: number];

const noNames = Object.freeze(Object.create(null)) as Readonly<Record<string, undefined>>;

export function namedGroups(names: readonly GroupName[], groups: readonly (string | undefined)[]): LinearMatch['named'] {
  if (names.length === 0) return noNames;
  const named = Object.create(null) as Record<string, string | undefined>;
  for (const [name, group] of names) named[name] = groups[group - 1];
  return named;
}

/** The text with each match replaced. */
export function replaced(text: string, matches: readonly LinearMatch[], by: (match: LinearMatch) => string): string {
  let made = '';
  let from = 0;
  for (const match of matches) {
    made += text.slice(from, match.index) + by(match);
    from = match.index + match.text.length;
  }
  return from === 0 && made === '' ? text : made + text.slice(from);
}

const reference = /\$(?:([$&])|(\d\d?)|<([^>]*)>)/g;

/** `$1`, `$<name>`, `$&` and `$$` as String.replace has them. */
export function expanded(template: string, { text, groups, named }: LinearMatch): string {
  return template.replace(reference, (whole, sign: string | undefined, digits: string | undefined, name: string | undefined) => {
    if (sign !== undefined) return sign === '$' ? '$' : text;
    if (name !== undefined) return named === noNames ? whole : (named[name] ?? '');
    return numbered(digits ?? '', groups) ?? whole;
  });
}

/** Two digits only where there are as many groups. */
function numbered(digits: string, groups: LinearMatch['groups']): string | undefined {
  const taken = Number(digits) <= groups.length ? digits : digits.slice(0, 1);
  const group = Number(taken);
  if (group < 1 || group > groups.length) return undefined;
  return (groups[group - 1] ?? '') + digits.slice(taken.length);
}
