/** `parsed?.a.trim()`: where a value begins, and the steps from there. */
import { lalErrors } from '../errors.js';
import type { AccessNode, SegmentNode } from '../language/ast.js';
import type { Compiled } from './compiled.js';
import { rawText } from './literals.js';
import { methods, type MethodDefinition } from './methods.js';
import { matcherOf, replacerOf, splitterOf } from './patterns.js';
import { compileRoot } from './roots.js';
import type { RuleRun } from './run.js';
import { faultAt, unknownName, type Scope } from './scope.js';
import { elementOf, fieldOf, RunFailure, textOf, type Kind, type Value } from './values.js';

type Link = (value: Value, run: RuleRun) => Value;
interface LinkOf {
  readonly link: Link;
  readonly kind: Kind;
}
type MethodNode = Extract<SegmentNode, { type: 'method' }>;

export function compileAccess(node: AccessNode, scope: Scope): Compiled {
  const { value, taken } = compileRoot(node, scope);
  const rest = node.segments.slice(taken);
  if (rest.length === 0) return value;
  const links = rest.map((segment) => linkOf(segment, scope));
  const kind = links.at(-1)?.kind ?? 'any';
  const [only, second] = links.map(({ link }) => link);
  const { read } = value;
  if (only !== undefined && second === undefined) return { kind, read: (run) => only(read(run), run) };
  return {
    kind,
    read: (run) => {
      let current = read(run);
      for (const { link } of links) current = link(current, run);
      return current;
    },
  };
}

/** Fields and elements of null are null, with `?.` and without, as upstream. */
function linkOf(segment: SegmentNode, scope: Scope): LinkOf {
  if (segment.type === 'field') return { kind: 'any', link: (value) => fieldOf(value, segment.name) };
  if (segment.type === 'method') return methodOf(segment, scope);
  if (!Number.isInteger(segment.index)) {
    throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, segment.at, { reason: `[${segment.index}] is no place in a list`, form: 'a whole number, for example [0]' });
  }
  return { kind: 'any', link: (value) => elementOf(value, segment.index) };
}

function methodOf(node: MethodNode, scope: Scope): LinkOf {
  const { name, safe, at } = node;
  const method = methods.get(name);
  if (method === undefined) throw unknownName('method', `${name}()`, { at, known: [...methods.keys()].map((known) => `${known}()`) });
  checkCount(node, method);
  const args = node.args.map((arg) => scope.value(arg));
  const call = method.pattern === undefined ? plainCall(method, args) : patternCall(node, method.pattern, args);
  const link: Link = (value, run) => {
    if (value !== undefined) return call(value, run);
    if (safe) return undefined;
    throw new RunFailure(`${name}() of null`);
  };
  return { kind: method.kind, link };
}

function checkCount({ name, args, at }: MethodNode, { min, max }: MethodDefinition): void {
  if (args.length >= min && args.length <= max) return;
  const wanted = min === max ? String(min) : `${min} to ${max}`;
  const form = `${name}(${['a', 'b'].slice(0, max).join(', ')})`;
  throw faultAt(lalErrors.METERLARK_LAL_ARGUMENTS, at, { function: name, reason: `takes ${wanted} arguments, not ${args.length}`, form });
}

type Call = (target: Exclude<Value, undefined>, run: RuleRun) => Value;

function plainCall({ call }: MethodDefinition, args: readonly Compiled[]): Call {
  if (args.every(({ constant }) => constant !== undefined)) {
    const values = args.map(({ constant }) => constant?.value);
    return (target) => call(target, values);
  }
  return (target, run) => call(target, args.map(({ read }) => read(run)));
}

function patternCall({ name, args: nodes, at }: MethodNode, kind: string, args: readonly Compiled[]): Call {
  const pattern = rawText(nodes[0]);
  if (pattern === undefined) {
    throw faultAt(lalErrors.METERLARK_LAL_ARGUMENTS, at, { function: name, reason: 'takes a pattern that is written in the rule', form: `${name}("…")` });
  }
  const place = nodes[0]?.at ?? at;
  if (kind === 'matches') {
    const matches = matcherOf(pattern, place);
    return (target, run) => matches(textOf(target), run);
  }
  if (kind === 'split') {
    const split = splitterOf(pattern, place);
    return (target, run) => split(textOf(target), run);
  }
  const replace = replacerOf(pattern, place, kind === 'replaceAll');
  const replacement = args[1];
  return (target, run) => replace(textOf(target), textOf(replacement?.read(run)), run);
}
