/** Stored spans. */
import type { RecordModel } from './record.js';

export const spansModel: RecordModel = {
  name: 'spans',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'trace_id', type: 'text', lookedUp: true },
    { name: 'span_id', type: 'text' },
    { name: 'parent_span_id', type: 'text' },
    { name: 'trace_state', type: 'word' },
    { name: 'service', type: 'word' },
    { name: 'instance', type: 'word' },
    { name: 'layer', type: 'word' },
    { name: 'name', type: 'word' },
    { name: 'kind', type: 'word' },
    /** A span by which a request enters a service: what lists of traces show. */
    { name: 'entry', type: 'flag' },
    { name: 'duration_ns', type: 'integer' },
    { name: 'status', type: 'word' },
    { name: 'status_message', type: 'text' },
    { name: 'peer', type: 'word' },
    { name: 'protocol', type: 'word' },
    { name: 'scope', type: 'word' },
    { name: 'scope_version', type: 'word' },
    /** Attributes of resource and scope as JSON: the same text in most rows. */
    { name: 'resource', type: 'word' },
    { name: 'scope_attributes', type: 'word' },
    /** Text, flags (`true`), arrays, maps and bytes (JSON, base64), and whole numbers beyond ±2^53. */
    { name: 'attributes', type: 'textMap' },
    { name: 'numbers', type: 'numberMap' },
    /** JSON; "" when there are none. Shapes: StoredEvent[], StoredLink[], SegmentSpan. */
    { name: 'events', type: 'text' },
    { name: 'links', type: 'text' },
    { name: 'segment', type: 'text' },
  ],
  sortBy: ['service', 'time'],
  lifetime: 'trace',
  traceId: 'trace_id',
};

export type StoredAttributes = Readonly<Record<string, string | number>>;
export interface StoredEvent {
  readonly timeUs: number;
  readonly name: string;
  readonly attributes: StoredAttributes;
}
export interface StoredLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: StoredAttributes;
}

/** Values that were seen, for autocompletion and name lists: at most one row an hour for each. */
export const facetsModel: RecordModel = {
  name: 'facets',
  columns: [
    { name: 'tenant', type: 'word' },
    /** Start of the hour. */
    { name: 'time', type: 'time' },
    /** Which list: `trace_tag`, `zipkin_tag`, `span_name`, `remote_service`, … */
    { name: 'list', type: 'word' },
    /** A tag's key, or the service that a name belongs to. */
    { name: 'key', type: 'word' },
    { name: 'value', type: 'text' },
    { name: 'revision', type: 'integer' },
  ],
  sortBy: ['list', 'key'],
  key: ['time', 'list', 'key', 'value'],
  lifetime: 'trace',
};
