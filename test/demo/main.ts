/**
 * `npm run demo`: a lively hour of two gateways and of an agent application, sent to a running server as if it had just
 * happened, then what was sent against what the server answers. Exit 0 when all is equal, 1 on a difference, 2 on wrong
 * arguments.
 *   --live S        afterwards plays live traffic for S seconds
 *   --endpoint URL  OTLP/gRPC endpoint, default http://127.0.0.1:11800
 *   --query URL     GraphQL server, default the endpoint's host on port 12800
 *   --zipkin URL    Zipkin receiver, default port 9411 of this machine unless --endpoint is given; without one its share of
 *                   the traces goes over OTLP
 */
import { parseArgs } from 'node:util';
import { hasZipkin, playAgent, reportAgent, sendAgent } from './agent/agent.js';
import { evaluate, firstSeries, graphql, type Window } from './client.js';
import { GatewayMeter } from './gateway.js';
import { compareAll, printRows, type Row } from './report.js';
import { backfill, grpcExporter, live } from './send.js';
import { makeTraffic, type TrafficEvent } from './traffic.js';
import { expectations, tally } from './expected.js';
import { instruments } from './instruments.js';

const minuteMs = 60_000;
const visibleWithinMs = 30_000;

interface Options {
  readonly endpoint: string;
  readonly query: string;
  readonly zipkin: string | undefined;
  readonly liveSeconds: number;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { live: { type: 'string', default: '0' }, endpoint: { type: 'string' }, query: { type: 'string' }, zipkin: { type: 'string' } },
  });
  const endpoint = values.endpoint ?? 'http://127.0.0.1:11800';
  const query = values.query ?? `http://${new URL(endpoint).hostname}:12800`;
  const liveSeconds = Number(values.live);
  if (!(liveSeconds >= 0)) throw new Error(`--live wants a number of seconds, not "${values.live}"`);
  const zipkin = values.zipkin ?? (values.endpoint === undefined ? 'http://127.0.0.1:9411' : undefined);
  return { endpoint, query, zipkin, liveSeconds };
}

/** A name without data, so that a second run within the hour compares its own traffic only. */
async function freeName(queryUrl: string, wanted: string): Promise<string> {
  const { listServices } = await graphql<{ listServices: { name: string }[] }>(
    queryUrl,
    '{ listServices(layer: "ENVOY_AI_GATEWAY") { name } }',
  );
  const taken = new Set(listServices.map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(name)) return name;
  }
}

async function waitUntil(title: string, reached: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + visibleWithinMs;
  while (!(await reached())) {
    if (Date.now() > deadline) {
      console.log(`${title}: not all visible after ${visibleWithinMs / 1000} s`);
      return;
    }
    await new Promise((done) => setTimeout(done, 250));
  }
}

async function requestsVisible(queryUrl: string, service: string, window: Window): Promise<number> {
  const [answer] = await evaluate(queryUrl, ['meter_envoy_ai_gw_request_cpm'], { service }, window);
  let total = 0;
  for (const value of firstSeries(answer!).values()) total += value ?? 0;
  return total;
}

interface Past {
  readonly service: string;
  readonly events: readonly TrafficEvent[];
}

async function sendPast(options: Options, window: { fromMs: number; toMs: number }): Promise<Past[]> {
  const exporter = grpcExporter(options.endpoint);
  const gateways = [
    { wanted: 'demo-gateway-eu', temporality: 'cumulative' as const, seed: 1, perMinute: 60 },
    { wanted: 'demo-gateway-us', temporality: 'delta' as const, seed: 2, perMinute: 40 },
  ];
  const sent: Past[] = [];
  for (const { wanted, temporality, seed, perMinute } of gateways) {
    const service = await freeName(options.query, wanted);
    // A cumulative gateway has been running for a while: what it counted before the hour is not of the hour.
    const startMs = window.fromMs - (temporality === 'cumulative' ? 5 * minuteMs : 0);
    const meter = new GatewayMeter({ service, instance: `${service}-pod-1`, temporality, startMs });
    const events = makeTraffic({ seed, fromMs: startMs, toMs: window.toMs, gateways: [service], perMinute });
    const exports = await backfill({ exporter, meter, events, ...window });
    const ofTheHour = events.filter(({ timeMs }) => timeMs >= window.fromMs);
    console.log(`${service}: ${ofTheHour.length} calls in ${exports} ${temporality} exports`);
    sent.push({ service, events: ofTheHour });
  }
  await exporter.shutdown();
  return sent;
}

async function playLive(options: Options): Promise<boolean> {
  const service = await freeName(options.query, 'demo-gateway-live');
  const fromMs = Date.now();
  const toMs = fromMs + options.liveSeconds * 1000;
  const events = makeTraffic({ seed: fromMs, fromMs, toMs, gateways: [service], perMinute: 240 });
  console.log(`\n${service}: ${events.length} calls over ${options.liveSeconds} s`);
  await live({ exporter: grpcExporter(options.endpoint), service, seconds: options.liveSeconds, events });
  const sent = tally(events, instruments.duration).count;
  const floor = (timeMs: number): number => Math.floor(timeMs / minuteMs) * minuteMs;
  const window: Window = { step: 'MINUTE', fromMs: floor(fromMs), toMs: floor(Date.now()) };
  await waitUntil(service, async () => (await requestsVisible(options.query, service, window)) === sent);
  const answered = await requestsVisible(options.query, service, window);
  console.log(`  requests: ${sent} sent, ${answered} answered`);
  return sent === answered;
}

async function reportGateways(query: string, sent: readonly Past[], window: Window): Promise<boolean> {
  let equal = true;
  for (const { service, events } of sent) {
    let rows: Row[] = [];
    await waitUntil(service, async () => {
      rows = await compareAll(query, { subject: { service }, expectations, events }, window);
      return rows.every(({ differing }) => differing.length === 0);
    });
    printRows(service, rows);
    equal &&= rows.every(({ differing }) => differing.length === 0);
  }
  return equal;
}

async function playAll(options: Options): Promise<boolean> {
  const [gateway, agent] = await Promise.all([playLive(options), playAgent(options, options.liveSeconds)]);
  return (await reportAgent(options.query, agent, false, visibleWithinMs)) && gateway;
}

/** Without a receiver of Zipkin spans the demo is the same but for the way of some traces. */
async function reachable(options: Options): Promise<Options> {
  if (options.zipkin === undefined || (await hasZipkin(options.zipkin))) return options;
  console.log(`nobody takes Zipkin spans at ${options.zipkin}: they go over OTLP`);
  return { ...options, zipkin: undefined };
}

async function main(asked: Options): Promise<boolean> {
  const options = await reachable(asked);
  const toMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const fromMs = toMs - 60 * minuteMs;
  const sent = await sendPast(options, { fromMs, toMs });
  const agent = await sendAgent(options, { fromMs, toMs });
  let equal = await reportGateways(options.query, sent, { step: 'MINUTE', fromMs, toMs: toMs - minuteMs });
  equal = (await reportAgent(options.query, agent, true, visibleWithinMs)) && equal;
  if (options.liveSeconds > 0) equal = (await playAll(options)) && equal;
  console.log(equal ? '\nsent and answered are equal' : '\nsent and answered DIFFER');
  return equal;
}

/** Wrong arguments are told apart from a server that cannot be reached. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}\nIs the server running (npm start), and are --endpoint and --query its addresses?`;
}

let options: Options | undefined;
try {
  options = readOptions();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
if (options !== undefined) {
  try {
    process.exitCode = (await main(options)) ? 0 : 1;
  } catch (error) {
    console.error(explain(error));
    process.exitCode = 1;
  }
}
