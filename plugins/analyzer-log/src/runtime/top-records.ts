/** Slow statements and sampled traces: what rules made of logs, as rows of `top_records`. */
import { boundedName, boundedText, isNormalLayer, serviceId, type CutEvents, type RecordAppender, type RecordValue } from '@meterlark/core';
import type { OutputType, RuleOutcome } from '../plan.js';
import type { Admission, TopLists } from './top-lists.js';

/** The log as its rule leaves it. */
export interface SampledLog {
  readonly tenant: string;
  readonly timeUs: number;
  readonly service: string;
  readonly instance: string;
  /** "" when neither sender nor rule said. */
  readonly layer: string;
  readonly traceId: string;
}

export interface TopRecord {
  /** Name in queries. */
  readonly list: string;
  readonly entity: string;
  readonly id: string;
  readonly name: string;
  readonly value: number;
  /** JSON; "" for none. */
  readonly details: string;
}

export const statementList = 'top_n_database_statement';
/** Services of databases are conjectured ones unless somebody says otherwise. */
const statementLayer = 'VIRTUAL_DATABASE';
const traceLists: Readonly<Record<string, string>> = {
  SLOW: 'sampled_slow_trace_record',
  STATUS_4XX: 'sampled_status_4xx_trace_record',
  STATUS_5XX: 'sampled_status_5xx_trace_record',
};

type Fields = RuleOutcome['fields'];

/** undefined when it lacks what makes it one, as a log does that is about something else. */
export function topRecordOf(type: OutputType, fields: Fields, log: SampledLog): TopRecord | undefined {
  return type === 'SlowSQL' ? slowStatement(fields, log) : sampledTrace(fields, log);
}

function slowStatement(fields: Fields, { service, layer }: SampledLog): TopRecord | undefined {
  const id = textOf(fields['id']);
  const statement = textOf(fields['statement']);
  const latency = wholeOf(fields['latency']);
  if (id === '' || statement === '' || latency === undefined || latency < 1) return undefined;
  const normal = isNormalLayer(layer === '' ? statementLayer : layer);
  return { list: statementList, entity: serviceId({ name: service, normal }), id, name: statement, value: latency, details: '' };
}

function sampledTrace(fields: Fields, { service, instance, layer, traceId }: SampledLog): TopRecord | undefined {
  const reason = textOf(fields['reason']).toUpperCase();
  const list = Object.hasOwn(traceLists, reason) ? traceLists[reason] : undefined;
  const latency = wholeOf(fields['latency']);
  const uri = textOf(fields['uri']);
  const [source, destination] = [textOf(fields['processId']), textOf(fields['destProcessId'])];
  const [componentId, detectPoint] = [wholeOf(fields['componentId']), textOf(fields['detectPoint']).toUpperCase()];
  if (list === undefined || traceId === '' || uri === '' || source === '' || destination === '') return undefined;
  if (latency === undefined || latency < 0 || componentId === undefined || componentId <= 0) return undefined;
  if (detectPoint !== 'CLIENT' && detectPoint !== 'SERVER') return undefined;
  const details = JSON.stringify({ service, instance, layer, reason, detectPoint, componentId });
  return { list, entity: `${source}-${destination}`, id: traceId, name: uri, value: latency, details };
}

function textOf(value: Fields[string]): string {
  return value === undefined ? '' : String(value);
}

function wholeOf(value: Fields[string]): number | undefined {
  if (value === undefined || value === '') return undefined;
  const number = Math.round(Number(value));
  return Number.isSafeInteger(number) ? number : undefined;
}

export class TopRecords {
  private readonly row: RecordValue[] = [];

  constructor(
    private readonly lists: TopLists,
    private readonly maxValueBytes: number,
    private readonly cuts: CutEvents,
  ) {}

  begin(nowMs: number, firstMs: number): void {
    this.lists.begin(nowMs, firstMs);
  }

  /** Only what is among the slowest of its list, entity and ten minutes is stored. */
  add(record: TopRecord, log: SampledLog, to: RecordAppender): Admission {
    const { cuts, row } = this;
    const entity = boundedName(record.entity, cuts.name);
    const admission = this.lists.admit(`${record.list} ${log.tenant}`, entity, record.value, log.timeUs / 1000);
    if (admission !== 'admitted') return admission;
    row[0] = log.tenant;
    row[1] = log.timeUs;
    row[2] = record.list;
    row[3] = entity;
    row[4] = boundedName(record.id, cuts.name);
    row[5] = boundedText(record.name, this.maxValueBytes, cuts.value);
    row[6] = record.value;
    row[7] = log.traceId;
    row[8] = record.details;
    to.append(row);
    return admission;
  }
}
