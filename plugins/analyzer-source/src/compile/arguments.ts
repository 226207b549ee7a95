/** Takes the arguments of a function one by one; the first that does not fit is a fault with the form to write. */
import { oalErrors } from '../errors.js';
import type { ColumnDefinition } from '../catalog/define.js';
import { isValue } from '../catalog/catalog.js';
import { located, type ArgumentNode, type RuleNode } from '../language/ast.js';
import type { ColumnUse, Condition } from '../plan.js';
import { findColumn, isNumber, typeText, useOf, type Scope } from './columns.js';
import { compileCondition } from './conditions.js';

/** Thrown when faults were added and the function cannot be compiled. */
export class Unfit extends Error {}

export interface NumberColumn {
  readonly use: ColumnUse;
  readonly column: ColumnDefinition;
}

export class Arguments {
  private next = 0;

  constructor(
    private readonly rule: RuleNode,
    private readonly scope: Scope,
    private readonly form: string,
  ) {}

  /** The column of from(…). */
  value(): NumberColumn {
    const { column: node, function: name, functionAt } = this.rule;
    const column = node === undefined ? undefined : findColumn(node, this.scope);
    if (node !== undefined && column === undefined) throw new Unfit();
    if (node !== undefined && column !== undefined && isNumber(column, node.cast)) return { use: useOf(column, node.cast), column };
    const found = column === undefined ? '*' : `${column.name}, which is ${typeText(column)}`;
    const at = located(node?.at ?? functionAt);
    throw this.unfit(oalErrors.METERLARK_OAL_VALUE({ ...at, function: name, found, source: this.scope.source.name }));
  }

  /** A whole number from 1 to `most`. */
  whole(what: string, most: number): number {
    const argument = this.take(what);
    const literal = argument.type === 'literal' ? argument.literal : undefined;
    if (literal?.type === 'number' && Number.isInteger(literal.value) && literal.value >= 1 && literal.value <= most) return literal.value;
    return this.refuse(argument, `needs a whole number from 1 to ${most} for ${what}`);
  }

  number(what: string): NumberColumn {
    const { column, argument } = this.columnOf(what);
    const cast = argument.column.cast;
    if (isNumber(column, cast)) return { use: useOf(column, cast), column };
    return this.refuse(argument, `needs a number for ${what}, and ${column.name} is ${typeText(column)}`);
  }

  flag(what: string): ColumnUse {
    const { column, argument } = this.columnOf(what);
    if (column.type === 'flag') return useOf(column);
    return this.refuse(argument, `needs a column of true or false for ${what}, and ${column.name} is ${typeText(column)}`);
  }

  label(what: string): ColumnUse {
    const { column, argument } = this.columnOf(what);
    if (isValue(column)) return useOf(column);
    return this.refuse(argument, `needs one value for ${what}, and ${column.name} is ${typeText(column)}`);
  }

  /** Columns up to the `others` last ones, at least one, each once. */
  labels(others: number): readonly ColumnUse[] {
    const found = [this.label('a label')];
    while (this.columnsLeft() > others) found.push(this.label('a label'));
    const repeated = found.find(({ name }, index) => found.findIndex((other) => other.name === name) < index);
    return repeated === undefined ? found : this.refuse(this.rule.args[0], `names the label ${repeated.name} twice`);
  }

  condition(what: string): Condition {
    const argument = this.take(what);
    if (argument.type !== 'condition') return this.refuse(argument, `needs a comparison for ${what}`);
    const condition = compileCondition(argument.condition, this.scope);
    if (condition === undefined) throw new Unfit();
    return condition;
  }

  nextIs(type: ArgumentNode['type']): boolean {
    return this.rule.args[this.next]?.type === type;
  }

  done(): void {
    const extra = this.rule.args[this.next];
    if (extra !== undefined) this.refuse(extra, `takes ${this.next === 0 ? 'nothing' : `no more than ${this.next}`} in parentheses`);
  }

  private columnsLeft(): number {
    const rest = this.rule.args.slice(this.next);
    const end = rest.findIndex(({ type }) => type !== 'column');
    return end < 0 ? rest.length : end;
  }

  private columnOf(what: string): { readonly column: ColumnDefinition; readonly argument: Extract<ArgumentNode, { type: 'column' }> } {
    const argument = this.take(what);
    if (argument.type !== 'column') return this.refuse(argument, `needs a column for ${what}`);
    const column = findColumn(argument.column, this.scope);
    if (column === undefined) throw new Unfit();
    return { column, argument };
  }

  private take(what: string): ArgumentNode {
    const argument = this.rule.args[this.next];
    if (argument === undefined) return this.refuse(undefined, `needs ${what}`);
    this.next += 1;
    return argument;
  }

  private refuse(argument: ArgumentNode | undefined, reason: string): never {
    const at = located(argument?.at ?? this.rule.functionAt);
    throw this.unfit(oalErrors.METERLARK_OAL_ARGUMENTS({ ...at, function: this.rule.function, reason, form: this.form }));
  }

  private unfit(fault: Scope['faults'][number]): Unfit {
    this.scope.faults.push(fault);
    return new Unfit();
  }
}
