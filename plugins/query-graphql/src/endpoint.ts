/** POST /graphql: a request in, `{data, errors}` out. */
import { execute, GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { isMeterlarkError, jsonInTurns, type HttpRequest, type HttpResponse, type Logger } from '@meterlark/core';
import type { Documents } from './documents.js';
import { parseRequest, type GraphqlRequest } from './request.js';

export interface EndpointOptions {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  /** Braces, brackets and commas in a request's JSON. */
  readonly maxParts: number;
  /** Functions by field name of Query and Mutation, made for each request: some remember what it has asked for. */
  readonly fields: () => Readonly<Record<string, unknown>>;
  readonly logger: Logger;
}

interface ShownError {
  readonly message: string;
  readonly locations?: unknown;
  readonly path?: unknown;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

const internal = 'the server failed on this field; see its log';

export class GraphqlEndpoint {
  constructor(private readonly options: EndpointOptions) {}

  async handle(http: HttpRequest): Promise<HttpResponse> {
    let request: GraphqlRequest;
    try {
      request = parseRequest(http.body, this.options.maxParts);
    } catch (error) {
      if (!isMeterlarkError(error)) throw error;
      return respond(400, { errors: [{ message: error.message, extensions: { code: error.code, cure: error.cure } }] });
    }
    return respond(200, await this.answer(request));
  }

  private async answer({ query, variables, operationName }: GraphqlRequest) {
    const { schema, documents, fields } = this.options;
    const prepared = documents.prepare(query);
    if ('errors' in prepared) return { errors: prepared.errors.map((error) => this.shown(error)) };
    const result: ExecutionResult = await execute({
      schema,
      document: prepared.document,
      rootValue: fields(),
      variableValues: variables,
      operationName,
    });
    if (result.errors === undefined) return { data: result.data };
    const errors = result.errors.map((error) => this.shown(error));
    // Without data the request itself was wrong (e.g. its variables), and the protocol leaves `data` out.
    return result.data === undefined ? { errors } : { data: result.data, errors };
  }

  /** Our own errors and GraphQL's are meant to be read; what anything else says stays in the log. */
  private shown(error: GraphQLError): ShownError {
    const { locations, path, originalError } = error;
    const place = { ...(locations === undefined ? {} : { locations }), ...(path === undefined ? {} : { path }) };
    if (isMeterlarkError(originalError)) {
      const { message, code, cure } = originalError;
      return { message, ...place, extensions: { code, cure } };
    }
    if (originalError === undefined || originalError instanceof GraphQLError) return { message: error.message, ...place };
    this.options.logger.error('a GraphQL field failed', { path: path?.join('.'), error: originalError });
    return { message: internal, ...place };
  }
}

async function respond(status: number, body: unknown): Promise<HttpResponse> {
  return { status, headers: { 'content-type': 'application/json' }, body: await jsonInTurns(body) };
}
