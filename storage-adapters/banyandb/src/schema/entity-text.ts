/**
 * Text of entity tags. Where an earlier tag is left open the server takes `*` and `?` for wildcards and finds no newline; `|` and `\\`
 * divide and escape the values in its keys. All of them are written as `%` and two hexadecimal digits.
 */
const special = /[%|\\*?\u0000-\u001f\u007f]/g;
const anySpecial = /[%|\\*?\u0000-\u001f\u007f]/;

/** Lone surrogates, which no message can carry, become U+FFFD. */
export function entityText(value: string): string {
  const text = value.isWellFormed() ? value : value.toWellFormed();
  if (!anySpecial.test(text)) return text;
  return text.replace(special, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Of what the server gives back: null for an empty text. */
export function plainText(stored: string | null): string {
  if (stored === null) return '';
  return stored.includes('%') ? stored.replace(/%([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16))) : stored;
}
