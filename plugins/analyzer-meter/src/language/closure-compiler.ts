/** Closures of rules become JavaScript closures over plain data; names and methods are checked before anything runs. */
import type { LinearPattern } from '@meterlark/core';
import { malErrors } from '../errors.js';
import type { Closure, ClosureExpression, ClosureMethod, Place, Statement } from './ast.js';
import { closureMethods } from './closure-methods.js';
import { operate, type Evaluate } from './closure-operators.js';
import {
  ClosureFailure,
  describe,
  elementOf,
  Matches,
  toNumber,
  toText,
  truthy,
  type ClosureMap,
  type ClosureValue,
} from './closure-values.js';
import { faultAt } from './fault.js';
import { compilePattern, matchesOf, maxSubjectLength, PatternSite } from './patterns.js';

/** `ProcessRegistry.generateVirtualLocalProcess(…)`: functions outside the language, by `Owner.name`. */
export type ClosureHost = ReadonlyMap<string, (args: readonly ClosureValue[]) => ClosureValue>;

/** Runs a closure; the value is that of `return` or of the last statement. Throws METERLARK_MAL_CLOSURE_VALUE. */
export type CompiledClosure = (args: readonly ClosureValue[]) => ClosureValue;

/** true: the closure has returned; its value is in `result`. */
type Run = (frame: Frame) => boolean;
interface Frame {
  readonly locals: ClosureMap;
  result: ClosureValue;
}

/** Throws METERLARK_MAL_CLOSURE or METERLARK_MAL_PATTERN. `parameters`: how many the caller will give. */
export function compileClosure(closure: Closure, parameters: number, host: ClosureHost): CompiledClosure {
  if (closure.parameters.length !== parameters) {
    const reason = `the closure has ${closure.parameters.length} parameters where ${parameters} are given`;
    throw faultAt(malErrors.METERLARK_MAL_CLOSURE, closure.at, { reason });
  }
  const run = new ClosureCompiler(host, new Set(closure.parameters)).block(closure.body);
  return (args) => {
    const frame: Frame = {
      locals: new Map(closure.parameters.map((name, index) => [name, args[index]])),
      result: undefined,
    };
    try {
      run(frame);
    } catch (error) {
      if (!(error instanceof ClosureFailure)) throw error;
      throw faultAt(malErrors.METERLARK_MAL_CLOSURE_VALUE, closure.at, { reason: error.message });
    }
    return frame.result;
  };
}

const patternMethods: ReadonlySet<string> = new Set(['split', 'replaceAll', 'replaceFirst', 'matches']);

class ClosureCompiler {
  constructor(
    private readonly host: ClosureHost,
    private readonly names: Set<string>,
  ) {}

  block(statements: readonly Statement[]): Run {
    const runs = statements.map((statement) => this.statement(statement));
    return (frame) => runs.some((run) => run(frame));
  }

  private statement(statement: Statement): Run {
    switch (statement.type) {
      case 'if':
        return this.branch(statement);
      case 'return':
        return this.leave(statement.value);
      case 'declare':
        return this.declare(statement.name, statement.value);
      case 'assign':
        return this.assign(statement);
      case 'expression':
        return this.evaluateOnly(statement.value);
    }
  }

  private branch(statement: Extract<Statement, { type: 'if' }>): Run {
    const condition = this.expression(statement.condition);
    const then = this.block(statement.then);
    const otherwise = this.block(statement.else);
    return (frame) => (truthy(condition(frame.locals)) ? then(frame) : otherwise(frame));
  }

  private leave(value: ClosureExpression | undefined): Run {
    const evaluate = value === undefined ? undefined : this.expression(value);
    return (frame) => {
      frame.result = evaluate?.(frame.locals);
      return true;
    };
  }

  private evaluateOnly(value: ClosureExpression): Run {
    const evaluate = this.expression(value);
    return (frame) => {
      frame.result = evaluate(frame.locals);
      return false;
    };
  }

  private declare(name: string, value: ClosureExpression): Run {
    const evaluate = this.expression(value);
    this.names.add(name);
    return (frame) => {
      frame.locals.set(name, evaluate(frame.locals));
      return false;
    };
  }

  private assign({ target, value, at }: Extract<Statement, { type: 'assign' }>): Run {
    if (target.type === 'name') return this.declare(this.known(target.name, target.at), value);
    const evaluate = this.expression(value);
    if (target.type !== 'field' && target.type !== 'index') {
      throw faultAt(malErrors.METERLARK_MAL_CLOSURE, at, {
        reason: 'only a name, a field or an element can be assigned',
      });
    }
    const owner = this.expression(target.target);
    const index: Evaluate = target.type === 'field' ? () => target.name : this.expression(target.index);
    return ({ locals }) => {
      const map = owner(locals);
      if (!(map instanceof Map)) throw new ClosureFailure(`${describe(map)} has no fields`);
      map.set(toText(index(locals)), evaluate(locals));
      return false;
    };
  }

