/** Lists of sampled records, as clients older than MQE's `top_n` over them ask for them. */
import { topRecordLists, type ExpressionQuery } from '@meterlark/core';
import { parsePoints, type DurationInput } from './duration.js';
import { graphqlErrors } from './errors.js';
import { entityOf } from './metric-fields.js';

interface RecordArguments {
  readonly condition: { readonly name: string; readonly parentEntity: Readonly<Record<string, unknown>>; readonly topN: number; readonly order: 'ASC' | 'DES' };
  readonly duration: DurationInput;
}

const tenant = '';

export function recordFields(expressions: ExpressionQuery) {
  return {
    readRecords: async ({ condition: { name, parentEntity, topN, order }, duration }: RecordArguments) => {
      // The name becomes a part of an expression.
      if (!topRecordLists.has(name)) throw graphqlErrors.METERLARK_GRAPHQL_UNKNOWN_RECORDS({ name: name.slice(0, 60), known: [...topRecordLists.keys()].join(', ') });
      const expression = `top_n(${name},${topN},${order.toLowerCase()})`;
      const result = await expressions.evaluate({ tenant, expression, entity: entityOf(parentEntity), duration: parsePoints(duration) });
      if (result.error !== undefined) throw graphqlErrors.METERLARK_GRAPHQL_RECORDS({ reason: result.error });
      const values = result.results.flatMap((series) => series.values);
      return values.map(({ id, value, traceId }) => ({ name: id, id, value: String(value), refId: traceId }));
    },
  };
}
