/** Traces of the agent as sent and as found: every trace with every span of it. */
import { durationOf, graphql } from '../client.js';
import { compareTexts, type Found } from '../found.js';
import type { Ledger } from './ledger.js';
import { callsOf, type AgentRun } from './runs.js';
import { segmentSpans } from './send-segment.js';
import { countSpans, spansOf } from './spans.js';
import { goesThroughGateway } from './through-gateway.js';

const pageSize = 100;

interface Answer {
  readonly queryTraces: { readonly traces: readonly { readonly spans: readonly { readonly traceId: string }[] }[] };
}

export async function compareTraces(url: string, ledger: Ledger, traceIds: ReadonlyMap<AgentRun, string>): Promise<Found> {
  const { service, runs, window } = ledger;
  const sent = runs.map((run) => `${traceIds.get(run)} ${spansInTrace(run, ledger.throughGateway)}`);
  const query = `query ($c: TraceQueryCondition!) { queryTraces(condition: $c) { traces { spans { traceId } } } }`;
  const answered: string[] = [];
  for (let pageNum = 1; answered.length === (pageNum - 1) * pageSize; pageNum += 1) {
    const condition = {
      serviceId: `${Buffer.from(service).toString('base64')}.1`, queryDuration: durationOf(window),
      traceState: 'ALL', queryOrder: 'BY_START_TIME', paging: { pageNum, pageSize },
    };
    const { queryTraces } = await graphql<Answer>(url, query, { c: condition });
    answered.push(...queryTraces.traces.map(({ spans }) => `${spans[0]?.traceId} ${spans.length}`));
  }
  return compareTexts('traces with all their spans', sent, answered);
}

/** The gateway adds one span to each call that goes through it. */
export function spansInTrace(run: AgentRun, throughGateway: boolean): number {
  if (run.protocol === 'skywalking') return segmentSpans(run);
  const ofGateway = throughGateway ? callsOf(run).filter((call) => goesThroughGateway(run, call)).length : 0;
  return countSpans(spansOf(run)) + ofGateway;
}
