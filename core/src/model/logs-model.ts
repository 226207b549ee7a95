/** Stored logs, and the slowest of what was sampled. */
import type { RecordModel } from './record.js';

export const logsModel: RecordModel = {
  name: 'logs',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'service', type: 'word' },
    { name: 'instance', type: 'word' },
    { name: 'endpoint', type: 'word' },
    { name: 'layer', type: 'word' },
    { name: 'trace_id', type: 'text', lookedUp: true },
    /** 16 hex digits, or `<segment id>.<number>` of SkyWalking. */
    { name: 'span_id', type: 'text' },
    { name: 'severity', type: 'word' },
    /** text, json or yaml. */
    { name: 'content_type', type: 'word' },
    { name: 'body', type: 'text', searched: true },
    /** Those of the record and those that rules added; values as text. `level` is the severity unless a tag says otherwise. */
    { name: 'tags', type: 'textMap', lookedUp: true },
    /** Name of the logger. */
    { name: 'scope', type: 'word' },
    /** Attributes of the resource as JSON: the same text in most rows. */
    { name: 'resource', type: 'word' },
    /** Counts the rows of one writer, round and round: tells logs of one time apart, so that pages neither repeat nor skip any. */
    { name: 'sequence', type: 'integer' },
  ],
  sortBy: ['service', 'time'],
  lifetime: 'log',
};

/** Rows counted before `sequence` begins anew. */
export const logSequences = 4096;

/** What rules over logs sampled: slow statements and requests. */
export const topRecordsModel: RecordModel = {
  name: 'top_records',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    /** Name in queries: one of `topRecordLists` */
    { name: 'list', type: 'word' },
    /** Id of the service (or process relation) it belongs to. */
    { name: 'entity', type: 'word' },
    { name: 'id', type: 'text' },
    /** The statement, the URI. */
    { name: 'name', type: 'text' },
    /** ms. */
    { name: 'value', type: 'integer' },
    { name: 'trace_id', type: 'text' },
    /** More of it as JSON; "" for none. */
    { name: 'details', type: 'text' },
  ],
  sortBy: ['list', 'entity', 'time'],
  lifetime: 'log',
};

/** The lists by the name that queries know them by, and what each belongs to. */
export const topRecordLists: ReadonlyMap<string, 'Service' | 'ProcessRelation'> = new Map([
  ['top_n_database_statement', 'Service'],
  ['top_n_cache_read_command', 'Service'],
  ['top_n_cache_write_command', 'Service'],
  ['sampled_slow_trace_record', 'ProcessRelation'],
  ['sampled_status_4xx_trace_record', 'ProcessRelation'],
  ['sampled_status_5xx_trace_record', 'ProcessRelation'],
]);
