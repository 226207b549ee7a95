/** Traces of the agent as sent and as found: every trace with every span of it. */
import { durationOf, graphql } from '../client.js';
import { differences, type Found, type Ledger } from './ledger.js';
import type { AgentRun } from './runs.js';
import { segmentSpans } from './send-segment.js';
import { countSpans, spansOf } from './spans.js';

const pageSize = 100;

interface Answer {
  readonly queryTraces: { readonly traces: readonly { readonly spans: readonly { readonly traceId: string }[] }[] };
}

export async function compareTraces(url: string, { service, runs, window }: Ledger, traceIds: ReadonlyMap<AgentRun, string>): Promise<Found> {
  const sent = runs.map((run) => `${traceIds.get(run)} ${run.protocol === 'skywalking' ? segmentSpans(run) : countSpans(spansOf(run))}`);
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
  return { title: 'traces with all their spans', sent: sent.length, answered: answered.length, differing: differences(sent, answered) };
}
