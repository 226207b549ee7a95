/** Conditions on spans as what the server is asked. Each may leave too much, never too little: the reader looks at every row again. */
import type { RecordCondition, RecordModel } from '@meterlark/core';
import type { Cell, Criteria } from '../connection/client.js';
import { prefixColumns, tenantCell, tenantTag, wordCell } from './trace-spec.js';

/** Series are written out in full, see the trap at Criteria: so many at most. */
const mostSeries = 64;

type InList = RecordCondition & { readonly is: 'in'; readonly values: readonly unknown[] };

export interface TraceQuestion {
  /** Ids of the traces, each once; undefined: those of the series. */
  readonly traceIds: readonly string[] | undefined;
  readonly series: Criteria;
  /** A span of a trace that was found is wanted only when these tags have one of these values: most are of other services. */
  readonly tags: readonly TagValues[];
}

interface TagValues {
  readonly name: string;
  readonly values: ReadonlySet<Cell>;
  /** What a missing value is. */
  readonly empty: Cell;
}

/** undefined: no row meets the conditions. */
export function traceQuestion(model: RecordModel, tenant: string, where: readonly RecordCondition[]): TraceQuestion | undefined {
  const lists = where.filter((condition): condition is InList => condition.is === 'in' && condition.key === undefined);
  const tags: TagValues[] = [];
  for (const { name, type } of prefixColumns(model)) {
    const list = lists.find(({ column }) => column === name);
    if (list === undefined) continue;
    const values = new Set<Cell>(type === 'word' ? texts(list).map(wordCell) : list.values.filter((value) => typeof value === 'boolean').map(Number));
    if (values.size === 0) return undefined;
    tags.push({ name, values, empty: type === 'word' ? '' : 0 });
  }
  const ids = lists.find(({ column }) => column === model.traceId);
  const traceIds = ids === undefined ? undefined : [...new Set(texts(ids))];
  if (traceIds?.length === 0) return undefined;
  return { traceIds, series: seriesOf(tenant, tags), tags };
}

function texts({ values }: InList): string[] {
  return values.filter((value) => typeof value === 'string').map((value) => value.toWellFormed());
}

function seriesOf(tenant: string, tags: readonly TagValues[]): Criteria {
  let series: Criteria[][] = [[{ is: 'equal', tag: tenantTag, value: tenantCell(tenant) }]];
  for (const { name, values } of tags) {
    // A tag that is left open matches all.
    if (values.size * series.length > mostSeries) continue;
    series = series.flatMap((one) => [...values].map((value): Criteria[] => [...one, { is: 'equal', tag: name, value: value as string | number }]));
  }
  return joined('anyOf', series.map((one) => joined('allOf', one)));
}

function joined(is: 'allOf' | 'anyOf', of: readonly Criteria[]): Criteria {
  return of.length === 1 ? of[0]! : { is, of };
}
