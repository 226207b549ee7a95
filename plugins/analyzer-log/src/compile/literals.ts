/** Texts and numbers as rules write them. */
import type { ExpressionNode } from '../language/ast.js';
import type { Compiled } from './compiled.js';
import type { Kind, Value } from './values.js';

export function constant(value: Value, kind: Kind): Compiled {
  return { kind, read: () => value, constant: { value } };
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'], ['t', '\t'], ['r', '\r'], ['b', '\b'], ['f', '\f'], ['"', '"'], ["'", "'"], ['\\', '\\'],
]);

/** An unknown escape stays as it is. */
export function unescaped(image: string): string {
  return image.slice(1, -1).replace(/\\(.)/g, (whole, escaped: string) => escapes.get(escaped) ?? whole);
}

/** A quoted text as it is written, without its quotes. */
export function rawText(node: ExpressionNode | undefined): string | undefined {
  if (node?.type !== 'access' || node.root.type !== 'text' || node.segments.length > 0) return undefined;
  return node.root.image.slice(1, -1);
}

export const maxInt = 0x7fff_ffff;

export function numberLiteral(image: string): Compiled {
  const suffix = /[LlFfDd]$/.exec(image)?.[0].toLowerCase() ?? '';
  const value = Number(suffix === '' ? image : image.slice(0, -1));
  if (suffix === 'f') return constant(Math.fround(value), 'float');
  if (suffix === 'd' || /[.eE]/.test(image)) return constant(value, 'double');
  return constant(value, suffix === 'l' || value > maxInt ? 'long' : 'int');
}
