/** The body of POST /graphql. */
import { countJsonParts, isRecord } from '@meterlark/core';
import { graphqlErrors } from './errors.js';

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
}

function refuse(reason: string, cause?: unknown): Error {
  return graphqlErrors.METERLARK_GRAPHQL_BAD_REQUEST({ reason }, cause);
}

/** `maxParts`: braces, brackets and commas outside of texts, counted before anything is made of them. */
export function parseRequest(body: Buffer, maxParts: number): GraphqlRequest {
  if (countJsonParts(body, { objects: maxParts, parts: maxParts }).parts > maxParts) {
    throw graphqlErrors.METERLARK_GRAPHQL_TOO_LARGE({ reason: `has variables of more than ${maxParts} values`, setting: 'maxFields' });
  }
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
