/** Sends the agent's logs as its parts do: over OTLP as JSON, and as logs of SkyWalking's agent for Java. */
import type { SpanContext } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OtlpLogs } from '../otlp-logs.js';
import { sendStream, skywalkingType } from '../skywalking-type.js';
import { textOf, type AgentLog } from './logs.js';
import type { TraceIds } from './play.js';
import { segmentIdOf } from './send-segment.js';

export interface LogEndpoints {
  /** OTLP over HTTP. */
  readonly query: string;
  /** SkyWalking over gRPC. */
  readonly endpoint: string;
}

export interface Traced {
  readonly traceIds: TraceIds;
  readonly spans: ReadonlyMap<unknown, SpanContext>;
}

/** The instrumentation for Zipkin does not write ids into logs. */
export function traceOf({ run }: AgentLog, traceIds: TraceIds): string | undefined {
  return run.protocol === 'zipkin' ? undefined : traceIds.get(run);
}

export async function sendAgentLogs({ query, endpoint }: LogEndpoints, service: string, logs: readonly AgentLog[], traced: Traced): Promise<void> {
  const exporter = new OTLPLogExporter({ url: `${query}/v1/logs` });
  const otlp = new OtlpLogs(exporter, { 'service.name': service, 'service.instance.id': `${service}-1` }, 'demo.agent');
  const ofJava = logs.filter(({ run }) => run.protocol === 'skywalking');
  for (const log of logs) {
    const { run, timeMs, level, body } = log;
    if (run.protocol !== 'skywalking') otlp.record({ timeMs, level, body, attributes: tagsOf(log), span: traced.spans.get(run) });
  }
  await otlp.send();
  await otlp.shutdown();
  const type = skywalkingType('LogData');
  const messages = ofJava.map((log) => Buffer.from(type.encode(type.fromObject(logData(log, service, traced.traceIds))).finish()));
  await sendStream(endpoint, '/skywalking.v3.LogReportService/collect', messages);
}

function tagsOf({ run }: AgentLog): Record<string, string> {
  return { 'session.id': run.session, 'user.id': run.user };
}

function logData(log: AgentLog, service: string, traceIds: TraceIds): object {
  const { run, timeMs, level, body } = log;
  const traceId = traceIds.get(run) ?? '';
  return {
    timestamp: timeMs, service, serviceInstance: `${service}-java`, endpoint: run.route.replace(' ', ':'),
    body: typeof body === 'string' ? { text: { text: body } } : { json: { json: textOf(log) } },
    traceContext: { traceId, traceSegmentId: segmentIdOf(traceId), spanId: 0 },
    tags: { data: Object.entries({ level, ...tagsOf(log) }).map(([key, value]) => ({ key, value })) },
  };
}
