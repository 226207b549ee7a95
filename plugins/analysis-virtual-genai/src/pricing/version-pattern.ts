/** Endings of model names that name a version of the same model at the same price, e.g. `-2025-04-14`. */

export interface VersionPattern {
  /** As written, e.g. `-YYYY-MM-DD`. */
  readonly text: string;
  /** Anchored at the end of the name. */
  readonly expression: RegExp;
}

const parts: Readonly<Record<string, string>> = {
  YYYY: '20\\d\\d',
  MM: '(?:0[1-9]|1[0-2])',
  DD: '(?:0[1-9]|[12]\\d|3[01])',
  NNN: '\\d{3}',
  N: '\\d{1,2}',
};

/** undefined unless it begins with one of `- @ : .` and holds only small letters, digits, signs and the parts above. */
export function versionPattern(text: string): VersionPattern | undefined {
  if (!/^[-@:.](?:YYYY|MM|DD|NNN|N|[a-z0-9]|[-@:._](?=[a-zA-Z0-9]))+$/.test(text)) return undefined;
  const body = text.replace(/YYYY|MM|DD|NNN|N|[.]/g, (part) => (part === '.' ? '\\.' : (parts[part] ?? part)));
  return { text, expression: new RegExp(`${body}$`) };
}

/** What a file without `versions` accepts. */
export const usualVersions: readonly VersionPattern[] = ['-YYYY-MM-DD', '-YYYYMMDD', '@YYYYMMDD', '-latest', '@latest', '@default', '-vN:N']
  .map(versionPattern)
  .filter((pattern) => pattern !== undefined);

export interface ShorterName {
  readonly name: string;
  readonly taken: readonly VersionPattern[];
}

/** Most endings taken off one name: a date and a revision, as in `…-20250929-v1:0`, and one to spare. */
const maxEndings = 3;

/** Names without one or more endings, those that lost the least first. */
export function* withoutVersions(name: string, patterns: readonly VersionPattern[]): Generator<ShorterName, void, undefined> {
  let names: ShorterName[] = [{ name, taken: [] }];
  for (let round = 0; round < maxEndings && names.length > 0; round += 1) {
    names = names.flatMap((known) =>
      patterns
        .filter(({ expression }) => expression.test(known.name))
        .map((pattern) => ({ name: known.name.replace(pattern.expression, ''), taken: [...known.taken, pattern] })),
    );
    yield* names;
  }
}