  private expression(node: ClosureExpression): Evaluate {
    switch (node.type) {
      case 'literal':
        return () => node.value;
      case 'name':
        return this.name(node.name, node.at);
      case 'list':
      case 'map':
        return this.collection(node);
      case 'not':
      case 'minus':
        return this.signed(node.type, this.expression(node.operand));
      case 'binary':
        return operate(node.operator, this.expression(node.left), this.expression(node.right));
      case 'match':
        return this.match(
          this.expression(node.subject),
          compilePattern(node.pattern, node.at, { whole: false }),
        );
      case 'choice':
        return this.choice(this.expression(node.condition), this.expression(node.then), this.expression(node.else));
      case 'elvis':
        return this.elvis(this.expression(node.value), this.expression(node.otherwise));
      case 'field':
        return this.field(node);
      case 'index':
        return this.element(this.expression(node.target), this.expression(node.index));
      case 'method':
        return this.method(node);
    }
  }

  private known(name: string, at: Place): string {
    if (!this.names.has(name)) throw faultAt(malErrors.METERLARK_MAL_CLOSURE, at, { reason: `unknown name "${name}"` });
    return name;
  }

  private name(name: string, at: Place): Evaluate {
    this.known(name, at);
    return (locals) => locals.get(name);
  }

  private collection(node: Extract<ClosureExpression, { type: 'list' | 'map' }>): Evaluate {
    if (node.type === 'list') {
      const items = node.items.map((item) => this.expression(item));
      return (locals) => items.map((item) => item(locals));
    }
    const entries = node.entries.map(({ key, value }) => [this.expression(key), this.expression(value)] as const);
    return (locals) => new Map(entries.map(([key, value]) => [toText(key(locals)), value(locals)]));
  }

  private signed(sign: 'not' | 'minus', operand: Evaluate): Evaluate {
    return sign === 'not' ? (locals) => !truthy(operand(locals)) : (locals) => -toNumber(operand(locals));
  }

  private choice(condition: Evaluate, then: Evaluate, otherwise: Evaluate): Evaluate {
    return (locals) => (truthy(condition(locals)) ? then(locals) : otherwise(locals));
  }

  private elvis(value: Evaluate, otherwise: Evaluate): Evaluate {
    return (locals) => {
      const found = value(locals);
      return truthy(found) ? found : otherwise(locals);
    };
  }

  private element(target: Evaluate, index: Evaluate): Evaluate {
    return (locals) => elementOf(target(locals), index(locals));
  }

  private match(subject: Evaluate, pattern: LinearPattern): Evaluate {
    return (locals) => {
      const text = toText(subject(locals));
      if (text.length > maxSubjectLength)
        throw new ClosureFailure(`a text of ${text.length} characters is too long for a pattern`);
      return new Matches(
        matchesOf(pattern, text).map(({ text: whole, groups }) => [whole, ...groups.map((group) => group ?? '')]),
      );
    };
  }

  private field(node: Extract<ClosureExpression, { type: 'field' }>): Evaluate {
    const target = this.expression(node.target);
    return (locals) => {
      const owner = target(locals);
      if (owner instanceof Map) return owner.get(node.name);
      if (owner === undefined && node.safe) return undefined;
      throw new ClosureFailure(`${describe(owner)} has no field "${node.name}"`);
    };
  }

  private method(node: ClosureMethod): Evaluate {
    const args = node.args.map((arg) => this.expression(arg));
    const outside =
      node.target.type === 'name' && !this.names.has(node.target.name)
        ? this.outside(node, node.target.name)
        : undefined;
    if (outside !== undefined) return (locals) => outside(args.map((arg) => arg(locals)));
    const definition = closureMethods.get(node.name);
    if (definition === undefined)
      throw faultAt(malErrors.METERLARK_MAL_CLOSURE, node.at, { reason: `unknown method ${node.name}()` });
    if (args.length < definition.min || args.length > definition.max) {
      throw faultAt(malErrors.METERLARK_MAL_CLOSURE, node.at, {
        reason: `${node.name}() does not take ${args.length} arguments`,
      });
    }
    this.checkPattern(node);
    const target = this.expression(node.target);
    const site = new PatternSite(node.at);
    return (locals) => {
      const owner = target(locals);
      if (owner === undefined && node.safe) return undefined;
      if (owner === undefined) throw new ClosureFailure(`${node.name}() was called on null`);
      return definition.call(owner, args.map((arg) => arg(locals)), site);
    };
  }

  /** A pattern that stands in the text is faulty now, not when the first sample comes. */
  private checkPattern({ name, args, at }: ClosureMethod): void {
    const [first] = args;
    if (!patternMethods.has(name) || first?.type !== 'literal' || typeof first.value !== 'string') return;
    compilePattern(first.value, at, { whole: name === 'matches' });
  }

  private outside(node: ClosureMethod, owner: string): (args: readonly ClosureValue[]) => ClosureValue {
    const found = this.host.get(`${owner}.${node.name}`);
    if (found === undefined)
      throw faultAt(malErrors.METERLARK_MAL_CLOSURE, node.target.at, { reason: `unknown name "${owner}"` });
    return found;
  }
}
