/** `top_n` over what rules sampled: the slowest (or quickest) statements and requests. */
import type { ExpressionRequest } from '../contract/query.js';
import type { RecordReader } from '../contract/storage.js';
import type { EntityScope } from '../model/entity.js';
import { topRecordsModel } from '../model/logs-model.js';
import type { RecordCondition } from '../model/record-query.js';
import { metricEntityId } from './entity-id.js';
import type { TopNode } from './mqe/ast.js';
import { failure, outcome, type Outcome } from './mqe/outcome.js';
import type { Points } from './points.js';
import { maxRanked } from './top.js';

export interface TopRecordsRequest {
  readonly request: ExpressionRequest;
  readonly points: Points;
  readonly node: TopNode;
  readonly scope: EntityScope;
}

export class TopRecords {
  constructor(private readonly reader: RecordReader) {}

  async rank({ request, points, node, scope }: TopRecordsRequest): Promise<Outcome> {
    const { metric: { name }, limit, order } = node;
    if (limit <= 0) return failure('TopN value must be > 0.');
    const where: RecordCondition[] = [{ column: 'list', is: 'in', values: [name] }];
    const isGlobal = (request.entity.serviceName ?? '') === '';
    const entity = isGlobal ? undefined : metricEntityId(scope, request.entity);
    if (!isGlobal) where.push({ column: 'entity', is: 'in', values: entity === undefined ? [] : [entity] });
    const rows = await this.reader.rows({
      model: topRecordsModel, tenant: request.tenant, where, columns: ['name', 'value', 'trace_id'],
      fromUs: points.startMs * 1000, toUs: (points.startMs + points.count * points.lengthMs) * 1000,
      orderBy: [{ column: 'value', descending: order === 'des' }, { column: 'time', descending: true }], limit: Math.min(limit, maxRanked), offset: 0,
    });
    const values = rows.map((row) => ({
      id: row['name'] as string,
      value: row['value'] as number,
      owner: undefined,
      traceId: row['trace_id'] === '' ? undefined : (row['trace_id'] as string),
    }));
    return outcome('RECORD_LIST', [{ labels: [], values }]);
  }
}
