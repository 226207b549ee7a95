/** Which labels a closure can see or change, as far as its text says it. */
import type { Closure, ClosureExpression, Statement } from '../language/ast.js';

/** undefined: any, because the closure takes the labels as a whole, computes a name, or makes a map of its own. */
export function labelsTouchedBy(closure: Closure): ReadonlySet<string> | undefined {
  const tags = closure.parameters.at(-1);
  if (tags === undefined) return undefined;
  const search = new LabelSearch(tags);
  return search.statements(closure.body) ? search.touched : undefined;
}

/** Its methods are false where the text does not say it. */
class LabelSearch {
  readonly touched = new Set<string>();

  constructor(private readonly tags: string) {}

  statements(statements: readonly Statement[]): boolean {
    return statements.every((statement) => this.statement(statement));
  }

  private statement(statement: Statement): boolean {
    switch (statement.type) {
      case 'if':
        return (
          this.expression(statement.condition) && this.statements(statement.then) && this.statements(statement.else)
        );
      case 'return':
        return statement.value === undefined || this.expression(statement.value);
      case 'declare':
        return statement.name !== this.tags && this.expression(statement.value);
      case 'assign':
        return this.expression(statement.target) && this.expression(statement.value);
      case 'expression':
        return this.expression(statement.value);
    }
  }

  private all(nodes: readonly ClosureExpression[]): boolean {
    return nodes.every((node) => this.expression(node));
  }

  private expression(node: ClosureExpression): boolean {
    switch (node.type) {
      case 'literal':
        return true;
      case 'name':
        return node.name !== this.tags;
      case 'list':
        return this.all(node.items);
      case 'map':
        return false;
      case 'not':
      case 'minus':
        return this.expression(node.operand);
      case 'binary':
        return this.all([node.left, node.right]);
      case 'match':
        return this.expression(node.subject);
      case 'choice':
        return this.all([node.condition, node.then, node.else]);
      case 'elvis':
        return this.all([node.value, node.otherwise]);
      case 'field':
        return this.isTags(node.target) ? this.touch(node.name) : this.expression(node.target);
      case 'index':
        return this.element(node);
      case 'method':
        return this.all([node.target, ...node.args]);
    }
  }

  private element({ target, index }: Extract<ClosureExpression, { type: 'index' }>): boolean {
    if (!this.isTags(target)) return this.all([target, index]);
    return index.type === 'literal' && this.touch(String(index.value));
  }

  private isTags(node: ClosureExpression): boolean {
    return node.type === 'name' && node.name === this.tags;
  }

  private touch(label: string): true {
    this.touched.add(label);
    return true;
  }
}
