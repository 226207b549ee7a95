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
import type { GroupMeasure, RecordCondition, RecordSelection } from '../../model/record-query.js';
import { queryErrors } from '../errors.js';
import { columnOf, conditionsOf, isField, measures } from './call-fields.js';

/** Every time that a row may have. */
const always = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };

/** Groups, or buckets of them, that one breakdown may have. */
const maxGroups = 50_000;

const orderColumns: Readonly<Record<CallOrder, string>> = { time: 'time', cost: 'total_cost', duration: 'duration_ms' };

export class RecordCallQuery implements CallQuery {
  constructor(private readonly reader: RecordReader) {}

  async calls(condition: CallCondition, { orderBy, descending, limit, offset }: CallPage): Promise<readonly ModelCall[]> {
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
    if (rows.length === 0) await this.demandKnown(condition.tenant, Object.keys(condition.equals));
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
    const { condition, groupBy, bucketUs } = request;
    const rows = bucketUs === undefined ? await this.ranked(request) : await this.overTime(request, bucketUs);
    const empty = groupBy.filter((_, place) => rows.every(({ groups }) => groups[place] === ''));
    await this.demandKnown(condition.tenant, rows.length === 0 ? [...groupBy, ...Object.keys(condition.equals)] : empty);
    return rows;
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
      inputTokens: input === undefined ? undefined : Number(input),
      outputTokens: output === undefined ? undefined : Number(output),
      lastSeenUs: Number(last ?? 0),
    }));
  }

  /** Groups with the greatest first measure. One that is made of several answers of the store is ranked here. */
  private async ranked(request: BreakdownRequest): Promise<readonly BreakdownRow[]> {
    const [first] = request.measures;
    if (first === undefined || measures[first].asks.length === 1) return this.groups(request, request.limit);
    const rows = await this.all(request);
    return [...rows].sort((left, right) => Number(right.values[0] ?? -Infinity) - Number(left.values[0] ?? -Infinity)).slice(0, request.limit);
  }

  /** Every bucket of the groups that are the greatest over the whole time. */
  private async overTime(request: BreakdownRequest, bucketUs: number): Promise<readonly BreakdownRow[]> {
    const rows = await this.all(request, bucketUs);
    if (request.groupBy.length === 0) return rows;
    const kept = new Set((await this.ranked(request)).map(({ groups }) => JSON.stringify(groups)));
    return rows.filter(({ groups }) => kept.has(JSON.stringify(groups)));
  }

  private async all(request: BreakdownRequest, bucketUs?: number): Promise<readonly BreakdownRow[]> {
    const rows = await this.groups(request, maxGroups + 1, bucketUs);
    if (rows.length > maxGroups) throw queryErrors.METERLARK_QUERY_TOO_MANY_GROUPS({ limit: maxGroups });
    return rows;
  }

  private async groups({ condition, groupBy, measures: names }: BreakdownRequest, limit: number, bucketUs?: number): Promise<readonly BreakdownRow[]> {
    const plans = names.map((name) => measures[name]);
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

  /** A misspelt name would answer one nameless group, or nothing: a name without any value is looked for in all stored calls. */
  private async demandKnown(tenant: string, names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (isField(name) || (await this.hasAny(tenant, [{ ...columnOf(name), is: 'present' }]))) continue;
      // Without any call no name can be told right from wrong.
      if (!(await this.hasAny(tenant, []))) return;
      throw queryErrors.METERLARK_QUERY_UNKNOWN_FIELD({ name, known: callFields.join(', ') });
    }
  }

  private async hasAny(tenant: string, where: readonly RecordCondition[]): Promise<boolean> {
    const rows = await this.reader.rows({ model: callsModel, tenant, ...always, where, columns: ['id'], orderBy: [], limit: 1, offset: 0 });
    return rows.length > 0;
  }
}

function selectionOf(condition: CallCondition): RecordSelection {
  const { tenant, fromUs, toUs } = condition;
  return { model: callsModel, tenant, fromUs, toUs, where: conditionsOf(condition) };
}
