/** Requests as a gateway knows them: what its metrics, its access log and its span tell of. */
import type { SpanContext } from '@opentelemetry/api';
import type { TrafficEvent } from '../traffic.js';

/** What a gateway served; without a code one is made up that fits. */
export interface Served {
  readonly event: TrafficEvent;
  readonly code?: number;
  /** Of the application that called. */
  readonly parent: SpanContext | undefined;
}

export interface GatewayRequest {
  readonly event: TrafficEvent;
  readonly id: string;
  /** Whole milliseconds, as is the duration. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly code: number;
  readonly upstreamFailure: string | undefined;
  readonly parent: SpanContext | undefined;
  /** What the access log has in common with the gateway's span: gateways are set up in different ways. */
  readonly shares: 'trace' | 'request id' | 'neither';
}

const failureCodes = [429, 500, 503];
const ways: readonly GatewayRequest['shares'][] = ['trace', 'request id', 'neither'];

export function makeRequests(service: string, served: readonly Served[]): GatewayRequest[] {
  return served.map(({ event, code: told, parent }, place) => {
    const code = told ?? codeOf(event);
    const durationMs = Math.round(event.durationSeconds * 1000);
    return {
      event, id: `${service}-${place}`, startMs: Math.floor(event.timeMs) - durationMs, durationMs, code, parent,
      upstreamFailure: code === 503 ? 'delayed connect error: 111' : undefined, shares: parent === undefined ? ways[place % ways.length]! : 'trace',
    };
  });
}

/** Events know whether they failed, access logs how: each model in its own way, so that two alike that share no id with their spans may be taken for each other. */
function codeOf(event: TrafficEvent): number {
  if (event.type === 'mcp') return event.status === 'error' ? 500 : 200;
  if (!event.failed) return 200;
  return event.requestModel === 'no-such-model' ? 404 : failureCodes[event.requestModel.length % failureCodes.length]!;
}
