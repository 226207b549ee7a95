/** Sends the agent's runs by their protocols. */
import type { SpanContext } from '@opentelemetry/api';
import { OtlpSpans } from '../otlp-spans.js';
import type { AgentCall, AgentRun, Protocol } from './runs.js';
import { SegmentRuns } from './send-segment.js';
import { ZipkinRuns } from './send-zipkin.js';
import { spansOf } from './spans.js';

export interface Endpoints {
  /** OTLP and SkyWalking over gRPC. */
  readonly endpoint: string;
  /** undefined: nobody listens there that we know of. */
  readonly zipkin: string | undefined;
}

/** Of each run, by which the server answers it. */
export type TraceIds = ReadonlyMap<AgentRun, string>;

/** One after the other in the order of turns, most of them over OTLP. */
export function protocolsOf({ zipkin }: Endpoints): readonly Protocol[] {
  const turns: readonly Protocol[] = ['otlp', 'otlp', 'zipkin', 'otlp', 'otlp', 'skywalking', 'otlp', 'otlp'];
  return zipkin === undefined ? turns.map((protocol) => (protocol === 'zipkin' ? 'otlp' : protocol)) : turns;
}

export class AgentPlayer {
  /** Of calls and runs that went over OTLP. */
  readonly spans = new Map<AgentCall | AgentRun, SpanContext>();
  private readonly otlp: OtlpSpans;
  private readonly zipkin: ZipkinRuns;
  private readonly segments: SegmentRuns;
  private readonly ids = new Map<AgentRun, string>();

  constructor({ endpoint, zipkin }: Endpoints, service: string) {
    this.otlp = new OtlpSpans(endpoint, { 'service.name': service, 'service.instance.id': `${service}-1` }, 'demo-agent');
    this.zipkin = new ZipkinRuns(zipkin ?? '', service);
    this.segments = new SegmentRuns(endpoint, service);
  }

  get traceIds(): TraceIds {
    return this.ids;
  }

  async play(runs: readonly AgentRun[]): Promise<void> {
    for (const run of runs) this.ids.set(run, this.record(run));
    await this.otlp.send();
    if (runs.some(({ protocol }) => protocol === 'zipkin')) await this.zipkin.send();
    if (runs.some(({ protocol }) => protocol === 'skywalking')) await this.segments.send();
  }

  async end(): Promise<void> {
    await this.otlp.shutdown();
  }

  private record(run: AgentRun): string {
    switch (run.protocol) {
      case 'otlp':
        return this.recordOtlp(run);
      case 'zipkin':
        return this.zipkin.record(spansOf(run));
      case 'skywalking':
        return this.segments.record(run);
    }
  }

  private recordOtlp(run: AgentRun): string {
    let traceId = '';
    const root = spansOf(run);
    this.otlp.record(root, (span, context) => {
      traceId = context.traceId;
      if (span === root) this.spans.set(run, context);
      if (span.call !== undefined) this.spans.set(span.call, context);
    });
    return traceId;
  }
}
