/** Where a text came from, so that every error of every language names the place in the file people edit. */

/** Line and column count from 1; a column is a UTF-16 unit. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export interface SourceText {
  /** File name for people, or what stands for one ("expression" of a request). */
  readonly file: string;
  readonly text: string;
  /** Position in the file of an offset in `text`; an offset past the end is the end. */
  locate(offset: number): TextPosition;
}

/** A text that is the whole file, or is shown to people as if it were. */
export function plainSource(file: string, text: string): SourceText {
  let starts: readonly number[] | undefined;
  return {
    file,
    text,
    locate: (offset) => positionIn((starts ??= lineStarts(text)), Math.max(0, Math.min(offset, text.length))),
  };
}

/** Offsets at which lines begin. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) starts.push(index + 1);
  return starts;
}

export function positionIn(starts: readonly number[], offset: number): TextPosition {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
