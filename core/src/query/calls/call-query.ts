/** Model calls, their content and breakdowns over the record contract. */
import {
  callFields,
  type BreakdownRequest,
  type BreakdownRow,
  type CallCondition,
  type CallContent,
  type CallOrder,
  type CallPage,
  type CallQuery,
  type UnpricedModel,
} from '../../contract/call-query.js';
import type { RecordReader } from '../../contract/storage.js';
import { callOf } from '../../model/call-record.js';
import { callsModel, contentModel } from '../../model/calls-model.js';
import type { ModelCall } from '../../model/model-call.js';
import type { GroupMeasure, RecordSelection } from '../../model/record-query.js';
import { queryErrors } from '../errors.js';
import { columnOf, conditionsOf, isField, measures } from './call-fields.js';

/** Every time that a row may have. */
const always = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };

const orderColumns: Readonly<Record<CallOrder, string>> = { time: 'time', cost: 'total_cost', duration: 'duration_ms' };

export class RecordCallQuery implements CallQuery {
  constructor(private readonly reader: RecordReader) {}

  async calls(condition: CallCondition, { orderBy, descending, limit, offset }: CallPage): Promise<readonly ModelCall[]> {
    await this.checkNames(condition, []);
    const byTime = { column: 'time', descending: true };
    const order = { column: orderColumns[orderBy], descending };
    // Calls of one time come in the same order on every page.
    const byId = { column: 'id', descending: false };
    const rows = await this.reader.rows({
      ...selectionOf(condition),
      orderBy: orderBy === 'time' ? [order, byId] : [order, byTime, byId],
      limit,
      offset,
    });
    return rows.map(callOf);
  }

  async call(tenant: string, id: string): Promise<ModelCall | undefined> {
    const where = [{ column: 'id', is: 'in' as const, values: [id] }];
    const rows = await this.reader.rows({ model: callsModel, tenant, ...always, where, orderBy: [], limit: 1, offset: 0 });
    return rows[0] === undefined ? undefined : callOf(rows[0]);
  }

  async content({ tenant, traceId, spanId, startUs }: ModelCall): Promise<readonly CallContent[]> {
    const where = [{ column: 'trace_id', values: [traceId] }, { column: 'span_id', values: [spanId] }].map((one) => ({ ...one, is: 'in' as const }));
    const rows = await this.reader.rows({
      model: contentModel, tenant, fromUs: startUs, toUs: startUs + 1, where, orderBy: [], limit: 1, offset: 0,
    });
    const parts = rows[0]?.['parts'];
    return typeof parts === 'object' ? Object.entries(parts).map(([key, text]) => ({ key, text: String(text) })) : [];
  }

  async breakdown(request: BreakdownRequest): Promise<readonly BreakdownRow[]> {
    const { condition, groupBy, bucketUs, limit } = request;
    await this.checkNames(condition, groupBy);
    const plans = request.measures.map((name) => measures[name]);
    const groups = await this.reader.groups({
      ...selectionOf(condition),
      by: groupBy.map(columnOf),
      measures: plans.flatMap(({ asks }) => asks),
      limit,
      ...(bucketUs === undefined ? {} : { bucketUs }),
      ...(bucketUs === undefined && plans.length > 0 ? { orderBy: { measure: 0, descending: true } } : {}),
    });
    return groups.map(({ by, bucketUs: start, measures: answers }) => {
      let place = 0;
      const values = plans.map(({ asks, value }) => value(answers.slice(place, (place += asks.length))));
      return { groups: by, bucketUs: bucketUs === undefined ? undefined : start, values };
    });
  }

  async unpriced(range: Pick<CallCondition, 'tenant' | 'fromUs' | 'toUs'>, limit: number): Promise<readonly UnpricedModel[]> {
    const asks: readonly GroupMeasure[] = [
      { of: 'count' }, { of: 'sum', column: 'input_tokens' }, { of: 'sum', column: 'output_tokens' }, { of: 'max', column: 'time' },
    ];
    const groups = await this.reader.groups({
      ...selectionOf({ ...range, equals: { costSource: ['unknown'] } }),
      by: [{ column: 'provider' }, { column: 'model' }],
      measures: asks,
      orderBy: { measure: 0, descending: true },
      limit,
    });
    return groups.map(({ by, measures: [calls, input, output, last] }) => ({
      provider: by[0] ?? '',
      model: by[1] ?? '',
      calls: Number(calls ?? 0),
      inputTokens: Number(input ?? 0),
      outputTokens: Number(output ?? 0),
      lastSeenUs: Number(last ?? 0),
    }));
  }

  /** A misspelt name would otherwise answer one nameless group, or nothing. */
  private async checkNames(condition: CallCondition, groupBy: readonly string[]): Promise<void> {
    const names = [...new Set([...groupBy, ...Object.keys(condition.equals)])].filter((name) => !isField(name));
    if (names.length === 0) return;
    const asks = names.map((name): GroupMeasure => ({ of: 'count', where: [{ ...columnOf(name), is: 'present' }] }));
    const { tenant, fromUs, toUs } = condition;
    const [all] = await this.reader.groups({ ...selectionOf({ tenant, fromUs, toUs, equals: {} }), by: [], measures: asks, limit: 1 });
    // Without any call in the range no name can be told right from wrong.
    const unknown = all === undefined ? undefined : names.find((_, index) => Number(all.measures[index] ?? 0) === 0);
    if (unknown !== undefined) throw queryErrors.METERLARK_QUERY_UNKNOWN_FIELD({ name: unknown, known: callFields.join(', ') });
  }
}

function selectionOf(condition: CallCondition): RecordSelection {
  const { tenant, fromUs, toUs } = condition;
  return { model: callsModel, tenant, fromUs, toUs, where: conditionsOf(condition) };
}
