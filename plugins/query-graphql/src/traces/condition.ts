/** Conditions of trace queries. "" and null mean absent everywhere; 0 is no bound of a duration. */
import { isNormalLayer, parseChildId, parseServiceId, type EntryCondition, type EntryPage } from '@meterlark/core';
import { recordRange, type DurationInput } from '../duration.js';
import { graphqlErrors } from '../errors.js';
import { pageOf, type PagingInput } from '../paging.js';

interface Common {
  readonly traceId?: string | null;
  readonly queryDuration?: DurationInput | null;
  readonly minTraceDuration?: number | null;
  readonly maxTraceDuration?: number | null;
  readonly traceState: 'ALL' | 'SUCCESS' | 'ERROR';
  readonly queryOrder: 'BY_START_TIME' | 'BY_DURATION';
  readonly tags?: readonly { readonly key: string; readonly value?: string | null }[] | null;
  readonly paging: PagingInput;
}
export interface TraceConditionInput extends Common {
  readonly serviceId?: string | null;
  readonly serviceInstanceId?: string | null;
  readonly endpointId?: string | null;
}
interface NamedService {
  readonly serviceName: string;
  readonly layer?: string | null;
}
export interface NamedTraceConditionInput extends Common {
  readonly service?: NamedService | null;
  readonly instance?: (NamedService & { readonly instanceName: string }) | null;
  readonly endpoint?: (NamedService & { readonly endpointName: string }) | null;
}

const tenant = '';
/** Each row before the page is looked at, so that none is shown twice. */
const deepestRow = 100_000;
const nanosPerMs = 1_000_000;
const always = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };

type Who = Pick<EntryCondition, 'service' | 'instance' | 'name'>;

export interface TraceSearch {
  readonly condition: EntryCondition;
  readonly page: EntryPage;
}

/** undefined when nothing can match: an id that is none, or of a service that no span can be of. */
export function searchById(input: TraceConditionInput, maxRows: number): TraceSearch | undefined {
  const who: Who[] = [];
  for (const [field, id] of [['service', given(input.serviceId)], ['instance', given(input.serviceInstanceId)], ['name', given(input.endpointId)]] as const) {
    if (id === undefined) continue;
    const decoded = field === 'service' ? named(parseServiceId(id)?.name) : childOf(id, field);
    if (decoded === undefined) return undefined;
    who.push(decoded);
  }
  return together(who, input, maxRows);
}

export function searchByName(input: NamedTraceConditionInput, maxRows: number): TraceSearch | undefined {
  const { service, instance, endpoint } = input;
  const who: Who[] = [];
  for (const one of [service, instance, endpoint]) {
    const name = given(one?.serviceName);
    if (name !== undefined) who.push({ service: name });
    const layer = given(one?.layer);
    // Spans are of services that are real; those of conjectured layers have none.
    if (layer !== undefined && !isNormalLayer(layer)) return undefined;
  }
  const instanceName = given(instance?.instanceName);
  const endpointName = given(endpoint?.endpointName);
  if (instanceName !== undefined) who.push({ instance: instanceName });
  if (endpointName !== undefined) who.push({ name: endpointName });
  return together(who, input, maxRows);
}

/** Names of several services at once match nothing. */
function together(who: readonly Who[], input: Common, maxRows: number): TraceSearch | undefined {
  const services = new Set(who.flatMap(({ service }) => (service === undefined ? [] : [service])));
  if (services.size > 1) return undefined;
  const traceId = given(input.traceId);
  const duration = input.queryDuration ?? undefined;
  if (duration === undefined && traceId === undefined) throw graphqlErrors.METERLARK_GRAPHQL_NO_RANGE();
  const condition: EntryCondition = {
    tenant,
    ...(duration === undefined ? always : recordRange(duration)),
    ...who.reduce((all, one) => ({ ...all, ...one }), {}),
    ...(traceId === undefined ? {} : { traceId }),
    ...bound('minDurationNs', input.minTraceDuration),
    ...bound('maxDurationNs', input.maxTraceDuration),
    ...(input.traceState === 'ALL' ? {} : { failed: input.traceState === 'ERROR' }),
    tags: (input.tags ?? []).map(({ key, value }) => tagOf(key.trim(), given(value?.trim()))),
  };
  return { condition, page: { ...pageOf(input.paging, maxRows, deepestRow), orderBy: input.queryOrder === 'BY_DURATION' ? 'duration' : 'start' } };
}

function tagOf(key: string, value: string | undefined): EntryCondition['tags'][number] {
  return value === undefined ? { key } : { key, value };
}

function bound(name: 'minDurationNs' | 'maxDurationNs', ms: number | null | undefined): Partial<EntryCondition> {
  return ms === null || ms === undefined || ms <= 0 ? {} : { [name]: ms * nanosPerMs };
}

function named(service: string | undefined): Who | undefined {
  return service === undefined ? undefined : { service };
}

function childOf(id: string, field: 'instance' | 'name'): Who | undefined {
  const child = parseChildId(id);
  return child === undefined ? undefined : { service: child.service.name, [field]: child.name };
}

function given(text: string | null | undefined): string | undefined {
  return text === '' || text === null ? undefined : text;
}
