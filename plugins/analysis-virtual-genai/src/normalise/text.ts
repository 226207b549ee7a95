/** Names become entities, labels and dictionary words: none is longer than this. */
export const maxNameLength = 200;

/** Cut without halving a character, and copied: a part of a text would keep the whole of it in memory. */
export function bounded(text: string, length = maxNameLength): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return Buffer.from(text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)).toString();
}
