import type { Expression, MetricNode, TopNode } from './ast.js';

/** What an expression reads from storage. */
export type Need =
  | { readonly use: 'series'; readonly node: MetricNode; /** Points before the first, for trends. */ readonly extra: number }
  | { readonly use: 'baseline'; readonly node: MetricNode }
  | { readonly use: 'top'; readonly node: TopNode };

/** Longest trend range; one more reading of a week of minutes. */
export const maxTrendRange = 10_080;

/** Everything the expression will read, in the order it is written. */
export function needsOf(root: Expression): readonly Need[] {
  const needs: Need[] = [];
  const waiting: Expression[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const need = needOf(node);
    if (need !== undefined) needs.push(need);
    waiting.push(...childrenOf(node));
  }
  return needs;
}

function needOf(node: Expression): Need | undefined {
  switch (node.kind) {
    case 'metric':
      return { use: 'series', node, extra: 0 };
    case 'trend':
      return isTrendRange(node.range) ? { use: 'series', node: node.metric, extra: node.range } : undefined;
    case 'baseline':
      return { use: 'baseline', node: node.metric };
    case 'top':
      return { use: 'top', node };
    default:
      return undefined;
  }
}

export function isTrendRange(range: number): boolean {
  return range >= 1 && range <= maxTrendRange;
}

function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'arithmetic':
    case 'comparison':
    case 'logic':
      return [node.right, node.left];
    case 'parentheses':
    case 'aggregation':
    case 'math':
    case 'round':
    case 'sortValues':
    case 'sortLabelValues':
      return [node.of];
    case 'relabels':
    case 'aggregateLabels':
      return [node.of.node];
    case 'viewAsSeq':
    case 'isPresent':
    case 'topOf':
      return [...node.of].reverse();
    case 'metric':
    case 'scalar':
    case 'top':
    case 'trend':
    case 'baseline':
      return [];
  }
}
