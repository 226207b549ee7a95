/** From query text to a valid document, remembering the last ones: dashboards repeat their queries. */
import { GraphQLError, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { graphqlErrors } from './errors.js';
import { demandWithinLimits, tooLarge, type DocumentLimits } from './limits.js';

export interface DocumentOptions extends DocumentLimits {
  readonly schema: GraphQLSchema;
  readonly maxCached: number;
}

/** Names, arguments and punctuation of one field; a document of more tokens than this has more fields than allowed, or abuses them. */
const tokensPerField = 60;
/** Longer documents are not worth keeping. */
const maxCachedLength = 64 * 1024;
const maxErrors = 20;

export type Prepared = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

export class Documents {
  private readonly cache = new Map<string, DocumentNode>();

  constructor(private readonly options: DocumentOptions) {}

  get cached(): number {
    return this.cache.size;
  }

  prepare(text: string): Prepared {
    const known = this.cache.get(text);
    if (known !== undefined) {
      this.keep(text, known);
      return { document: known };
    }
    const { schema, maxDocumentLength } = this.options;
    if (text.length > maxDocumentLength) return refuse(tooLarge(`is longer than ${maxDocumentLength} characters`, 'maxDocumentLength'));
    try {
      const document = parse(text, { maxTokens: this.options.maxFields * tokensPerField, noLocation: text.length > maxCachedLength });
      demandWithinLimits(document, this.options);
      const errors = validate(schema, document, undefined, { maxErrors });
      if (errors.length > 0) return { errors: readable(errors) };
      this.keep(text, document);
      return { document };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      // The parser is recursive: what is nested too deep ends the stack.
      if (error instanceof RangeError) return refuse(tooLarge('is nested too deep', 'maxDepth'));
      throw error;
    }
  }

  /** The newest is last, so the first is the one unused for longest. */
  private keep(text: string, document: DocumentNode): void {
    if (text.length > maxCachedLength) return;
    this.cache.delete(text);
    this.cache.set(text, document);
    const oldest = this.cache.size > this.options.maxCached ? this.cache.keys().next().value : undefined;
    if (oldest !== undefined) this.cache.delete(oldest);
  }
}

function refuse(error: GraphQLError): Prepared {
  return { errors: [error] };
}

/**
 * Validation that gives up adds an error without a place in the document. It does so after `maxErrors`, where the others
 * tell enough, and when comparing equally named fields, each with each, takes over 500,000 steps, which says nothing.
 */
function readable(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  const placed = errors.filter(({ nodes }) => nodes !== undefined);
  if (placed.length > 0) return placed;
  const originalError = graphqlErrors.METERLARK_GRAPHQL_TOO_MANY_REPEATS();
  return [new GraphQLError(originalError.message, { originalError })];
}
