/** Keys of attributes by exact name or with `*` for any characters; time grows with the length of the key only. */
export type KeyMatcher = (key: string) => boolean;

/** Of a key in a rule; nothing longer is looked up, for a look-up reads all of it. */
export const maxKeyLength = 1024;

export function keyMatcher(globs: readonly string[]): KeyMatcher {
  const exact = new Set(globs.filter((glob) => !glob.includes('*')));
  const parts = globs.filter((glob) => glob.includes('*')).map((glob) => glob.split('*'));
  return (key) => (key.length <= maxKeyLength && exact.has(key)) || parts.some((pieces) => matches(key, pieces));
}

/** The first piece begins the key, the last one ends it, the others follow each other: the earliest place is as good as any. */
function matches(key: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (key.length < first.length + last.length || !key.startsWith(first) || !key.endsWith(last)) return false;
  let from = first.length;
  const end = key.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = key.indexOf(piece, from);
    if (at < 0 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}
