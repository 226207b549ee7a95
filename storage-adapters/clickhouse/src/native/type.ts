/** A ClickHouse type name taken apart: `Map(String, UInt64)` is `Map` with two arguments. */
export interface NativeType {
  readonly name: string;
  readonly args: readonly string[];
}

export function parseType(text: string): NativeType {
  const open = text.indexOf('(');
  if (open < 0) return { name: text.trim(), args: [] };
  return { name: text.slice(0, open).trim(), args: splitArguments(text.slice(open + 1, text.lastIndexOf(')'))) };
}

/** Splits at commas outside parentheses and quotes. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index];
    if (letter === "'") quoted = !quoted;
    if (quoted) continue;
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter !== ',' || depth > 0) continue;
    parts.push(text.slice(start, index).trim());
    start = index + 1;
  }
  parts.push(text.slice(start).trim());
  return parts;
}
