/** Conditions of trace queries. "" and null mean absent everywhere; 0 is no bound of a duration. */
import type { EntryCondition, EntryPage } from '@meterlark/core';
import { recordRange, type DurationInput } from '../duration.js';
import { graphqlErrors } from '../errors.js';
import { pageOf, type PagingInput } from '../paging.js';
import { tagsOf, type TagInput } from '../searchable-tags.js';
import { given, whoById, whoByName, type IdsInput, type NamesInput, type Who } from '../who.js';

interface Common {
  readonly traceId?: string | null;
  readonly queryDuration?: DurationInput | null;
  readonly minTraceDuration?: number | null;
  readonly maxTraceDuration?: number | null;
  readonly traceState: 'ALL' | 'SUCCESS' | 'ERROR';
  readonly queryOrder: 'BY_START_TIME' | 'BY_DURATION';
  readonly tags?: readonly TagInput[] | null;
  readonly paging: PagingInput;
}
export interface TraceConditionInput extends Common, IdsInput {}
export interface NamedTraceConditionInput extends Common, NamesInput {}

const tenant = '';
/** Each row before the page is looked at, so that none is shown twice. */
const deepestRow = 100_000;
const nanosPerMs = 1_000_000;
const always = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };

export interface TraceSearch {
  readonly condition: EntryCondition;
  readonly page: EntryPage;
}

/** undefined when nothing can match. */
export function searchById(input: TraceConditionInput, maxRows: number): TraceSearch | undefined {
  return searchOf(whoById(input), input, maxRows);
}

export function searchByName(input: NamedTraceConditionInput, maxRows: number): TraceSearch | undefined {
  return searchOf(whoByName(input), input, maxRows);
}

function searchOf(who: Who | undefined, input: Common, maxRows: number): TraceSearch | undefined {
  if (who === undefined) return undefined;
  const traceId = given(input.traceId);
  const duration = input.queryDuration ?? undefined;
  if (duration === undefined && traceId === undefined) throw graphqlErrors.METERLARK_GRAPHQL_NO_RANGE({ or: 'traceId' });
  const { endpoint, ...rest } = who;
  const condition: EntryCondition = {
    tenant,
    ...(duration === undefined ? always : recordRange(duration)),
    ...rest,
    ...(endpoint === undefined ? {} : { name: endpoint }),
    ...(traceId === undefined ? {} : { traceId }),
    ...bound('minDurationNs', input.minTraceDuration),
    ...bound('maxDurationNs', input.maxTraceDuration),
    ...(input.traceState === 'ALL' ? {} : { failed: input.traceState === 'ERROR' }),
    tags: tagsOf(input.tags),
  };
  return { condition, page: { ...pageOf(input.paging, maxRows, deepestRow), orderBy: input.queryOrder === 'BY_DURATION' ? 'duration' : 'start' } };
}

function bound(name: 'minDurationNs' | 'maxDurationNs', ms: number | null | undefined): Partial<EntryCondition> {
  return ms === null || ms === undefined || ms <= 0 ? {} : { [name]: ms * nanosPerMs };
}
