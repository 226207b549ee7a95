/** A gateway that lives while the demo runs: metrics of the SDK's own reader, access logs as requests end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isKept, type AccessLine } from './access/line.js';
import { makeRequests, type GatewayRequest } from './access/request.js';
import { AccessSender } from './access/send.js';
import { askLogs, evaluate, firstSeries, type Window } from './client.js';
import { tally } from './expected.js';
import { areEqual, compareTexts, printFound, type Found } from './found.js';
import { instruments } from './instruments.js';
import { freeName, minuteMs } from './past.js';
import { grpcExporter, live } from './send.js';
import { makeTraffic } from './traffic.js';
import { askUntil } from './waiting.js';

export interface LiveOptions {
  readonly endpoint: string;
  readonly query: string;
  readonly liveSeconds: number;
}

export async function playGateway({ endpoint, query, liveSeconds: seconds }: LiveOptions): Promise<boolean> {
  const service = await freeName(query, 'demo-gateway-live');
  const fromMs = Date.now();
  const events = makeTraffic({ seed: fromMs, fromMs, toMs: fromMs + seconds * 1000, gateways: [service], perMinute: 240 });
  console.log(`\n${service}: ${events.length} calls over ${seconds} s`);
  const sender = new AccessSender({ endpoint, service, traced: true });
  const requests = makeRequests(service, events.map((event) => ({ event, parent: undefined })));
  const [lines] = await Promise.all([playLines(sender, requests), live({ exporter: grpcExporter(endpoint), service, seconds, events })]);
  await sender.shutdown();
  const floor = (timeMs: number): number => Math.floor(timeMs / minuteMs) * minuteMs;
  const window: Window = { step: 'MINUTE', fromMs: floor(fromMs) - 2 * minuteMs, toMs: floor(Date.now()) };
  const requestsSent = tally(events, instruments.duration).count;
  const ask = async (): Promise<Found[]> => {
    const answered = await requestsVisible(query, service, window);
    return [
      { title: 'requests', sent: requestsSent, answered, differing: Math.abs(requestsSent - answered) },
      await compareLines(query, service, lines, window),
    ];
  };
  const found = await askUntil(service, ask, areEqual);
  console.log(`\n${service}: sent / answered`);
  printFound(found);
  return areEqual(found);
}

/** Each request when it has ended. */
async function playLines(sender: AccessSender, requests: readonly GatewayRequest[]): Promise<AccessLine[]> {
  const lines: AccessLine[] = [];
  let next = 0;
  while (next < requests.length) {
    const first = requests[next]!;
    await sleep(Math.max(0, first.startMs + first.durationMs - Date.now()));
    const ended = requests.slice(next).findIndex(({ startMs, durationMs }) => startMs + durationMs > Date.now());
    const due = requests.slice(next, ended < 0 ? requests.length : next + Math.max(1, ended));
    lines.push(...(await sender.send(due)));
    next += due.length;
  }
  return lines;
}

async function compareLines(query: string, service: string, lines: readonly AccessLine[], window: Window): Promise<Found> {
  const sent = lines.filter(({ request }) => isKept(request)).map(({ body }) => body);
  const answered = await askLogs(query, { service, window });
  return compareTexts('kept access logs', sent, answered.map(({ content }) => content));
}

async function requestsVisible(query: string, service: string, window: Window): Promise<number> {
  const [answer] = await evaluate(query, ['meter_envoy_ai_gw_request_cpm'], { service }, window);
  let total = 0;
  for (const value of firstSeries(answer!).values()) total += value ?? 0;
  return total;
}
