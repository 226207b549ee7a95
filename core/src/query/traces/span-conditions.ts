/** Conditions on spans as conditions of records. */
import type { SpanCondition, TagCondition } from '../../contract/trace-query.js';
import type { RecordCondition } from '../../model/record-query.js';
import { traceIdSpellings } from '../../model/trace-id.js';

export function spanConditions(condition: Omit<SpanCondition, 'tenant' | 'fromUs' | 'toUs'>): RecordCondition[] {
  const { service, instance, name, traceId, peer, minDurationNs, maxDurationNs, failed } = condition;
  const equal = (column: string, value: string | undefined): RecordCondition[] => (value === undefined ? [] : [{ column, is: 'in', values: [value] }]);
  return [
    ...equal('service', service),
    ...equal('instance', instance),
    ...equal('name', name),
    ...equal('peer', peer),
    ...(traceId === undefined ? [] : [{ column: 'trace_id', is: 'in' as const, values: traceIdSpellings(traceId) }]),
    ...(minDurationNs === undefined ? [] : [{ column: 'duration_ns', is: 'atLeast' as const, value: minDurationNs }]),
    ...(maxDurationNs === undefined ? [] : [{ column: 'duration_ns', is: 'atMost' as const, value: maxDurationNs }]),
    ...(failed === undefined ? [] : [{ column: 'status', is: failed ? ('in' as const) : ('notIn' as const), values: ['error'] }]),
  ];
}

/** Some senders write numbers as numbers and others as text: each list of the answer is one way to meet all tags. */
export function tagAlternatives(tags: readonly TagCondition[]): readonly (readonly RecordCondition[])[] {
  return tags.reduce<readonly (readonly RecordCondition[])[]>(
    (ways, tag) => waysOf(tag).flatMap((way) => ways.map((others) => [...others, way])),
    [[]],
  );
}

function waysOf({ key, value }: TagCondition): readonly RecordCondition[] {
  if (value === undefined) return ['attributes', 'numbers'].map((column) => ({ column, key, is: 'present' }));
  const asText: RecordCondition = { column: 'attributes', key, is: 'in', values: [value] };
  const number = Number(value);
  // "007" and "1e3" are text: no number is written so.
  return String(number) === value && Number.isFinite(number) ? [asText, { column: 'numbers', key, is: 'in', values: [number] }] : [asText];
}
