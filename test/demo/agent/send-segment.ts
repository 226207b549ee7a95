/** Sends runs as segments of SkyWalking's agent for Java with its plugin for Spring AI. */
import { randomUUID } from 'node:crypto';
import { sendStream, skywalkingType } from '../skywalking-type.js';
import { modelOf, providerOf } from './prices.js';
import { callsOf, type AgentRun } from './runs.js';

/** Spans of a run's segment: the request and one per call. */
export function segmentSpans(run: AgentRun): number {
  return 1 + callsOf(run).length;
}

/** The only segment of a trace that this file made. */
export function segmentIdOf(traceId: string): string {
  return traceId.replace(/1$/, '0');
}

export class SegmentRuns {
  private readonly segments: Buffer[] = [];
  private readonly type = skywalkingType('SegmentObject');

  constructor(
    private readonly endpoint: string,
    private readonly service: string,
  ) {}

  /** Gives the trace's id. */
  record(run: AgentRun): string {
    const id = randomUUID().replaceAll('-', '');
    const traceId = `${id}.41.${run.startMs}0001`;
    const message = {
      traceId, traceSegmentId: segmentIdOf(traceId),
      service: this.service, serviceInstance: `${this.service}-java`, spans: spansOf(run),
    };
    this.segments.push(Buffer.from(this.type.encode(this.type.fromObject(message)).finish()));
    return traceId;
  }

  async send(): Promise<void> {
    await sendStream(this.endpoint, '/skywalking.v3.TraceSegmentReportService/collect', this.segments.splice(0));
  }
}

function spansOf(run: AgentRun): object[] {
  const { startMs, durationMs, route, failed } = run;
  const who = { 'user.id': run.user, 'session.id': run.session, 'team.id': run.team };
  const entry = {
    spanId: 0, parentSpanId: -1, startTime: startMs, endTime: startMs + durationMs, operationName: route.replace(' ', ':'),
    spanType: 'Entry', spanLayer: 'Http', componentId: 14, isError: failed !== undefined, tags: tagsOf({ 'http.method': 'POST', ...who }),
  };
  return [entry, ...callsOf(run).map((call, place) => ({
    spanId: place + 1, parentSpanId: 0, startTime: call.startMs, endTime: call.startMs + call.durationMs, operationName: 'Spring-ai/openai/call',
    spanType: 'Exit', spanLayer: 'GenAI', componentId: 175, peer: 'api.openai.com:443', isError: call.failed !== undefined,
    tags: tagsOf({
      'gen_ai.provider.name': providerOf(call.model, run), 'gen_ai.response.model': modelOf(call),
      'gen_ai.usage.input_tokens': call.usage?.input, 'gen_ai.usage.output_tokens': call.usage?.output,
      'gen_ai.usage.cache_read.input_tokens': call.usage?.cacheRead,
      'gen_ai.server.time_to_first_token': call.firstTokenMs, ...who,
    }),
  }))];
}

function tagsOf(tags: Readonly<Record<string, string | number | undefined>>): object[] {
  return Object.entries(tags).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: String(value) }]));
}
