/** Where a scalar begins in its file, its indicators included, and how it is written, in the YAML library's word. */
export interface ScalarPlace {
  readonly start: number;
  readonly style: string;
}

/**
 * Offset in the file of every character of a scalar's value, and of its end. Whatever the style (plain, quoted,
 * block; folded or not), the characters that are not white space stand in the file in the same order, so both texts
 * are walked side by side: white space may differ, quotes and escapes are stepped over.
 */
export function scalarOffsets(file: string, scalar: ScalarPlace, value: string): readonly number[] {
  const walk: Walk = { file, position: contentStart(file, scalar), style: scalar.style };
  const offsets: number[] = [];
  for (let index = 0; index < value.length; index += 1) offsets.push(step(walk, value.charAt(index)));
  offsets.push(walk.position);
  return offsets;
}

interface Walk {
  readonly file: string;
  position: number;
  readonly style: string;
}

const space = /\s/;

function contentStart(file: string, { start, style }: ScalarPlace): number {
  if (style === 'QUOTE_DOUBLE' || style === 'QUOTE_SINGLE') return start + 1;
  if (style !== 'BLOCK_FOLDED' && style !== 'BLOCK_LITERAL') return start;
  const end = file.indexOf('\n', start);
  return end < 0 ? file.length : end + 1;
}

/** Where `character` of the value stands; moves behind it. */
function step(walk: Walk, character: string): number {
  if (space.test(character) && !startsEscape(walk)) return stepSpace(walk, character);
  skipSpace(walk);
  const found = walk.position;
  walk.position += lengthInFile(walk);
  return found;
}

function stepSpace(walk: Walk, character: string): number {
  const found = walk.position;
  if (walk.file[found] === character) walk.position += 1;
  return found;
}

function skipSpace(walk: Walk): void {
  for (;;) {
    if (space.test(walk.file.charAt(walk.position))) walk.position += 1;
    else if (walk.style === 'QUOTE_DOUBLE' && /^\\\r?\n/.test(walk.file.slice(walk.position, walk.position + 3)))
      walk.position += 1;
    else return;
  }
}

function startsEscape(walk: Walk): boolean {
  return (
    walk.style === 'QUOTE_DOUBLE' &&
    walk.file[walk.position] === '\\' &&
    !/[\r\n]/.test(walk.file[walk.position + 1] ?? '')
  );
}

const escapeLengths: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

function lengthInFile(walk: Walk): number {
  if (walk.style === 'QUOTE_SINGLE' && walk.file.startsWith("''", walk.position)) return 2;
  return startsEscape(walk) ? (escapeLengths[walk.file[walk.position + 1] ?? ''] ?? 2) : 1;
}
