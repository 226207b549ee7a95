/** Stored model calls (facts) and their content. */
import type { RecordModel } from './record.js';

const cost = ['input', 'cache_read', 'cache_write', 'output', 'reasoning', 'audio', 'total'];
const tokens = ['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output', 'reasoning', 'audio_input', 'audio_output'];

export const callsModel: RecordModel = {
  name: 'model_calls',
  columns: [
    { name: 'tenant', type: 'word' },
    /** Start of the call. */
    { name: 'time', type: 'time' },
    { name: 'id', type: 'text', lookedUp: true },
    { name: 'trace_id', type: 'text', lookedUp: true },
    { name: 'span_id', type: 'text' },
    { name: 'revision', type: 'integer' },
    { name: 'duration_ms', type: 'decimal' },
    { name: 'protocol', type: 'word' },
    { name: 'dialect', type: 'word' },
    { name: 'service', type: 'word' },
    { name: 'instance', type: 'word' },
    { name: 'user', type: 'word' },
    { name: 'session', type: 'word' },
    { name: 'team', type: 'word' },
    { name: 'dimensions', type: 'textMap' },
    { name: 'gateway', type: 'word' },
    { name: 'route', type: 'word' },
    { name: 'provider', type: 'word' },
    { name: 'model', type: 'word' },
    { name: 'request_model', type: 'word' },
    { name: 'response_model', type: 'word' },
    { name: 'operation', type: 'word' },
    /** "true", "false" or "" when nobody said. */
    { name: 'streaming', type: 'word' },
    { name: 'finish_reason', type: 'word' },
    { name: 'status', type: 'word' },
    { name: 'error_type', type: 'word' },
    { name: 'end_state', type: 'word' },
    ...tokens.map((name) => ({ name: `${name}_tokens`, type: 'integer', optional: true }) as const),
    { name: 'ttft_ms', type: 'decimal', optional: true },
    { name: 'tpot_ms', type: 'decimal', optional: true },
    { name: 'service_tier', type: 'word' },
    { name: 'server_address', type: 'word' },
    /** Picodollars. */
    ...cost.map((name) => ({ name: `${name}_cost`, type: 'integer', optional: true }) as const),
    { name: 'cost_source', type: 'word' },
    { name: 'price_version', type: 'word' },
    { name: 'tier', type: 'word' },
    { name: 'request_id', type: 'text', lookedUp: true },
  ],
  sortBy: ['provider', 'model', 'time'],
  key: ['time', 'provider', 'model', 'id'],
  lifetime: 'call',
};

/** Prompts, completions and tool arguments; written only when asked for, after masking. */
export const contentModel: RecordModel = {
  name: 'model_call_content',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'trace_id', type: 'text', lookedUp: true },
    { name: 'span_id', type: 'text' },
    /** Attribute key to its text. */
    { name: 'parts', type: 'textMap' },
  ],
  sortBy: ['time'],
  lifetime: 'content',
};
