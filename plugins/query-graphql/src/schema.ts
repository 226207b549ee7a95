import { buildSchema, GraphQLError, Kind, type GraphQLScalarType, type GraphQLSchema } from 'graphql';
import { sdl } from './sdl.js';

/** A Java long: a whole JSON number. Times in nanoseconds exceed 2^53 and lose their last digits, as in any JavaScript client. */
function toLong(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new GraphQLError('Long must be a whole number');
}

export function makeSchema(): GraphQLSchema {
  const schema = buildSchema(sdl);
  const long = schema.getType('Long') as GraphQLScalarType;
  long.serialize = toLong;
  long.parseValue = toLong;
  long.parseLiteral = (node) => {
    if (node.kind !== Kind.INT) throw new GraphQLError('Long must be a whole number', { nodes: node });
    return toLong(Number(node.value));
  };
  return schema;
}
