/** The body of POST /graphql. */
import { graphqlErrors } from './errors.js';

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(reason: string, cause?: unknown): Error {
  return graphqlErrors.METERLARK_GRAPHQL_BAD_REQUEST({ reason }, cause);
}

export function parseRequest(body: Buffer): GraphqlRequest {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw refuse('it is not JSON', error);
  }
  if (!isRecord(value)) throw refuse('it is not a JSON object');
  const { query, variables, operationName } = value;
  if (typeof query !== 'string' || query.trim() === '') throw refuse('it has no query');
  if (variables !== undefined && variables !== null && !isRecord(variables)) throw refuse('variables is not an object');
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') throw refuse('operationName is not a text');
  return { query, variables: variables ?? undefined, operationName: given(operationName) };
}

function given(name: string | null | undefined): string | undefined {
  return name === '' || name === null ? undefined : name;
}
