/** Conditions on logs as conditions of records. */
import type { LogCondition } from '../../contract/log-query.js';
import type { TagCondition } from '../../contract/trace-query.js';
import type { RecordCondition } from '../../model/record-query.js';
import { traceIdSpellings } from '../../model/trace-id.js';

export function logConditions(condition: LogCondition): readonly RecordCondition[] {
  const { service, instance, endpoint, layer, traceId, tags, keywords, excludedKeywords } = condition;
  const equal = (column: string, value: string | undefined): RecordCondition[] => (value === undefined ? [] : [{ column, is: 'in', values: [value] }]);
  return [
    ...equal('service', service),
    ...equal('instance', instance),
    ...equal('endpoint', endpoint),
    ...equal('layer', layer),
    ...(traceId === undefined ? [] : [{ column: 'trace_id', is: 'in' as const, values: traceIdSpellings(traceId) }]),
    ...segmentConditions(condition),
    ...tags.map(tagCondition),
    ...given(keywords).map((value) => ({ column: 'body', is: 'contains' as const, value })),
    ...given(excludedKeywords).map((value) => ({ column: 'body', is: 'notContains' as const, value })),
  ];
}

/** A span of OTLP is the first and only one of a segment of its own, as for traces. */
function segmentConditions({ segmentId, segmentSpan }: LogCondition): readonly RecordCondition[] {
  if (segmentId === undefined) return [];
  if (segmentSpan === undefined) return [{ column: 'span_id', is: 'contains', value: segmentId }];
  const ids = [`${segmentId}.${segmentSpan}`, ...(segmentSpan === 0 ? [segmentId] : [])];
  return [{ column: 'span_id', is: 'in', values: ids }];
}

function tagCondition({ key, value }: TagCondition): RecordCondition {
  return value === undefined ? { column: 'tags', key, is: 'present' } : { column: 'tags', key, is: 'in', values: [value] };
}

/** Every text contains "". */
function given(keywords: readonly string[]): readonly string[] {
  return keywords.filter((keyword) => keyword !== '');
}
