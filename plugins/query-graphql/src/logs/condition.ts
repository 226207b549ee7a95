/** Conditions of log queries. "" and null mean absent everywhere. */
import type { LogCondition, LogPage } from '@meterlark/core';
import { recordRange, type DurationInput } from '../duration.js';
import { graphqlErrors } from '../errors.js';
import { pageOf, type PagingInput } from '../paging.js';
import { tagsOf, type TagInput } from '../searchable-tags.js';
import { given, whoById, whoByName, type IdsInput, type NamesInput, type Who } from '../who.js';

interface TraceScope {
  readonly traceId: string;
  readonly segmentId?: string | null;
  readonly spanId?: number | null;
}
interface Common {
  readonly relatedTrace?: TraceScope | null;
  readonly queryDuration?: DurationInput | null;
  readonly paging: PagingInput;
  readonly tags?: readonly TagInput[] | null;
  readonly keywordsOfContent?: readonly string[] | null;
  readonly excludingKeywordsOfContent?: readonly string[] | null;
  readonly queryOrder?: 'ASC' | 'DES' | null;
}
export interface LogConditionInput extends Common, IdsInput {}
export interface NamedLogConditionInput extends Common, NamesInput {}

const tenant = '';
const always = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };

export interface LogSearch {
  readonly condition: LogCondition;
  readonly page: LogPage;
}

/** undefined when nothing can match. */
export function logsById(input: LogConditionInput, maxRows: number): LogSearch | undefined {
  return searchOf(whoById(input), input, maxRows);
}

export function logsByName(input: NamedLogConditionInput, maxRows: number): LogSearch | undefined {
  return searchOf(whoByName(input), input, maxRows);
}

function searchOf(who: Who | undefined, input: Common, maxRows: number): LogSearch | undefined {
  const { relatedTrace } = input;
  const duration = input.queryDuration ?? undefined;
  if (duration === undefined && (relatedTrace ?? undefined) === undefined) throw graphqlErrors.METERLARK_GRAPHQL_NO_RANGE({ or: 'relatedTrace' });
  const page = { ...pageOf(input.paging, maxRows), descending: input.queryOrder !== 'ASC' };
  const scope = scopeOf(relatedTrace ?? undefined);
  // A whole trace at any time is one of a known id.
  if (who === undefined || (duration === undefined && scope.traceId === undefined)) return undefined;
  const condition: LogCondition = {
    tenant,
    ...(duration === undefined ? always : recordRange(duration)),
    ...who,
    ...scope,
    tags: tagsOf(input.tags),
    keywords: input.keywordsOfContent ?? [],
    excludedKeywords: input.excludingKeywordsOfContent ?? [],
  };
  return { condition, page };
}

function scopeOf(related: TraceScope | undefined): Pick<LogCondition, 'traceId' | 'segmentId' | 'segmentSpan'> {
  const traceId = given(related?.traceId.trim());
  const segmentId = given(related?.segmentId?.trim());
  const span = related?.spanId ?? undefined;
  return {
    ...(traceId === undefined ? {} : { traceId }),
    ...(segmentId === undefined ? {} : { segmentId, ...(span === undefined ? {} : { segmentSpan: span }) }),
  };
}
