/** The gateway's kept access logs: by what they are found, the call that each tells of, and its trace. */
import { spansInTrace } from '../agent/traces.js';
import { askLogs, type AnsweredLog, type LogQuestion } from '../client.js';
import { compareTexts, type Found } from '../found.js';
import { callOf, isCall } from './calls.js';
import { isKept, routeTypes, type AccessLine } from './line.js';
import type { SentLines } from './sent.js';

const idOf = ({ tags }: AnsweredLog): string => tags['x-request-id'] ?? '';
const sentId = ({ request }: AccessLine): string => request.id;

interface Search extends Pick<LogQuestion, 'tags' | 'keywords' | 'without'> {
  readonly title: string;
  readonly finds: (line: AccessLine) => boolean;
}

const contains = (text: string) => ({ body }: AccessLine): boolean => body.includes(text);

const searches: readonly Search[] = [
  { title: 'kept, with "no-such-model"', keywords: ['no-such-model'], finds: contains('no-such-model') },
  {
    title: 'kept, with "gpt-4" and not " 200 "', keywords: ['gpt-4'], without: [' 200 '],
    finds: (line) => contains('gpt-4')(line) && !contains(' 200 ')(line),
  },
  {
    title: 'kept, of gpt-4o, by tag', tags: { 'gen_ai.request.model': 'gpt-4o' },
    finds: ({ attributes }) => attributes['gen_ai.request.model'] === 'gpt-4o',
  },
];

export async function compareKept(url: string, sent: SentLines): Promise<Found[]> {
  const kept = sent.lines.filter(({ request }) => isKept(request));
  const found = await Promise.all([...byRoute(kept), ...searches].map((search) => compareSearch(url, sent, kept, search)));
  const linked = await askLogs(url, { ...sent, linked: true, tags: { ai_route_type: 'llm' } });
  return [...found, compareCalls(sent, kept, linked), compareTraces(sent, kept, linked)];
}

/** A search for each code of each type. */
function byRoute(kept: readonly AccessLine[]): Search[] {
  const routeOf = ({ request: { event, code } }: AccessLine): string => `${routeTypes[event.type]} ${code}`;
  return [...new Set(kept.map(routeOf))].sort().map((route) => {
    const [type = '', code = ''] = route.split(' ');
    return { title: `kept, ${route}`, tags: { ai_route_type: type, response_code: code }, finds: (line) => routeOf(line) === route };
  });
}

async function compareSearch(url: string, { service, window }: SentLines, kept: readonly AccessLine[], { title, finds, ...asked }: Search): Promise<Found> {
  const logs = await askLogs(url, { service, window, ...asked });
  return compareTexts(title, kept.filter(finds).map(sentId), logs.map(idOf));
}

function compareCalls(sentLines: SentLines, kept: readonly AccessLine[], logs: readonly AnsweredLog[]): Found {
  const sent = kept.filter(isCall).map((line) => {
    const { caller, model, status, errorType, source } = callOf(line, sentLines);
    return [line.request.id, caller, model, status, errorType, source].join(' ');
  });
  const answered = logs.map((log) => {
    const { modelCall } = log;
    return [idOf(log), modelCall?.service, modelCall?.model, modelCall?.status, modelCall?.errorType, modelCall?.cost.source].join(' ');
  });
  return compareTexts('kept, with their model calls', sent, answered);
}

/** Each trace with as many spans as were sent of it. */
function compareTraces({ runs }: SentLines, kept: readonly AccessLine[], logs: readonly AnsweredLog[]): Found {
  const sent = kept.filter((line) => isCall(line) && line.span !== undefined).map(({ request, span }) => {
    const run = runs.get(span?.traceId ?? '');
    return `${request.id} ${span?.traceId} ${run === undefined ? 1 : spansInTrace(run, true)}`;
  });
  const answered = logs.filter(({ traceId }) => traceId !== null).map((log) => `${idOf(log)} ${log.traceId} ${log.trace?.spans.length ?? 0}`);
  return compareTexts('kept, with their traces', sent, answered);
}
