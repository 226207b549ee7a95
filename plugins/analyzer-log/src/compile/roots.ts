/** Where a value begins: a literal, `tag("k")`, `parsed`, `log`, `settings`, a variable. */
import { lalErrors } from '../errors.js';
import type { AccessNode, ExpressionNode, Place, RootNode } from '../language/ast.js';
import { jsonValue } from './bodies.js';
import type { Compiled, Root } from './compiled.js';
import { constant, maxInt, numberLiteral, rawText, unescaped } from './literals.js';
import { logRoot } from './log-fields.js';
import { knownNames, type RuleRun } from './run.js';
import { anyConstants, faultAt, unknownName, type Scope } from './scope.js';
import { isMap, textOf, type Kind, type Value } from './values.js';

export function compileRoot(node: AccessNode, scope: Scope): Root {
  const { root } = node;
  switch (root.type) {
    case 'name':
      return nameRoot(node, root.name, scope);
    case 'call':
      return { value: callRoot(root, scope), taken: 0 };
    case 'group':
      return { value: scope.value(root.inner), taken: 0 };
    case 'text':
      return { value: constant(unescaped(root.image), 'text'), taken: 0 };
    case 'number':
      return { value: numberLiteral(root.image), taken: 0 };
    case 'flag':
      return { value: constant(root.value, 'flag'), taken: 0 };
    case 'null':
      return { value: constant(undefined, 'any'), taken: 0 };
  }
}

const rootNames = ['parsed', 'log', 'settings', 'ProcessRegistry'];

function nameRoot(node: AccessNode, name: string, scope: Scope): Root {
  const local = scope.locals.get(name);
  if (local !== undefined) return { value: { kind: local.kind, read: (run) => run.locals[local.slot] }, taken: 0 };
  if (name === 'parsed') return parsedRoot(node, scope);
  if (name === 'log') return logRoot(node);
  if (name === 'settings') return settingsRoot(node, scope);
  if (name === 'ProcessRegistry') return processRoot(node, scope);
  throw unknownName('name', name, { at: node.at, known: [...rootNames, ...scope.locals.keys(), ...functions.keys()] });
}

function parsedRoot({ segments, at }: AccessNode, scope: Scope): Root {
  if (!scope.hasParser) scope.readsMessage = true;
  const [first] = segments;
  if (first?.type !== 'field') return { value: { kind: 'any', read: (run) => run.body }, taken: 0 };
  const { name } = first;
  const { groups } = scope;
  if (groups !== undefined && !groups.has(name) && !knownNames.includes(name)) {
    throw unknownName('group of the pattern', name, { at: first.at, known: [...groups, ...knownNames] });
  }
  if (!scope.hasParser && !knownNames.includes(name)) {
    const { line } = at.source.locate(at.offset);
    scope.notes.add(`line ${line}: parsed.${name} is always null: no parser (json, yaml, text) reads the body`);
  }
  return { value: { kind: 'any', read: (run) => run.parsed(name) }, taken: 1 };
}

function settingsRoot({ segments, at }: AccessNode, { context: { constants } }: Scope): Root {
  const [first] = segments;
  if (first?.type !== 'field') {
    throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, at, { reason: 'settings is no value', form: 'settings.<name>' });
  }
  // A number, so that a check takes arithmetic with it as well.
  if (constants === anyConstants) return { value: { kind: 'double', read: () => undefined }, taken: 1 };
  const value = Object.hasOwn(constants, first.name) ? constants[first.name] : undefined;
  if (value === undefined) throw unknownName('setting', first.name, { at: first.at, known: Object.keys(constants) });
  return { value: constant(value, kindOf(value)), taken: 1 };
}

function kindOf(value: number | string | boolean): Kind {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'flag';
  if (!Number.isInteger(value)) return 'double';
  return Math.abs(value) <= maxInt ? 'int' : 'long';
}

/** Parameters behind service and instance, and what stands for the process's name. */
const processes: ReadonlyMap<string, { readonly count: number; readonly name: string }> = new Map([
  ['generateVirtualLocalProcess', { count: 2, name: 'UNKNOWN_LOCAL' }],
  ['generateVirtualRemoteProcess', { count: 3, name: 'UNKNOWN_REMOTE' }],
  ['generateVirtualProcess', { count: 3, name: '' }],
]);

function processRoot({ segments, at }: AccessNode, scope: Scope): Root {
  const [first] = segments;
  const known = [...processes.keys()].map((name) => `ProcessRegistry.${name}()`);
  const made = first?.type === 'method' ? processes.get(first.name) : undefined;
  if (first?.type !== 'method' || made === undefined) {
    const name = first?.type === 'method' || first?.type === 'field' ? `ProcessRegistry.${first.name}` : 'ProcessRegistry';
    throw unknownName('function', name, { at: first?.at ?? at, known });
  }
  if (first.args.length !== made.count) throw wrongCount(`ProcessRegistry.${first.name}`, made.count, first);
  scope.notes.add('there is no registry of processes: ProcessRegistry gives a text of its arguments');
  const args = first.args.map((arg) => scope.value(arg));
  const read = (run: RuleRun): Value => {
    const texts = args.map((arg) => textOf(arg.read(run) ?? '', arg.kind));
    return [...texts.slice(0, 2), ...(made.name === '' ? [] : [made.name]), ...texts.slice(2)].join(':');
  };
  return { value: { kind: 'text', read }, taken: 1 };
}

type CallNode = Extract<RootNode, { type: 'call' }>;
type Build = (call: CallNode, scope: Scope) => Compiled;

const functions: ReadonlyMap<string, Build> = new Map<string, Build>([
  ['tag', (call) => byKey(call, (key) => (run) => run.input.tag(key))],
  ['sourceAttribute', (call) => byKey(call, (key) => (run) => run.input.sourceAttribute(key))],
  ['toJson', (call, scope) => converted(call, scope, (value) => isMap(value))],
  ['toJsonArray', (call, scope) => converted(call, scope, (value) => Array.isArray(value))],
]);

function callRoot(call: CallNode, scope: Scope): Compiled {
  const build = functions.get(call.name);
  if (build === undefined) throw unknownName('function', `${call.name}()`, { at: call.at, known: [...functions.keys()].map((name) => `${name}()`) });
  return build(call, scope);
}

function byKey(call: CallNode, reader: (key: string) => (run: RuleRun) => string): Compiled {
  const key = rawText(call.args[0]);
  if (call.args.length === 1 && key !== undefined) return { kind: 'text', read: reader(key) };
  throw faultAt(lalErrors.METERLARK_LAL_ARGUMENTS, call.at, { function: call.name, reason: 'takes one quoted text', form: `${call.name}("key")` });
}

/** A map or list as it is, a text read as JSON; null when it is neither. */
function converted(call: CallNode, scope: Scope, fits: (value: unknown) => boolean): Compiled {
  const [arg] = call.args;
  if (arg === undefined || call.args.length > 1) throw wrongCount(call.name, 1, call);
  const { read } = scope.value(arg);
  return {
    kind: 'any',
    read: (run) => {
      const value = read(run);
      const found = typeof value === 'string' ? jsonValue(value) : value;
      return fits(found) ? found : undefined;
    },
  };
}

function wrongCount(name: string, count: number, { args, at }: { readonly args: readonly ExpressionNode[]; readonly at: Place }): Error {
  const form = `${name}(${['a', 'b', 'c'].slice(0, count).join(', ')})`;
  return faultAt(lalErrors.METERLARK_LAL_ARGUMENTS, at, { function: name, reason: `takes ${count} arguments, not ${args.length}`, form });
}
