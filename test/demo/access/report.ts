/** Asks for all that a gateway's access logs are good for, and compares. */
import type { Window } from '../client.js';
import { areEqual, compareTexts, printFound, type Found } from '../found.js';
import { findLines } from '../logql.js';
import { compareTags } from '../tags.js';
import { askUntil } from '../waiting.js';
import { compareGatewayCalls } from './calls.js';
import { compareCoverage } from './coverage.js';
import { compareKept } from './kept.js';
import { isKept, routeTypes } from './line.js';
import type { SentLines } from './sent.js';

export interface AnswerUrls {
  readonly query: string;
  /** undefined: nobody answers LogQL that we know of. */
  readonly logql: string | undefined;
}

/** `hour`: minutes in which requests ended. */
export async function reportAccess({ query, logql }: AnswerUrls, sent: SentLines, hour: Window): Promise<boolean> {
  const ask = async (): Promise<Found[]> => [
    await compareGatewayCalls(query, sent),
    ...(await compareKept(query, sent)),
    ...(await compareCoverage(query, sent, hour)),
    ...(await compareTags(query, sent.window, keptTags(sent))),
    ...(logql === undefined ? [] : [await compareLogql(logql, sent)]),
  ];
  const found = await askUntil(`${sent.service}: access logs`, ask, areEqual);
  const kept = sent.lines.filter(({ request }) => isKept(request)).length;
  console.log(`\n${sent.service}: sent / answered, of ${sent.lines.length} access logs of which ${kept} are to be kept`);
  printFound(found);
  return areEqual(found);
}

const tagKeys = ['ai_route_type', 'response_code', 'gen_ai.request.model', 'mcp.method.name'];

function keptTags({ lines }: SentLines): ReadonlyMap<string, ReadonlySet<string>> {
  const values = new Map<string, Set<string>>(tagKeys.map((key) => [key, new Set()]));
  for (const { request, attributes } of lines) {
    if (!isKept(request)) continue;
    const tags: Readonly<Record<string, string>> = { ...attributes, ai_route_type: routeTypes[request.event.type] };
    for (const key of tagKeys) if ((tags[key] ?? '-') !== '-') values.get(key)?.add(tags[key]!);
  }
  return values;
}

async function compareLogql(logql: string, { service, lines, window }: SentLines): Promise<Found> {
  const sent = lines.filter(({ request, body }) => isKept(request) && request.code === 503 && !body.includes('nova'));
  const answered = await findLines(logql, `{service="${service}", ai_route_type="llm", response_code="503"} != "nova"`, window);
  return compareTexts('LogQL: llm 503, without "nova"', sent.map(({ body }) => body), answered);
}
