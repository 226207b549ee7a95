/** `V as T`. */
import type { CastNode } from '../language/ast.js';
import type { Compiled } from './compiled.js';
import { unknownName, type Scope } from './scope.js';
import { doubleOf, flagOf, integerOf, longOf, textOf, type Kind, type Value } from './values.js';

interface Cast {
  readonly kind: Kind;
  readonly of: (value: Value) => Value;
}

/** null is 0 or false; as a text it stays null. */
const casts: ReadonlyMap<string, Cast> = new Map<string, Cast>([
  ['Integer', { kind: 'int', of: integerOf }],
  ['Long', { kind: 'long', of: longOf }],
  ['Double', { kind: 'double', of: doubleOf }],
  ['Float', { kind: 'float', of: (value) => Math.fround(doubleOf(value)) }],
  ['Boolean', { kind: 'flag', of: flagOf }],
]);

export function castOf(inner: Compiled, { type, at }: CastNode, scope: Scope): Compiled {
  if (type === 'String') return asText(inner);
  const cast = casts.get(type);
  if (cast !== undefined) return asKind(inner, cast.kind);
  if (!type.includes('.')) throw unknownName('type', type, { at, known: ['String', ...casts.keys()] });
  scope.notes.add(`"as ${type}" changes nothing: there are no Java classes here`);
  return inner;
}

export function asText(inner: Compiled): Compiled {
  if (inner.kind === 'text') return inner;
  const { kind, read } = inner;
  return {
    kind: 'text',
    read: (run) => {
      const value = read(run);
      return value === undefined ? undefined : textOf(value, kind);
    },
  };
}

/** To the kind, as the cast of its name does. */
export function asKind(inner: Compiled, kind: Kind): Compiled {
  if (kind === 'text') return asText(inner);
  const cast = [...casts.values()].find((candidate) => candidate.kind === kind);
  if (cast === undefined || inner.kind === kind) return inner;
  const { read } = inner;
  const { of } = cast;
  return { kind, read: (run) => of(read(run)) };
}
