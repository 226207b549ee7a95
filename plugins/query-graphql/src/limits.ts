/** What a document may cost, measured on its syntax before anything looks at it closely. */
import { GraphQLError, Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import { graphqlErrors } from './errors.js';

export interface DocumentLimits {
  /** Characters. */
  readonly maxDocumentLength: number;
  /** Levels of nested fields. */
  readonly maxDepth: number;
  /** Selected fields, those of a fragment once per use; costly ones count for several. */
  readonly maxFields: number;
}

interface Cost {
  readonly fields: number;
  readonly depth: number;
  /** Asks for the trace of a model call. */
  readonly trace: boolean;
  /** Asks for it below the calls of a trace, which would go around without end. */
  readonly circle: boolean;
}

const listWeight = 10;
const searchWeight = 50;

/** Fields that read many rows, or search by an expression. All others are 1: dashboards ask hundreds of `execExpression` at once. */
const weights: ReadonlyMap<string, number> = new Map([
  ...[
    ...['listLayers', 'listServices', 'listInstances', 'listInstancesByName', 'findEndpoint', 'findEndpointByName'],
    ...['queryBasicTraces', 'queryBasicTracesByName', 'queryTraceTagAutocompleteKeys', 'queryTraceTagAutocompleteValues'],
    ...['queryLogs', 'queryLogsByName', 'queryLogTagAutocompleteKeys', 'queryLogTagAutocompleteValues', 'modelCall', 'readRecords', 'test'],
    ...['queryModelCalls', 'modelCallBreakdown', 'unpricedModels', 'modelCalls', 'content', 'signalCoverage'],
    ...['getAllServices', 'searchServices', 'getServiceInstances', 'searchEndpoint', 'getAllDatabases'],
  ].map((name) => [name, listWeight] as const),
  ...['listMetrics', 'queryTrace', 'queryTraces', 'trace'].map((name) => [name, searchWeight] as const),
]);

const nothing: Cost = { fields: 0, depth: 0, trace: false, circle: false };

class Meter {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  /** A fragment costs the same at every use, so each is measured once; the placeholder ends a circle, which validation refuses. */
  private readonly measured = new Map<string, Cost>();

  constructor(document: DocumentNode) {
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node);
    }
  }

  selection(set: SelectionSetNode | undefined): Cost {
    return (set?.selections ?? []).reduce((all, node) => sum(all, this.costOf(node)), nothing);
  }

  private costOf(node: SelectionSetNode['selections'][number]): Cost {
    switch (node.kind) {
      case Kind.FIELD: {
        return fieldCost(node.name.value, this.selection(node.selectionSet));
      }
      case Kind.INLINE_FRAGMENT:
        return this.selection(node.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return this.fragment(node.name.value);
    }
  }

  private fragment(name: string): Cost {
    const known = this.measured.get(name);
    if (known !== undefined) return known;
    this.measured.set(name, nothing);
    const cost = this.selection(this.fragments.get(name)?.selectionSet);
    this.measured.set(name, cost);
    return cost;
  }
}

function sum(left: Cost, right: Cost): Cost {
  return {
    fields: left.fields + right.fields,
    depth: Math.max(left.depth, right.depth),
    trace: left.trace || right.trace,
    circle: left.circle || right.circle,
  };
}

/** Only model calls have a field `trace` with fields of its own, and only traces have `modelCalls`. */
function fieldCost(name: string, inner: Cost): Cost {
  return {
    fields: inner.fields + (weights.get(name) ?? 1),
    depth: inner.depth + 1,
    trace: inner.trace || name === 'trace',
    circle: inner.circle || (name === 'modelCalls' && inner.trace),
  };
}

export function tooLarge(reason: string, setting: keyof DocumentLimits): GraphQLError {
  const originalError = graphqlErrors.METERLARK_GRAPHQL_TOO_LARGE({ reason, setting });
  return new GraphQLError(originalError.message, { originalError });
}

/** Throws the GraphQLError to answer with. All operations and fragments of the document count, because all are validated. */
export function demandWithinLimits(document: DocumentNode, limits: DocumentLimits): void {
  const meter = new Meter(document);
  let fields = 0;
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const cost = meter.selection(node.selectionSet);
    fields += cost.fields;
    if (cost.circle) throw circle();
    if (cost.depth > limits.maxDepth) throw tooLarge(`is nested more than ${limits.maxDepth} levels deep`, 'maxDepth');
    if (fields > limits.maxFields) throw tooLarge(tooManyFields(limits.maxFields), 'maxFields');
  }
}

function circle(): GraphQLError {
  const originalError = graphqlErrors.METERLARK_GRAPHQL_TRACE_CIRCLE();
  return new GraphQLError(originalError.message, { originalError });
}

function tooManyFields(limit: number): string {
  return `selects more than ${limit} fields (a list counts ${listWeight}, listMetrics and whole traces ${searchWeight})`;
}
